package dev.millrace.architecture;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** The project on disk: its lanes, its modules and their sources. Immutable. */
final class House {
    /** The lanes from the ground up; a lane may use the lanes before it. */
    static final List<String> LANES = List.of("contracts", "platform", "state", "decide", "learn", "serve", "verify");

    private final Path root;
    private final Map<String, String> laneByModule;

    private House(Path root, Map<String, String> laneByModule) {
        this.root = root;
        this.laneByModule = laneByModule;
    }

    static House open() {
        Path root = Path.of("").toAbsolutePath();
        while (!Files.exists(root.resolve("mvnw"))) {
            Path parent = root.getParent();
            if (parent == null) {
                throw new IllegalStateException("no folder above " + Path.of("").toAbsolutePath() + " holds mvnw");
            }
            root = parent;
        }
        return new House(root, readModules(root));
    }

    Path root() {
        return root;
    }

    /** The lane of each module, by the module's folder name. */
    Map<String, String> laneByModule() {
        return laneByModule;
    }

    /** The package that a module owns, without its subpackages. */
    static String packageOf(String module) {
        return "dev.millrace." + module.replace("-", "");
    }

    /** The folders of compiled production classes that exist now. */
    List<Path> classFolders() {
        return laneByModule.entrySet().stream()
                .map(module ->
                        root.resolve(module.getValue()).resolve(module.getKey()).resolve("target/classes"))
                .filter(Files::isDirectory)
                .toList();
    }

    /** Every hand-written Java file of the given source set ({@code main} or {@code test}). */
    List<Path> sources(String sourceSet) {
        return laneByModule.entrySet().stream()
                .map(module ->
                        root.resolve(module.getValue()).resolve(module.getKey()).resolve("src/" + sourceSet + "/java"))
                .filter(Files::isDirectory)
                .flatMap(House::javaFiles)
                .toList();
    }

    private static Stream<Path> javaFiles(Path folder) {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(file -> file.toString().endsWith(".java")).sorted().toList().stream();
        } catch (IOException e) {
            throw new UncheckedIOException("cannot list " + folder, e);
        }
    }

    private static Map<String, String> readModules(Path root) {
        Map<String, String> lanes = new TreeMap<>();
        for (String lane : LANES) {
            try (Stream<Path> modules = Files.list(root.resolve(lane))) {
                modules.filter(module -> Files.exists(module.resolve("pom.xml")))
                        .forEach(module -> lanes.put(module.getFileName().toString(), lane));
            } catch (IOException e) {
                throw new UncheckedIOException("cannot list lane " + lane, e);
            }
        }
        return lanes;
    }
}
