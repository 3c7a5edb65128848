/** External schemas (JSON records, protobuf, OpenAPI) and their codecs. Start at {@link dev.millrace.wire.WireJson}. */
@NullMarked
package dev.millrace.wire;

import org.jspecify.annotations.NullMarked;
