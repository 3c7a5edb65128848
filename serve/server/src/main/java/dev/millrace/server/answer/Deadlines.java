package dev.millrace.server.answer;

import com.linecorp.armeria.common.HttpHeaderNames;
import com.linecorp.armeria.common.logging.RequestLogProperty;
import com.linecorp.armeria.server.ServiceRequestContext;
import dev.millrace.model.InvalidValueException;
import dev.millrace.runtime.Clock;
import dev.millrace.runtime.Deadline;
import io.netty.util.AsciiString;
import org.jspecify.annotations.Nullable;

import java.time.Duration;

/** The deadline of each request: the server's budget, or less where the caller asks for less. Immutable. */
final class Deadlines {
    private static final AsciiString HEADER = HttpHeaderNames.of("millrace-deadline-millis");

    private final Duration budget;

    Deadlines(Duration budget) {
        this.budget = budget;
    }

    /**
     * Counted from when the headers were there, for the gate alone: how long the body takes is up to the caller, and says
     * nothing about how busy the server is. What the caller asks for is not read yet.
     */
    Deadline ofArrival(ServiceRequestContext context) {
        long arrived = context.log()
                .ensureAvailable(RequestLogProperty.REQUEST_START_TIME)
                .requestStartTimeNanos();
        return Deadline.afterNanos(budget.toNanos() - (System.nanoTime() - arrived), Clock.system());
    }

    /**
     * Counted from now, when the whole body is there, or what this request waited for in its batch.
     *
     * @param field what the body says; null for nothing
     */
    Deadline fromNow(ServiceRequestContext context, @Nullable Integer field) {
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
