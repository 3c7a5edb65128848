/** What tests share: fakes, generators, contract tests. */
@NullMarked
package dev.millrace.testkit;

import org.jspecify.annotations.NullMarked;
