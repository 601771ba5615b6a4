import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassFile.ClassHierarchyResolverOption;
import java.lang.classfile.ClassFile.StackMapsOption;
import java.lang.classfile.ClassFileVersion;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassModel;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeTransform;
import java.lang.constant.ClassDesc;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.stream.Stream;

/**
 * Rewrites the class files of a jar that are older than Java 6 to Java 17 with stack maps. Picocli
 * is compiled for Java 5, and the JVM's AOT cache cannot store classes without stack maps. With
 * them, a command starts a fifth faster. The build runs it: {@code java ModernByteCode.java JAR}.
 */
void main(String[] arguments) throws IOException {
  try (FileSystem jar = FileSystems.newFileSystem(Path.of(arguments[0]))) {
    Path root = jar.getPath("/");
    ClassFile classFile =
        ClassFile.of(
            StackMapsOption.GENERATE_STACK_MAPS,
            ClassHierarchyResolverOption.of(
                ClassHierarchyResolver.ofResourceParsing(type -> open(root, type))));
    List<Path> classes;
    try (Stream<Path> files = Files.walk(root)) {
      classes = files.filter(it -> it.toString().endsWith(".class")).toList();
    }
    for (Path file : classes) {
      rewrite(classFile, file);
    }
  }
}

void rewrite(ClassFile classFile, Path file) throws IOException {
  byte[] bytes = Files.readAllBytes(file);
  int major = (bytes[6] & 0xff) << 8 | bytes[7] & 0xff;
  if (major >= ClassFile.JAVA_6_VERSION) {
    return;
  }
  ClassModel model = classFile.parse(bytes);
  // passing on every instruction generates the stack maps
  ClassTransform transform =
      ClassTransform.transformingMethodBodies(CodeTransform.ACCEPT_ALL)
          .andThen(
              (builder, element) ->
                  builder.with(
                      element instanceof ClassFileVersion
                          ? ClassFileVersion.of(ClassFile.JAVA_17_VERSION, 0)
                          : element));
  // the time of the entry is the fixed time of the build, so that builds are reproducible
  FileTime time = Files.getLastModifiedTime(file);
  Files.write(file, classFile.transformClass(model, transform));
  Files.setLastModifiedTime(file, time);
}

/** Opens a class of the jar or of the JDK to find its supertypes. */
InputStream open(Path root, ClassDesc type) {
  String descriptor = type.descriptorString();
  String name = descriptor.substring(1, descriptor.length() - 1) + ".class";
  try {
    Path file = root.resolve(name);
    return Files.exists(file)
        ? Files.newInputStream(file)
        : ClassLoader.getSystemResourceAsStream(name);
  } catch (IOException e) {
    throw new java.io.UncheckedIOException(e);
  }
}
