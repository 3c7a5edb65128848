/** Tests against a real S3 server in a process of its own, and against servers that misbehave. */
@NullMarked
package dev.millrace.s3;

import org.jspecify.annotations.NullMarked;
