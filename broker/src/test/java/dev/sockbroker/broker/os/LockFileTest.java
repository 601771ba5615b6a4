package dev.sockbroker.broker.os;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The lock goes to another process without a gap (rule 64). */
class LockFileTest {
  @TempDir Path directory;

  private boolean isFree() throws IOException {
    LockFile other = new LockFile(directory.resolve("lock"));
    try {
      return other.tryLock();
    } finally {
      other.close();
    }
  }

  @Test
  void shouldHoldTheLockAsLongAsAnAdoptedCopyIsOpen() throws IOException {
    Path file = directory.resolve("lock");
    LockFile former = new LockFile(file);
    assertThat(former.tryLock()).isTrue();
    int copy = new SystemCalls().fcntl(former.fd(), Linux.F_DUPFD_CLOEXEC, 0);
    LockFile adopted = LockFile.adopt(file, copy);
    former.close();
    assertThat(adopted.isInPlace()).isTrue();
    assertThat(isFree()).isFalse();
    adopted.close();
    assertThat(isFree()).isTrue();
  }
}
