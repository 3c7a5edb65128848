package dev.millrace.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.millrace.model.InvalidValueException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

class ConfigurationTest {
    @TempDir
    Path directory;

    @Test
    void load_severalOrigins_theLaterWins() throws IOException {
        Path file = directory.resolve("millrace.properties");
        Files.writeString(file, "a.one=1\na.two=1\na.three-x=1\n");
        Configuration configuration = Configuration.load(
                file, Map.of("MILLRACE_A_TWO", "2", "MILLRACE_A_THREE_X", "2"), List.of("a.three-x=3"));
        assertEquals(0, configuration.integer("a.zero", 0, 0, 9));
        assertEquals(1, configuration.integer("a.one", 0, 0, 9));
        assertEquals(2, configuration.integer("a.two", 0, 0, 9));
        assertEquals(3, configuration.integer("a.three-x", 0, 0, 9));
        assertEquals(Map.of("a.zero", "0", "a.one", "1", "a.two", "2", "a.three-x", "3"), configuration.effective());
        configuration.rejectUnknown();
    }

    @Test
    void rejectUnknown_misspelledKey_namesTheNearest() throws IOException {
        Path file = directory.resolve("millrace.properties");
        Files.writeString(file, "server.prot=8080\n");
        Configuration configuration = Configuration.load(file, Map.of(), List.of());
        configuration.integer("server.port", 8080, 0, 65_535);
        configuration.text("log.directory", "log");
        String message = messageOf(configuration::rejectUnknown);
        assertTrue(message.contains("'server.prot'") && message.contains("did you mean 'server.port'?"), message);
        assertTrue(message.contains("millrace.properties"), message);
    }

    @Test
    void getters_readUnits() {
        Configuration configuration = Configuration.of(Map.of(
                "t1", "250us", "t2", "5 ms", "t3", "7d", "b1", "4096", "b2", "64k", "b3", "2G", "f", "yes", "d",
                "0.5"));
        assertEquals(Duration.ofNanos(250_000), time(configuration, "t1"));
        assertEquals(Duration.ofMillis(5), time(configuration, "t2"));
        assertEquals(Duration.ofDays(7), time(configuration, "t3"));
        assertEquals(4096, configuration.bytes("b1", 0, 0, Long.MAX_VALUE));
        assertEquals(65_536, configuration.bytes("b2", 0, 0, Long.MAX_VALUE));
        assertEquals(2L << 30, configuration.bytes("b3", 0, 0, Long.MAX_VALUE));
        assertTrue(configuration.flag("f", false));
        assertEquals(0.5, configuration.decimal("d", 0, 0, 1));
    }

    @Test
    void getters_badOrUnboundedValue_sayValueOriginAndWhatIsExpected() {
        for (String value : List.of("", "x", "11", "-1", "1.5", "99999999999999999999", "5ms", "NaN")) {
            Configuration configuration = Configuration.of(Map.of("key", value));
            for (Executable getter : List.<Executable>of(
                    () -> configuration.integer("key", 1, 2, 10),
                    () -> configuration.duration("key", Duration.ZERO, Duration.ofSeconds(1), Duration.ofSeconds(2)),
                    () -> configuration.bytes("key", 0, 12, 13),
                    () -> configuration.decimal("key", 0, 2, 3),
                    () -> configuration.flag("key", true))) {
                String message = messageOf(getter);
                assertTrue(message.contains("'key'") && message.contains("'" + value + "'"), message);
                assertTrue(message.contains("give "), message);
            }
        }
    }

    @Test
    void load_overrideWithoutEquals_isRefused() {
        String message = messageOf(() -> Configuration.load(null, Map.of(), List.of("server.port")));
        assertTrue(message.contains("'server.port' is not of the form key=value"), message);
    }

    private static Duration time(Configuration configuration, String key) {
        return configuration.duration(key, Duration.ZERO, Duration.ZERO, Duration.ofDays(100));
    }

    private static String messageOf(Executable action) {
        return String.valueOf(assertThrows(InvalidValueException.class, action).getMessage());
    }
}
