package dev.millrace.cli.doctor;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** What the kernel tells through files under {@code /proc}, {@code /sys} and {@code /dev}; absent on other systems. Immutable. */
final class MachineFiles {
    private final Path root;

    /** @param root {@code /} but in tests */
    MachineFiles(Path root) {
        this.root = root;
    }

    Path root() {
        return root;
    }

    /** The file's text without its trailing blanks; empty where it cannot be read. */
    Optional<String> text(String path) {
        try {
            return Optional.of(Files.readString(root.resolve(path)).strip());
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    boolean exists(String path) {
        return Files.exists(root.resolve(path));
    }

    /** The names in a folder that begin with the prefix, sorted. */
    List<String> names(String folder, String prefix) {
        Path path = root.resolve(folder);
        if (!Files.isDirectory(path)) {
            return List.of();
        }
        try (Stream<Path> entries = Files.list(path)) {
            return entries.map(entry -> entry.getFileName().toString())
                    .filter(name -> name.startsWith(prefix))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            return List.of();
        }
    }

    /** The value of the first line {@code key : value} of a file in the style of {@code /proc/meminfo}. */
    Optional<String> field(String path, String key) {
        return text(path).stream()
                .flatMap(String::lines)
                .filter(line -> line.startsWith(key))
                .filter(line -> line.substring(key.length()).strip().startsWith(":"))
                .map(line -> line.substring(line.indexOf(':') + 1).strip())
                .findFirst();
    }

    /** A field of {@code /proc/meminfo} in bytes, or −1. */
    long memoryBytes(String key) {
        return field("proc/meminfo", key)
                .map(value -> Long.parseLong(value.replace("kB", "").strip()) << 10)
                .orElse(-1L);
    }
}
