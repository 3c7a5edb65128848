/**
 * The transformer as libtorch runs it: weights, forward pass, loss and optimiser. Start at {@link
 * dev.millrace.training.network.SequenceNetwork}.
 */
@NullMarked
package dev.millrace.training.network;

import org.jspecify.annotations.NullMarked;
