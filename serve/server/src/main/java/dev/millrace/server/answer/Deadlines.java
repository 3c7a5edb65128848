package dev.millrace.server.answer;

import com.linecorp.armeria.server.ServiceRequestContext;
import dev.millrace.model.InvalidValueException;
import dev.millrace.runtime.Deadline;
import org.jspecify.annotations.Nullable;

import java.time.Duration;

/** The deadline of each request: the server's budget, or less where the caller asks for less. Immutable. */
final class Deadlines {
    private static final String HEADER = "millrace-deadline-millis";

    private final Duration budget;

    Deadlines(Duration budget) {
        this.budget = budget;
    }

    /** @param field what the body says; null for nothing */
    Deadline of(ServiceRequestContext context, @Nullable Integer field) {
        Deadline deadline = Deadline.after(budget);
        String header = context.request().headers().get(HEADER);
        if (header != null) {
            deadline = deadline.within(Duration.ofMillis(parse(header)));
        }
        return field == null ? deadline : deadline.within(Duration.ofMillis(field));
    }

    private static int parse(String header) {
        try {
            int millis = Integer.parseInt(header.strip());
            if (millis > 0) {
                return millis;
            }
        } catch (NumberFormatException e) {
            // Said below together with what is out of bounds.
        }
        throw new InvalidValueException("Millrace-Deadline-Millis", "is '" + header + "'; give a whole number above 0");
    }
}
