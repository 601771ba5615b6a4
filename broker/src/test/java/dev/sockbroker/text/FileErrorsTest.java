package dev.sockbroker.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.NoSuchFileException;
import org.junit.jupiter.api.Test;

class FileErrorsTest {
  @Test
  void shouldSayWhatIsWrongWithAFile() {
    assertThat(FileErrors.text(new AccessDeniedException("/x"))).isEqualTo("/x: Permission denied");
    assertThat(FileErrors.text(new NoSuchFileException("/x")))
        .isEqualTo("/x: No such file or directory");
    assertThat(FileErrors.text(new FileSystemException("/x", null, "No space left on device")))
        .isEqualTo("/x: No space left on device");
    assertThat(FileErrors.text(new FileSystemLoopException("/x")))
        .isEqualTo("/x: FileSystemLoopException");
    assertThat(FileErrors.text(new IOException("it is full"))).isEqualTo("it is full");
    assertThat(FileErrors.text(new IOException())).isEqualTo("java.io.IOException");
  }
}
