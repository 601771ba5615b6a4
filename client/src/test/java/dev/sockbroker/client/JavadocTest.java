package dev.sockbroker.client;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.ModifiersTree;
import com.sun.source.tree.Tree;
import com.sun.source.tree.VariableTree;
import com.sun.source.util.DocTrees;
import com.sun.source.util.JavacTask;
import com.sun.source.util.TreePathScanner;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import javax.lang.model.element.Modifier;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;

/** Every public type, method, constructor and constant says what it promises. */
final class JavadocTest {
  private static final Path SOURCES = Path.of("src/main/java/dev/sockbroker/client");

  @Test
  void shouldExplainEverythingThatIsPublic() throws IOException {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null);
        Stream<Path> sources = Files.list(SOURCES)) {
      JavacTask task =
          (JavacTask)
              compiler.getTask(
                  null,
                  files,
                  null,
                  null,
                  null,
                  files.getJavaFileObjectsFromPaths(sources.toList()));
      Undocumented undocumented = new Undocumented(DocTrees.instance(task));
      for (CompilationUnitTree unit : task.parse()) {
        undocumented.scan(unit, null);
      }

      assertThat(undocumented.seen).isGreaterThan(200);
      assertThat(undocumented.found).isEmpty();
    }
  }

  /** Looks at what a program can use, and at nothing inside of it. */
  private static final class Undocumented extends TreePathScanner<Void, Void> {
    final List<String> found = new ArrayList<>();
    int seen;
    private final DocTrees docs;

    Undocumented(DocTrees docs) {
      this.docs = docs;
    }

    @Override
    public Void visitClass(ClassTree type, Void nothing) {
      if (!isVisible(type.getModifiers())) {
        return null;
      }
      check(type.getSimpleName());
      return super.visitClass(type, nothing);
    }

    @Override
    public Void visitMethod(MethodTree method, Void nothing) {
      if (isVisible(method.getModifiers()) && !isOverride(method) && !isOfRecord(method)) {
        check(method.getName());
      }
      return null;
    }

    @Override
    public Void visitVariable(VariableTree field, Void nothing) {
      if (isVisible(field.getModifiers())) {
        check(field.getName());
      }
      return null;
    }

    private void check(CharSequence name) {
      seen++;
      if (docs.getDocCommentTree(getCurrentPath()) == null) {
        found.add(getCurrentPath().getParentPath().getLeaf().getKind() + " " + name);
      }
    }

    private static boolean isVisible(ModifiersTree modifiers) {
      Set<Modifier> flags = modifiers.getFlags();
      return flags.contains(Modifier.PUBLIC) || flags.contains(Modifier.PROTECTED);
    }

    /** The overridden method has the comment. */
    private static boolean isOverride(MethodTree method) {
      return method.getModifiers().getAnnotations().stream()
          .anyMatch(it -> it.getAnnotationType().toString().equals("Override"));
    }

    /** The record's comment explains its components. */
    private boolean isOfRecord(MethodTree method) {
      ClassTree type = (ClassTree) getCurrentPath().getParentPath().getLeaf();
      return type.getKind() == Tree.Kind.RECORD && method.getReturnType() == null;
    }
  }
}
