/** The cold tier on anything that speaks the S3 API. Start at {@link dev.millrace.s3.S3ColdStore}. */
@NullMarked
package dev.millrace.s3;

import org.jspecify.annotations.NullMarked;
