package dev.sockbroker.broker;

import dev.sockbroker.broker.os.HeldFiles;
import dev.sockbroker.broker.os.KeptMemory;
import dev.sockbroker.broker.os.KeptState;
import dev.sockbroker.broker.state.UnreadableStateException;
import io.netty.buffer.ByteBufAllocator;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * Reads the state that the broker in this process would leave if it were killed now, while the JVM
 * records the start cache. So the next broker after a crash starts as quickly as any other. It
 * leaves all that it reads open.
 */
public final class RecoveryRehearsal {
  private RecoveryRehearsal() {}

  /**
   * Reads it. The broker must not have anything to do meanwhile.
   *
   * @param address where clients connect
   */
  public static void run(Path address) throws IOException {
    try {
      read(Files.readString(Path.of(address + ".kept")).strip().split(" "));
    } catch (NoSuchFileException e) {
      // Nothing outlives a broker on this machine.
      return;
    } catch (UnreadableStateException e) {
      throw new IOException(e);
    }
  }

  private static void read(String[] words) throws IOException, UnreadableStateException {
    ByteBufAllocator buffers = ByteBufAllocator.DEFAULT;
    try (HeldFiles files = HeldFiles.of(Integer.parseInt(words[0]), Long.parseLong(words[1]));
        KeptMemory memory = KeptMemory.open(files.take(Integer.parseInt(words[2])))) {
      Recovery.of(KeptState.read(memory, files, buffers), buffers);
    }
  }
}
