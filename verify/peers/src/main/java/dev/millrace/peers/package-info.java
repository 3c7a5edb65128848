/**
 * The stores that Millrace's is compared with, each with its best interface and fair settings. Start at
 * {@code RocksDbEngine}, whose settings take the most words.
 */
@NullMarked
package dev.millrace.peers;

import org.jspecify.annotations.NullMarked;
