/** The fold over the event log and the features that are read from it. Start at {@link dev.millrace.features.FeatureState}. */
@NullMarked
package dev.millrace.features;

import org.jspecify.annotations.NullMarked;
