package dev.sockbroker.cli.exec;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Environment variables as bytes. */
final class Variables {
  private final List<byte[]> entries;

  Variables(List<byte[]> entries) {
    this.entries = new ArrayList<>(entries);
  }

  void set(String name, String value) {
    remove(name);
    entries.add((name + "=" + value).getBytes(UTF_8));
  }

  void remove(String name) {
    entries.removeIf(entry -> startsWith(entry, prefix(name)));
  }

  /** Does nothing if the variable is not set. */
  void rename(String name, String to) {
    byte[] value = get(name);
    if (value != null) {
      remove(name);
      remove(to);
      byte[] entry = Arrays.copyOf(prefix(to), prefix(to).length + value.length);
      System.arraycopy(value, 0, entry, prefix(to).length, value.length);
      entries.add(entry);
    }
  }

  /** Returns null if the variable is not set. */
  byte[] get(String name) {
    byte[] prefix = prefix(name);
    for (byte[] entry : entries) {
      if (startsWith(entry, prefix)) {
        return Arrays.copyOfRange(entry, prefix.length, entry.length);
      }
    }
    return null;
  }

  List<byte[]> entries() {
    return entries;
  }

  private static byte[] prefix(String name) {
    return (name + "=").getBytes(UTF_8);
  }

  private static boolean startsWith(byte[] entry, byte[] prefix) {
    return entry.length >= prefix.length
        && Arrays.equals(entry, 0, prefix.length, prefix, 0, prefix.length);
  }
}
