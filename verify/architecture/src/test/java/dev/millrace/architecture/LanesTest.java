package dev.millrace.architecture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.library.dependencies.SlicesRuleDefinition;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** The arrows between lanes and modules, as ARCHITECTURE.md draws them. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class LanesTest {
    /** The lanes that each lane may use besides itself. */
    private static final Map<String, Set<String>> ARROWS = Map.of(
            "contracts", Set.of(),
            "platform", Set.of("contracts"),
            "state", Set.of("contracts", "platform"),
            "decide", Set.of("contracts", "platform", "state"),
            "learn", Set.of("contracts", "platform", "state"),
            "serve", Set.of("contracts", "platform", "state", "decide"),
            "verify", Set.of("contracts", "platform", "state", "decide", "learn", "serve"));

    /** Single modules that may go further than their lane, each with its reason. */
    private static final Map<String, Set<String>> WIDER = Map.of(
            // Runs models to measure them offline.
            "evaluation", Set.of("inference", "recommend"),
            // The command line is the assembly of every process, trainers and load generators included.
            "cli", Set.of("training", "evaluation", "samples", "benchmarks"));

    private static final Set<String> DECIDE_ASSEMBLY = Set.of("recommend");

    private House house;
    private JavaClasses classes;

    @BeforeAll
    void importClasses() {
        house = House.open();
        classes = new ClassFileImporter().importPaths(house.classFolders());
    }

    @Test
    void lanes_everyModule_isKnown() {
        assertTrue(house.laneByModule().size() >= 20, () -> "found only " + house.laneByModule());
        assertTrue(classes.size() > 300, () -> "imported only " + classes.size() + " classes; compile the house first");
    }

    @Test
    void lanes_everyDependency_followsAnArrow() {
        Set<String> wrong = new TreeSet<>();
        for (JavaClass origin : classes) {
            for (Dependency dependency : origin.getDirectDependenciesFromSelf()) {
                check(module(origin), module(dependency.getTargetClass()), dependency, wrong);
            }
        }
        assertEquals(Set.of(), wrong);
    }

    @Test
    void packages_withinTheHouse_haveNoCycles() {
        SlicesRuleDefinition.slices()
                .matching("dev.millrace.(**)")
                .should()
                .beFreeOfCycles()
                .check(classes);
    }

    @Test
    void vectorApi_outsideKernels_isNotUsed() {
        assertEquals(List.of(), usersOf("jdk.incubator.vector", "kernels"));
    }

    @Test
    void libtorch_outsideTraining_isNotUsed() {
        assertEquals(List.of(), usersOf("org.bytedeco", "training"));
    }

    private List<String> usersOf(String packagePrefix, String allowedModule) {
        return classes.stream()
                .filter(origin -> !allowedModule.equals(module(origin)))
                .filter(origin -> origin.getDirectDependenciesFromSelf().stream()
                        .anyMatch(d -> d.getTargetClass().getPackageName().startsWith(packagePrefix)))
                .map(JavaClass::getName)
                .sorted()
                .toList();
    }

    private void check(String from, String to, Dependency dependency, Set<String> wrong) {
        if (from.isEmpty() || to.isEmpty() || from.equals(to)) {
            return;
        }
        String fromLane = laneOf(from);
        String toLane = laneOf(to);
        boolean siblings = fromLane.equals("decide") && toLane.equals("decide");
        boolean allowed = siblings
                ? DECIDE_ASSEMBLY.contains(from)
                : fromLane.equals(toLane) || ARROWS.get(fromLane).contains(toLane);
        if (!allowed && !WIDER.getOrDefault(from, Set.of()).contains(to)) {
            wrong.add(from + " (" + fromLane + ") must not use " + to + " (" + toLane + "): "
                    + dependency.getDescription());
        }
    }

    private String laneOf(String module) {
        String lane = house.laneByModule().get(module);
        assertTrue(lane != null, () -> "module " + module + " stands in no lane");
        return lane;
    }

    /** The module that owns a class by its package, or an empty text for classes from elsewhere. */
    private String module(JavaClass type) {
        String name = type.getPackageName();
        for (String module : house.laneByModule().keySet()) {
            String owned = House.packageOf(module);
            if (name.equals(owned) || name.startsWith(owned + ".")) {
                return module;
            }
        }
        return "";
    }
}
