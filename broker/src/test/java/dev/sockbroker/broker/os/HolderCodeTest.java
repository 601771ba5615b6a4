package dev.sockbroker.broker.os;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.awaitility.Awaitility.await;

import dev.sockbroker.system.Needs;
import dev.sockbroker.system.Program;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The bytes are those of the program that is printed beside them. */
class HolderCodeTest {
  private static final Path SOURCE = Path.of("src/build/c/holder.c");

  /** The command in the source, without the names of files. */
  private static final List<String> OPTIONS =
      List.of(
          "-Os",
          "-fpic",
          "-ffreestanding",
          "-fno-asynchronous-unwind-tables",
          "-fno-stack-protector",
          "-Wall",
          "-Wextra",
          "-Werror",
          "-c");

  @TempDir Path directory;

  private byte[] compile(String prefix, List<String> options) throws Exception {
    String object = directory.resolve("holder.o").toString();
    List<String> compile = new ArrayList<>(List.of(prefix + "gcc-12"));
    compile.addAll(OPTIONS);
    compile.addAll(options);
    compile.addAll(List.of(SOURCE.toString(), "-o", object));
    Program.run(compile).orFail();
    Path bytes = directory.resolve("holder.bin");
    Program.run(
            List.of(prefix + "objcopy", "-O", "binary", "-j", ".text", object, bytes.toString()))
        .orFail();
    return Files.readAllBytes(bytes);
  }

  @Test
  void shouldBeCompiledFromTheSource() throws Exception {
    Needs.programs("gcc-12", "objcopy");
    assertThat(HolderCode.of("amd64")).isEqualTo(compile("", List.of("-fcf-protection=none")));
  }

  @Test
  void shouldBeCompiledFromTheSameSourceForArm() throws Exception {
    Needs.programs("aarch64-linux-gnu-gcc-12", "aarch64-linux-gnu-objcopy");
    assertThat(HolderCode.of("aarch64")).isEqualTo(compile("aarch64-linux-gnu-", List.of()));
  }

  @Test
  void shouldSayThatThereIsNone() {
    assertThatIOException()
        .isThrownBy(() -> HolderCode.of("riscv64"))
        .withMessage("no holder code for riscv64");
  }

  /** As a program, because qemu-user does not make processes that share a table of files. */
  @Test
  void shouldRunOnArmUntilTheBrokerHasEnded() throws Exception {
    Needs.programs("aarch64-linux-gnu-gcc-12", "qemu-aarch64");
    Files.write(directory.resolve("holder.bin"), HolderCode.of("aarch64"));
    Path program = directory.resolve("run-holder");
    Path source = Path.of("src/test/resources/dev/sockbroker/broker/os/run-holder.c");
    Program.run(
            List.of(
                "aarch64-linux-gnu-gcc-12",
                "-Os",
                "-ffreestanding",
                "-nostdlib",
                "-static",
                "-Wa,-I" + directory,
                source.toString(),
                "-o",
                program.toString()))
        .orFail();

    // the code waits for the end of the shell, which stays its parent
    Process shell =
        new ProcessBuilder(
                "sh", "-c", "qemu-aarch64 \"$0\" & echo $!; read end", program.toString())
            .start();
    try {
      int pid = Integer.parseInt(shell.inputReader().readLine());
      int pidfd = new SystemCalls().pidfdOpen(pid);
      await().atMost(KernelLoop.DEADLINE).until(() -> name(pid).equals(Holder.NAME));
      shell.destroyForcibly();
      int millis = (int) KernelLoop.DEADLINE.toMillis();
      assertThat(new ProcessCalls().awaitEnd(pidfd, millis)).isTrue();
      new SystemCalls().close(pidfd);
    } finally {
      shell.destroyForcibly().waitFor();
    }
  }

  private static String name(int pid) throws IOException {
    return ProcessFacts.of(pid).name();
  }
}
