package dev.millrace.wire.operate;

import dev.millrace.model.InvalidValueException;
import dev.millrace.wire.Given;

/** The body of {@code POST /v1/references}: impressions and clicks of a series from outside, added to the present bucket. */
public record ReferencePoint(String name, Long impressions, Long clicks) {
    public ReferencePoint {
        name = Given.required("name", name);
        impressions = Given.required("impressions", impressions);
        clicks = Given.required("clicks", clicks);
        if (name.isBlank() || name.length() > 64) {
            throw new InvalidValueException("name", "has " + name.length() + " characters; give 1 to 64, not blank");
        }
        if (impressions < 0) {
            throw new InvalidValueException("impressions", "is " + impressions + "; give 0 or more");
        }
        if (clicks < 0) {
            throw new InvalidValueException("clicks", "is " + clicks + "; give 0 or more");
        }
    }
}
