package dev.sockbroker.system;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;

/** Packs classes of these tests as a Java agent. */
final class AgentJar {
  private AgentJar() {}

  /**
   * @param agent has the method premain
   * @param others that it needs
   */
  static void write(Path jar, Class<?> agent, Class<?>... others) throws IOException {
    Manifest manifest = new Manifest();
    manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
    manifest.getMainAttributes().putValue("Premain-Class", agent.getName());
    try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar), manifest)) {
      add(out, agent);
      for (Class<?> other : others) {
        add(out, other);
      }
    }
  }

  private static void add(JarOutputStream out, Class<?> type) throws IOException {
    String entry = type.getName().replace('.', '/') + ".class";
    out.putNextEntry(new JarEntry(entry));
    try (InputStream bytes = type.getClassLoader().getResourceAsStream(entry)) {
      bytes.transferTo(out);
    }
  }
}
