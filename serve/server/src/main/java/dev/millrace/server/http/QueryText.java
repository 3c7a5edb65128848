package dev.millrace.server.http;

import com.linecorp.armeria.server.ServiceRequestContext;
import dev.millrace.model.InvalidValueException;
import org.jspecify.annotations.Nullable;

import java.util.Set;
import java.util.TreeSet;

/** The query part of a request's address, read as strictly as a body. Owned by one request. */
public final class QueryText {
    private static final int LONGEST = 256;

    private final ServiceRequestContext context;

    /** @param known every name that the route takes */
    public QueryText(ServiceRequestContext context, String... known) {
        this.context = context;
        Set<String> unknown = new TreeSet<>(context.queryParams().names());
        unknown.removeAll(Set.of(known));
        if (!unknown.isEmpty()) {
            throw new InvalidValueException(
                    unknown.iterator().next(),
                    "is not a known parameter; remove it or use one of " + new TreeSet<>(Set.of(known)));
        }
    }

    public int integer(String name, int absent, int min, int max) {
        String text = value(name);
        if (text == null) {
            return absent;
        }
        try {
            int value = Integer.parseInt(text);
            if (value >= min && value <= max) {
                return value;
            }
        } catch (NumberFormatException e) {
            // Said below together with what is out of bounds.
        }
        throw new InvalidValueException(name, "is '" + text + "'; give a whole number from " + min + " to " + max);
    }

    public boolean flag(String name, boolean absent) {
        String text = value(name);
        if (text == null) {
            return absent;
        }
        if (!text.equals("true") && !text.equals("false")) {
            throw new InvalidValueException(name, "is '" + text + "'; give true or false");
        }
        return text.equals("true");
    }

    /** Empty where absent. */
    public String text(String name) {
        String text = value(name);
        if (text != null && text.length() > LONGEST) {
            throw new InvalidValueException(name, "has " + text.length() + " characters; give at most " + LONGEST);
        }
        return text == null ? "" : text;
    }

    private @Nullable String value(String name) {
        return context.queryParams().get(name);
    }
}
