package dev.millrace.architecture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Documents that lead somewhere: every relative link, and every type that ARCHITECTURE.md says to start at, exists. */
class DocumentsTest {
    private static final Pattern LINK = Pattern.compile("]\\(([^)#\\s]+)[^)]*\\)");
    private static final Pattern MODULE_ROW = Pattern.compile("\\| `(\\w+)/([\\w-]+)` \\| `(\\w+)` \\|.*");

    private final House house = House.open();

    @Test
    void links_inEveryDocument_leadToAFile() throws IOException {
        List<String> broken = new ArrayList<>();
        for (Path document : documents()) {
            Matcher links = LINK.matcher(Files.readString(document));
            while (links.find()) {
                String target = links.group(1);
                if (!target.contains("://") && !Files.exists(document.resolveSibling(target))) {
                    broken.add(house.root().relativize(document) + " → " + target);
                }
            }
        }
        assertEquals(List.of(), broken);
    }

    @Test
    void architecture_everyStartingPoint_exists() throws IOException {
        List<String> missing = new ArrayList<>();
        int rows = 0;
        for (String line : Files.readAllLines(house.root().resolve("ARCHITECTURE.md"))) {
            Matcher row = MODULE_ROW.matcher(line);
            if (row.matches()) {
                rows++;
                Path type = house.root()
                        .resolve(row.group(1))
                        .resolve(row.group(2))
                        .resolve("src/main/java/dev/millrace")
                        .resolve(row.group(2).replace("-", ""))
                        .resolve(row.group(3) + ".java");
                if (!Files.exists(type)) {
                    missing.add(house.root().relativize(type).toString());
                }
            }
        }
        assertTrue(rows >= 20, "ARCHITECTURE.md has only " + rows + " rows of modules");
        assertEquals(List.of(), missing);
    }

    private List<Path> documents() throws IOException {
        try (Stream<Path> files = Files.walk(house.root())) {
            return files.filter(file -> file.toString().endsWith(".md"))
                    .filter(file -> !file.toString().contains("/target/")
                            && !file.toString().contains("/node_modules/"))
                    .toList();
        }
    }
}
