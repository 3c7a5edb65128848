package dev.millrace.console;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.millrace.wire.operate.ModelList;
import org.junit.jupiter.api.Test;

import java.time.Instant;
import java.util.List;
import java.util.Map;

class FamilyTreeTest {
    private static ModelList.Model model(String version, String... parents) {
        return new ModelList.Model(
                version,
                Instant.EPOCH,
                "kind",
                1,
                1,
                1,
                false,
                Map.of(),
                Map.of(),
                Map.of(),
                List.of(parents),
                1,
                null);
    }

    private static List<String> shown(ModelList.Model... models) {
        return FamilyTree.of(List.of(models)).members().stream()
                .map(member -> "-".repeat(member.depth()) + member.model().version())
                .toList();
    }

    @Test
    void tree_ofDescent_listsChildrenUnderTheirParents() {
        assertEquals(
                List.of("other", "teacher", "-student2", "-student1", "--int8"),
                shown(
                        model("int8", "student1", "teacher"),
                        model("student2", "teacher"),
                        model("other"),
                        model("student1", "teacher"),
                        model("teacher")));
    }

    @Test
    void tree_withAParentThatIsGone_beginsAtTheChildOrTheNextAncestor() {
        assertEquals(List.of("teacher", "-int8"), shown(model("int8", "deleted", "teacher"), model("teacher")));
        assertEquals(List.of("int8"), shown(model("int8", "deleted")));
    }

    @Test
    void tree_ofACircle_listsEachOnce() {
        assertEquals(List.of("a", "-b"), shown(model("a", "b"), model("b", "a")));
        assertEquals(List.of("a"), shown(model("a", "a")));
    }
}
