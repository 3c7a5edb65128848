/** The page that shows people the API. Start at {@link dev.millrace.server.docs.ApiPage}. */
@NullMarked
package dev.millrace.server.docs;

import org.jspecify.annotations.NullMarked;
