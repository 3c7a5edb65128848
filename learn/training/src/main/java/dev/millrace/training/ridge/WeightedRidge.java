package dev.millrace.training.ridge;

/**
 * The ridge as a part of a model: its scores times a weight are added to the network's.
 *
 * @param weight chosen on validation; above 0
 */
public record WeightedRidge(RidgeTerm term, float weight) {}
