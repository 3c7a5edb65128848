/** What every route shares: keys, traces, strict bodies, problems. Start at {@link dev.millrace.server.http.HttpRules}. */
@NullMarked
package dev.millrace.server.http;

import org.jspecify.annotations.NullMarked;
