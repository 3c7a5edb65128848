package dev.millrace.architecture;

import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.LineMap;
import com.sun.source.tree.MethodInvocationTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.Tree;
import com.sun.source.util.DocTrees;
import com.sun.source.util.JavacTask;
import com.sun.source.util.SourcePositions;
import com.sun.source.util.TreePath;
import com.sun.source.util.TreePathScanner;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/** What the size and name budgets need to know of one Java file, read by the compiler's own parser. Immutable. */
record SourceFile(Path path, int lines, List<Type> types, List<Method> methods, List<String> calls) {
    /** A declared class, interface, record or enum. */
    record Type(String name, boolean topLevel, boolean documented) {}

    /** A method or constructor with a body. */
    record Method(String name, int lines, int parameters, boolean constructor) {}

    static List<SourceFile> parse(List<Path> paths) {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null)) {
            JavacTask task = (JavacTask)
                    compiler.getTask(null, files, null, null, null, files.getJavaFileObjectsFromPaths(paths));
            List<SourceFile> parsed = new ArrayList<>();
            for (CompilationUnitTree unit : task.parse()) {
                parsed.add(new Reader(unit, DocTrees.instance(task)).read());
            }
            return parsed;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot parse the sources", e);
        }
    }

    /** Walks one compilation unit; used once by one thread. */
    private static final class Reader extends TreePathScanner<@Nullable Void, @Nullable Void> {
        private final CompilationUnitTree unit;
        private final DocTrees docs;
        private final List<Type> types = new ArrayList<>();
        private final List<Method> methods = new ArrayList<>();
        private final List<String> calls = new ArrayList<>();

        Reader(CompilationUnitTree unit, DocTrees docs) {
            this.unit = unit;
            this.docs = docs;
        }

        SourceFile read() throws IOException {
            scan(new TreePath(unit), null);
            Path path = Path.of(unit.getSourceFile().toUri());
            return new SourceFile(path, Files.readAllLines(path).size(), types, methods, calls);
        }

        @Override
        public @Nullable Void visitClass(ClassTree type, @Nullable Void unused) {
            if (!type.getSimpleName().isEmpty()) {
                TreePath path = getCurrentPath();
                boolean topLevel = path.getParentPath().getLeaf().getKind() == Tree.Kind.COMPILATION_UNIT;
                types.add(new Type(type.getSimpleName().toString(), topLevel, docs.getDocComment(path) != null));
            }
            return super.visitClass(type, unused);
        }

        @Override
        public @Nullable Void visitMethod(MethodTree method, @Nullable Void unused) {
            if (method.getBody() != null) {
                // Data may have many fields: a record's compact constructor repeats them and is not counted.
                boolean constructor = method.getName().contentEquals("<init>") && !ownerIsRecord();
                String name = ownerName() + "." + method.getName();
                methods.add(
                        new Method(name, lines(method), method.getParameters().size(), constructor));
            }
            return super.visitMethod(method, unused);
        }

        @Override
        public @Nullable Void visitMethodInvocation(MethodInvocationTree call, @Nullable Void unused) {
            calls.add(call.getMethodSelect().toString());
            return super.visitMethodInvocation(call, unused);
        }

        private boolean ownerIsRecord() {
            return getCurrentPath().getParentPath().getLeaf().getKind() == Tree.Kind.RECORD;
        }

        private String ownerName() {
            return getCurrentPath().getParentPath().getLeaf() instanceof ClassTree owner
                    ? owner.getSimpleName().toString()
                    : "";
        }

        private int lines(Tree tree) {
            SourcePositions positions = docs.getSourcePositions();
            LineMap map = unit.getLineMap();
            long start = positions.getStartPosition(unit, tree);
            long end = positions.getEndPosition(unit, tree);
            return end < 0 ? -1 : (int) (map.getLineNumber(end) - map.getLineNumber(start) + 1);
        }
    }
}
