package dev.millrace.architecture;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.stream.Collectors.toSet;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Budgets of size and names. What must exceed one stands in {@code exceptions.txt} with its reason. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class BudgetsTest {
    private static final int METHOD_LINES = 80;
    private static final int FILE_LINES = 600;
    private static final int CONSTRUCTOR_PARAMETERS = 7;
    private static final int PACKAGE_FILES = 24;
    private static final int PIPELINE_FILES = 15;

    /** They say nothing and attract everything. */
    private static final Pattern BANNED_SUFFIX =
            Pattern.compile(".*(Util|Utils|Helper|Manager|Impl|Common|Base|Data|Info|Processor)$");

    private static final Pattern EXCEPTION = Pattern.compile("(\\S+)\\s+\\|\\s+(\\S.{15,})");

    private House house;
    private List<SourceFile> sources;
    private Map<String, String> exceptions;

    @BeforeAll
    void parse() throws IOException {
        house = House.open();
        sources = SourceFile.parse(house.sources("main"));
        exceptions = readExceptions();
    }

    @Test
    void budgets_everySource_isWithinThemOrExcepted() {
        assertTrue(sources.size() > 150, () -> "parsed only " + sources.size() + " files");
        Map<String, String> over = new TreeMap<>();
        sources.forEach(source -> addOverBudget(source, over));
        addOverBudgetPackages(over);
        Map<String, String> unreasoned = new TreeMap<>(over);
        unreasoned.keySet().removeAll(exceptions.keySet());
        assertEquals(Map.of(), unreasoned, "over budget: make it smaller, or give exceptions.txt the reason");
        Set<String> unused = new TreeSet<>(exceptions.keySet());
        unused.removeAll(over.keySet());
        assertEquals(Set.of(), unused, "exceptions that nothing needs any more: remove them");
    }

    @Test
    void names_everyType_saysItsRole() {
        List<String> banned = sources.stream()
                .flatMap(source -> source.types().stream())
                .map(SourceFile.Type::name)
                .filter(name -> BANNED_SUFFIX.matcher(name).matches())
                .toList();
        assertEquals(List.of(), banned);
    }

    @Test
    void types_everyTopLevelOne_saysWhatItIs() {
        List<String> silent = sources.stream()
                .flatMap(source -> source.types().stream())
                .filter(type -> type.topLevel() && !type.documented())
                .map(SourceFile.Type::name)
                .toList();
        assertEquals(List.of(), silent, "these types have no Javadoc sentence");
    }

    @Test
    void sleep_inProductionAndTests_isNotUsed() {
        List<SourceFile> tests = SourceFile.parse(house.sources("test"));
        List<String> sleepers = Stream.concat(sources.stream(), tests.stream())
                .filter(source -> source.calls().contains("Thread.sleep"))
                .map(source -> source.path().getFileName().toString())
                .toList();
        assertEquals(List.of(), sleepers, "wait for the condition itself, with a bound");
    }

    @Test
    void console_outsideTheCommandLine_isNotWrittenTo() {
        List<String> printers = sources.stream()
                .filter(source -> !source.path().toString().contains("/serve/cli/")
                        && !source.path().toString().contains("/verify/"))
                .filter(source -> source.calls().stream()
                        .anyMatch(call -> call.startsWith("System.out.") || call.startsWith("System.err.")))
                .map(source -> source.path().getFileName().toString())
                .toList();
        assertEquals(List.of(), printers, "log, or return a value");
    }

    @Test
    void packages_everyOne_isNullMarked() throws IOException {
        List<String> unmarked = new ArrayList<>();
        for (Path folder :
                sources.stream().map(source -> source.path().getParent()).collect(toSet())) {
            Path packageInfo = folder.resolve("package-info.java");
            if (!Files.exists(packageInfo) || !Files.readString(packageInfo).contains("@NullMarked")) {
                unmarked.add(house.root().relativize(folder).toString());
            }
        }
        assertEquals(List.of(), unmarked, "packages without a package-info that says @NullMarked");
    }

    @Test
    void pipeline_atMostFifteenFiles_staysReadable() {
        long files = sources.stream()
                .filter(source -> source.path().toString().contains("/platform/pipeline/"))
                .filter(source -> !source.path().endsWith("package-info.java"))
                .count();
        assertTrue(files <= PIPELINE_FILES, () -> "platform/pipeline has " + files + " files");
    }

    private static void addOverBudget(SourceFile source, Map<String, String> over) {
        if (source.lines() > FILE_LINES) {
            over.put(source.path().getFileName().toString(), source.lines() + " lines, budget " + FILE_LINES);
        }
        for (SourceFile.Method method : source.methods()) {
            if (method.lines() > METHOD_LINES) {
                over.put(method.name(), method.lines() + " lines, budget " + METHOD_LINES);
            }
            if (method.constructor() && method.parameters() > CONSTRUCTOR_PARAMETERS) {
                over.put(method.name(), method.parameters() + " parameters, budget " + CONSTRUCTOR_PARAMETERS);
            }
        }
    }

    private void addOverBudgetPackages(Map<String, String> over) {
        Map<Path, Integer> filesByPackage = new TreeMap<>();
        sources.forEach(source -> filesByPackage.merge(source.path().getParent(), 1, Integer::sum));
        filesByPackage.forEach((folder, files) -> {
            if (files > PACKAGE_FILES) {
                over.put(house.root().relativize(folder).toString(), files + " files, budget " + PACKAGE_FILES);
            }
        });
    }

    private static Map<String, String> readExceptions() throws IOException {
        Map<String, String> exceptions = new TreeMap<>();
        URL file = Objects.requireNonNull(BudgetsTest.class.getResource("/exceptions.txt"));
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(file.openStream(), UTF_8))) {
            for (String line : lines.lines().toList()) {
                if (line.isBlank() || line.startsWith("#")) {
                    continue;
                }
                Matcher matcher = EXCEPTION.matcher(line);
                assertTrue(matcher.matches(), () -> "exceptions.txt: '" + line + "' is not 'name | reason'");
                exceptions.put(matcher.group(1), matcher.group(2));
            }
        }
        return exceptions;
    }
}
