package dev.millrace.runtime;

import dev.millrace.model.InvalidValueException;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;

/**
 * The settings of one process as flat keys like {@code server.port}: the caller's defaults, over them the file
 * {@code millrace.properties}, over it the environment ({@code MILLRACE_SERVER_PORT}), over it {@code --set key=value}.
 *
 * <p>Each component reads its keys once into its configuration record, so that every key that exists has been asked for
 * when the process stands; {@link #rejectUnknown()} then names what nobody asked for. Thread-safe.
 */
public final class Configuration {
    private static final String ENVIRONMENT_PREFIX = "MILLRACE_";

    private final Map<String, Setting> settings;
    private final Map<String, String> environment;
    private final Map<String, String> asked = new ConcurrentSkipListMap<>();

    private record Setting(String value, String origin) {}

    private Configuration(Map<String, Setting> settings, Map<String, String> environment) {
        this.settings = settings;
        this.environment = environment;
    }

    /** Nothing set: every getter gives its default. */
    public static Configuration empty() {
        return of(Map.of());
    }

    /** For tests and embedding: the given settings alone. */
    public static Configuration of(Map<String, String> values) {
        Map<String, Setting> settings = new TreeMap<>();
        values.forEach((key, value) -> settings.put(key, new Setting(value, "the given settings")));
        return new Configuration(settings, Map.of());
    }

    /**
     * The settings of this process.
     *
     * @param file a properties file in UTF-8, or {@code null} for none
     * @param overrides entries like {@code server.port=8080}
     */
    public static Configuration load(@Nullable Path file, Map<String, String> environment, List<String> overrides)
            throws IOException {
        Map<String, Setting> settings = new TreeMap<>();
        if (file != null) {
            readFile(file, settings);
        }
        Configuration configuration = new Configuration(settings, Map.copyOf(environment));
        configuration.applyOverrides(overrides);
        return configuration;
    }

    public String text(String key, String defaultValue) {
        Setting setting = ask(key, defaultValue);
        return setting == null ? defaultValue : setting.value();
    }

    public int integer(String key, int defaultValue, int min, int max) {
        return Math.toIntExact(wholeNumber(key, defaultValue, min, max));
    }

    public long wholeNumber(String key, long defaultValue, long min, long max) {
        Setting setting = ask(key, Long.toString(defaultValue));
        if (setting == null) {
            return defaultValue;
        }
        try {
            return bounded(key, setting, Long.parseLong(setting.value().strip()), min, max);
        } catch (NumberFormatException e) {
            throw invalid(key, setting, "a whole number from " + min + " to " + max);
        }
    }

    public double decimal(String key, double defaultValue, double min, double max) {
        Setting setting = ask(key, Double.toString(defaultValue));
        if (setting == null) {
            return defaultValue;
        }
        String expected = "a number from " + min + " to " + max;
        try {
            double value = Double.parseDouble(setting.value().strip());
            if (value >= min && value <= max) {
                return value;
            }
            throw invalid(key, setting, expected);
        } catch (NumberFormatException e) {
            throw invalid(key, setting, expected);
        }
    }

    public boolean flag(String key, boolean defaultValue) {
        Setting setting = ask(key, Boolean.toString(defaultValue));
        if (setting == null) {
            return defaultValue;
        }
        return switch (setting.value().strip().toLowerCase(Locale.ROOT)) {
            case "true", "yes", "on" -> true;
            case "false", "no", "off" -> false;
            default -> throw invalid(key, setting, "true or false");
        };
    }

    /** A time like {@code 250us}, {@code 5ms}, {@code 2s}, {@code 10m}, {@code 12h}, {@code 7d}. */
    public Duration duration(String key, Duration defaultValue, Duration min, Duration max) {
        Setting setting = ask(key, defaultValue.toString());
        if (setting == null) {
            return defaultValue;
        }
        Duration value = Units.duration(setting.value().strip());
        if (value == null || value.compareTo(min) < 0 || value.compareTo(max) > 0) {
            throw invalid(key, setting, "a time like 250us, 5ms, 2s, 10m, 12h or 7d, from " + min + " to " + max);
        }
        return value;
    }

    /** A size like {@code 4096}, {@code 64k}, {@code 128m}, {@code 2g}. */
    public long bytes(String key, long defaultValue, long min, long max) {
        Setting setting = ask(key, Long.toString(defaultValue));
        if (setting == null) {
            return defaultValue;
        }
        Long value = Units.bytes(setting.value().strip());
        if (value == null || value < min || value > max) {
            throw invalid(key, setting, "a size like 4096, 64k, 128m or 2g, from " + min + " to " + max);
        }
        return value;
    }

    /** Every key that was asked for, with its value as text: what {@code --help} and the console print. */
    public Map<String, String> effective() {
        Map<String, String> values = new TreeMap<>();
        asked.forEach((key, defaultValue) -> {
            Setting setting = find(key);
            values.put(key, setting == null ? defaultValue : setting.value());
        });
        return values;
    }

    /** @throws InvalidValueException naming a key that is set but that no component asked for, and the nearest known one */
    public void rejectUnknown() {
        settings.forEach((key, setting) -> {
            if (!asked.containsKey(key)) {
                throw new InvalidValueException(
                        "setting '" + key + "'",
                        "in " + setting.origin() + " is unknown" + Units.nearest(key, asked.keySet()));
            }
        });
    }

    private static void readFile(Path file, Map<String, Setting> settings) throws IOException {
        Properties properties = new Properties();
        try (Reader reader = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
            properties.load(reader);
        }
        for (String key : properties.stringPropertyNames()) {
            settings.put(key, new Setting(properties.getProperty(key), file.toString()));
        }
    }

    private void applyOverrides(List<String> overrides) {
        for (String override : overrides) {
            int equals = override.indexOf('=');
            if (equals < 1) {
                throw new InvalidValueException("--set", "'" + override + "' is not of the form key=value");
            }
            String key = override.substring(0, equals).strip();
            settings.put(key, new Setting(override.substring(equals + 1).strip(), "--set"));
        }
    }

    private @Nullable Setting ask(String key, String defaultValue) {
        asked.put(key, defaultValue);
        return find(key);
    }

    private @Nullable Setting find(String key) {
        Setting setting = settings.get(key);
        if (setting != null && setting.origin().equals("--set")) {
            return setting;
        }
        String variable = ENVIRONMENT_PREFIX
                + key.toUpperCase(Locale.ROOT).replace('.', '_').replace('-', '_');
        String value = environment.get(variable);
        return value == null ? setting : new Setting(value, "the environment variable " + variable);
    }

    private static long bounded(String key, Setting setting, long value, long min, long max) {
        if (value < min || value > max) {
            throw invalid(key, setting, "a whole number from " + min + " to " + max);
        }
        return value;
    }

    private static InvalidValueException invalid(String key, Setting setting, String expected) {
        return new InvalidValueException(
                "setting '" + key + "'", "is '" + setting.value() + "' in " + setting.origin() + "; give " + expected);
    }
}
