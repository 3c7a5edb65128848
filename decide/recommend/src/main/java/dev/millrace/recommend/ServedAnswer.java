package dev.millrace.recommend;

import dev.millrace.model.Slate;
import dev.millrace.model.UserId;

import java.time.Instant;

/** A recent slate with every part of every score, as it was when it was served. Immutable. */
public record ServedAnswer(UserId user, String scenario, Instant servedAt, Slate slate) {}
