package dev.sockbroker.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How many bytes a broker's loop has allocated, as its JVM counts them. */
final class LoopAllocation {
  private static final Pattern ALLOCATED = Pattern.compile("\"loop-.*allocated=(\\d+)([BKM])");

  private LoopAllocation() {}

  static long of(BrokerProcess process) throws IOException {
    Process jcmd =
        new ProcessBuilder(
                BrokerProcess.JAVA.resolveSibling("jcmd").toString(),
                Long.toString(process.pid()),
                "Thread.print",
                "-e")
            .redirectErrorStream(true)
            .start();
    String threads = new String(jcmd.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    Matcher matcher = ALLOCATED.matcher(threads);
    assertThat(matcher.find()).as(threads).isTrue();
    long number = Long.parseLong(matcher.group(1));
    return switch (matcher.group(2)) {
      case "B" -> number;
      case "K" -> number << 10;
      default -> number << 20;
    };
  }
}
