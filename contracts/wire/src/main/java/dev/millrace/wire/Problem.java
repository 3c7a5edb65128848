package dev.millrace.wire;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;

/**
 * An error as RFC 9457 problem details.
 *
 * @param code the name of the {@link dev.millrace.model.ErrorCode}
 * @param field the field whose value is wrong, as a path into the body
 * @param fix what the caller should do
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Problem(
        String type,
        String title,
        int status,
        String detail,
        @Nullable String instance,
        String code,
        @Nullable String field,
        @Nullable String fix,
        @Nullable String traceId) {
    /** The media type of a problem body. */
    public static final String MEDIA_TYPE = "application/problem+json";
}
