/** External schemas (JSON records, protobuf, OpenAPI) and their codecs. */
@NullMarked
package dev.millrace.wire;

import org.jspecify.annotations.NullMarked;
