package dev.millrace.console;

import dev.millrace.wire.operate.ModelList;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The versions by descent: a teacher, under it its students, under them what was compressed. Immutable. */
public record FamilyTree(List<Member> members) {
    public FamilyTree {
        members = List.copyOf(members);
    }

    /**
     * One version.
     *
     * @param depth how many of its ancestors are listed above it
     */
    public record Member(ModelList.Model model, int depth) {}

    /** Children follow their parent; what has no parent among the models, or is its own ancestor, begins a tree. */
    static FamilyTree of(List<ModelList.Model> models) {
        Map<String, List<ModelList.Model>> children = new HashMap<>();
        Set<String> known = new HashSet<>();
        models.forEach(model -> known.add(model.version()));
        List<ModelList.Model> roots = new ArrayList<>();
        for (ModelList.Model model : models) {
            model.parents().stream()
                    .filter(parent -> known.contains(parent) && !parent.equals(model.version()))
                    .findFirst()
                    .ifPresentOrElse(
                            parent -> children.computeIfAbsent(parent, any -> new ArrayList<>())
                                    .add(model),
                            () -> roots.add(model));
        }
        List<Member> members = new ArrayList<>();
        Set<String> placed = new HashSet<>();
        roots.forEach(root -> place(root, 0, children, placed, members));
        models.stream()
                .filter(model -> !placed.contains(model.version()))
                .forEach(model -> place(model, 0, children, placed, members));
        return new FamilyTree(members);
    }

    private static void place(
            ModelList.Model model,
            int depth,
            Map<String, List<ModelList.Model>> children,
            Set<String> placed,
            List<Member> members) {
        if (placed.add(model.version())) {
            members.add(new Member(model, depth));
            children.getOrDefault(model.version(), List.of())
                    .forEach(child -> place(child, depth + 1, children, placed, members));
        }
    }
}
