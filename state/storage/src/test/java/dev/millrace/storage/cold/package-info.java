/** Tests of the cold tier, and the contract that every cold store is held to. */
@NullMarked
package dev.millrace.storage.cold;

import org.jspecify.annotations.NullMarked;
