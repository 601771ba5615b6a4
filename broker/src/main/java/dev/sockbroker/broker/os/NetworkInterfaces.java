package dev.sockbroker.broker.os;

import dev.sockbroker.broker.kernel.RefusedException;
import dev.sockbroker.protocol.Errno;
import dev.sockbroker.text.Characters;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;

/** Looks up network interfaces by name and by number. Loop thread only. */
final class NetworkInterfaces {
  /** IFNAMSIZ: a name has at most 15 bytes. */
  static final int NAME_ROOM = 16;

  private final SystemCalls calls;
  private final MemorySegment name = Arena.global().allocate(NAME_ROOM);

  NetworkInterfaces(SystemCalls calls) {
    this.calls = calls;
  }

  /**
   * @param text a name or a number; the number need not exist
   * @throws RefusedException ENODEV if there is no interface of that name
   */
  int index(String text) {
    if (!text.isEmpty() && text.length() < 10 && Characters.areDigits(text)) {
      return Integer.parseInt(text);
    }
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    int index = 0;
    if (bytes.length < NAME_ROOM) {
      name.setString(0, text);
      index = calls.ifNameToIndex(name.address());
    }
    if (index == 0) {
      throw new RefusedException(
          Errno.ENODEV, "there is no network interface '" + text + "'; see 'ip link'");
    }
    return index;
  }

  /** Returns the name, or the number as text if the interface is gone. */
  String name(int index) {
    return calls.ifIndexToName(index, name.address()) ? name.getString(0) : Integer.toString(index);
  }
}
