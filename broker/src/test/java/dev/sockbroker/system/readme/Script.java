package dev.sockbroker.system.readme;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What a reader does with the blocks of a page, in order.
 *
 * @param rows one for each block
 */
record Script(Page page, Machine machine, List<Row> rows) {
  /** A block, identified by its first line, and the step for it. */
  record Row(String begin, Step step) {}

  /** What to do with a block. */
  interface Step {
    void run(Block block) throws Exception;
  }

  static Row row(String begin, Step step) {
    return new Row(begin, step);
  }

  /** A block without a row would not run. */
  void check() {
    List<String> begins = new ArrayList<>(rows.stream().map(Row::begin).toList());
    List<Block> blocks = page.blocks();
    for (int i = 0; i < blocks.size(); i++) {
      assertThat(begins).as("the table does not know the block %s", blocks.get(i)).isNotEmpty();
      assertThat(blocks.get(i).firstLine())
          .as("%s", blocks.get(i))
          .startsWith(begins.removeFirst());
    }
    assertThat(begins).as("blocks that %s does not have any more", page.name()).isEmpty();
  }

  /**
   * @param directory empty, for the machine
   */
  void run(Path directory) throws Exception {
    check();
    try (machine) {
      machine.boot(directory);
      List<Block> blocks = page.blocks();
      for (int i = 0; i < blocks.size(); i++) {
        run(blocks.get(i), rows.get(i).step());
      }
    }
  }

  private static void run(Block block, Step step) throws Exception {
    try {
      step.run(block);
    } catch (AssertionError e) {
      throw new AssertionError(block + ": " + e.getMessage(), e);
    }
  }

  @Override
  public String toString() {
    return page.name();
  }
}
