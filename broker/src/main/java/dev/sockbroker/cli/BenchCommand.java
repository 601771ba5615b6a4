package dev.sockbroker.cli;

import dev.sockbroker.bench.Bench;
import dev.sockbroker.bench.Case;
import dev.sockbroker.bench.Figures;
import dev.sockbroker.bench.Lanes;
import dev.sockbroker.bench.Plan;
import dev.sockbroker.bench.Report;
import dev.sockbroker.bench.ReportFiles;
import dev.sockbroker.bench.ScaleSize;
import dev.sockbroker.cli.Table.Column;
import dev.sockbroker.cli.Table.Cut;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;

final class BenchCommand implements Subcommand {
  private static final int SIZE_MAX = 1 << 20;
  private static final int CONNECTIONS_MAX = 1000;
  private static final int DESCRIPTORS_MIN = 50;
  private static final int ROUNDS_MAX = 1000;
  private static final long MILLIS_MAX = 600_000;

  /**
   * More unanswered bytes could fill the kernel's buffers in both directions, and both sides would
   * block.
   */
  private static final int UNANSWERED_MAX = 64 << 10;

  private final OptionSpec cases =
      list("--case", "CASE", "What to measure: " + String.join(", ", names()) + ".")
          .auxiliaryTypes(Case.class)
          .completionCandidates(names())
          .build();
  private final OptionSpec lanes =
      list("--lane", "LANE", "How bytes go: " + String.join(", ", Lanes.all()) + ".")
          .completionCandidates(Lanes.all())
          .build();
  private final OptionSpec proxies =
      Subcommand.flag("--proxies", "Also measure the lanes through every installed proxy.");
  private final OptionSpec sizes =
      list("--size", "BYTES", "Message sizes, up to 1M. Default: 64, and 256K for throughput.")
          .auxiliaryTypes(Integer.class)
          .converters(new ByteCountConverter())
          .build();
  private final OptionSpec connections =
      numbers(
          "--connections",
          "Concurrent connections, up to 1000. Default: 1, 1,16,64,256 for http, and 1,8,32 for"
              + " jdbc.");
  private final OptionSpec pipelines =
      numbers("--pipeline", "Messages that pingpong sends before the first answer. Default: 1.");
  private final OptionSpec descriptors =
      numbers(
          "--descriptors",
          "Descriptors in scale, as many as the open file limit allows. Default:"
              + " 1000,10000,100000.");
  private final OptionSpec rounds =
      Subcommand.option("--rounds", "N", int.class, "Measured rounds. Default: 5.")
          .defaultValue("5")
          .build();
  private final OptionSpec time = time("--time", "1s", "Length of a round. Default: 1s.");
  private final OptionSpec warmUp =
      time("--warmup", "3s", "Warm-up time before each measurement. Default: 3s.");
  private final OptionSpec socket =
      Subcommand.option(
              "--socket",
              "PATH",
              Path.class,
              "Measure this running broker. Default: a private one.")
          .build();
  private final OptionSpec driver =
      Subcommand.option("--driver", "JAR", Path.class, "PostgreSQL's JDBC driver, for jdbc.")
          .build();
  private final OptionSpec pin =
      Subcommand.flag(
          "--pin", "Pin each process to a CPU, and never two neighbours to the same one.");
  private final OptionSpec files =
      Subcommand.option(
              "--report",
              "DIRECTORY",
              Path.class,
              "Also write RESULTS.md and RESULTS.svg to this directory.")
          .build();
  private final OptionSpec json = Subcommand.flag("--json", "Write one JSON object.");
  private final OptionSpec wide =
      Subcommand.flag("--wide", "Show all columns, even on a narrow terminal.");
  private final CommandSpec spec = CommandSpec.wrapWithoutInspection(this);
  private final Terminal terminal;

  BenchCommand(Terminal terminal) {
    this.terminal = terminal;
    Stream.of(
            cases,
            lanes,
            proxies,
            sizes,
            connections,
            pipelines,
            descriptors,
            rounds,
            time,
            warmUp,
            socket,
            driver,
            pin,
            files,
            json,
            wide)
        .forEach(spec::addOption);
    spec.usageMessage()
        .header("Measure the cost of the broker, compared with a worker that owns its sockets.")
        .description(
            "Starts a private broker, a peer and a worker for each lane, each in its own process.",
            "Without options: throughput, pingpong, idle, control and event, in the lanes "
                + String.join(", ", Lanes.usual())
                + "; it takes some minutes.",
            "",
            "The lanes take turns, round by round. Ratios compare medians, and show the minimum"
                + " and maximum of the rounds. CPU %% is the CPU time of peer, broker or proxy, and"
                + " worker. CPU s is the CPU time of broker or proxy, and worker, for 1 GiB or for"
                + " 100,000 operations.",
            "",
            "Lanes named after a program go through that program to a worker at a TCP port or a"
                + " Unix socket. The program must be installed. They show the cost of a proxy"
                + " instead of a broker.",
            "",
            "http replies to clients with a thread for each connection: wrk's if it is installed,"
                + " otherwise the bench's own. It uses the lanes native, framed, stream, factory,"
                + " ring and fd, and HAProxy without splice.",
            "",
            "jdbc starts a PostgreSQL server, which must be installed. The threads of a worker"
                + " query it through PostgreSQL's driver, which you name with --driver, in the"
                + " lanes native and factory, and through HAProxy.",
            "",
            "On a terminal, a line on stderr shows the current measurement.")
        .footer(
            "  sockbroker bench",
            "  sockbroker bench --case pingpong --connections 1,50 --pipeline 1,16");
  }

  private static List<String> names() {
    return Stream.of(Case.values()).map(Case::text).toList();
  }

  private static OptionSpec.Builder list(String name, String label, String... words) {
    return Subcommand.option(name, label, List.class, words)
        .auxiliaryTypes(String.class)
        .splitRegex(",");
  }

  private static OptionSpec numbers(String name, String words) {
    return list(name, "N", words).auxiliaryTypes(Integer.class).build();
  }

  private static OptionSpec time(String name, String usual, String words) {
    return Subcommand.option(name, "TIME", long.class, words)
        .defaultValue(usual)
        .converters(new DurationConverter())
        .build();
  }

  @Override
  public CommandSpec spec() {
    return spec;
  }

  @Override
  public Integer call() throws IOException {
    Plan plan = plan();
    if (plan.socket() != null) {
      // reports a missing broker as every other command does
      BrokerConnection.open(plan.socket(), "sockbroker bench").close();
    }
    Report report;
    try (StatusLine status = StatusLine.of(terminal)) {
      report = Bench.run(plan, Main.class, status::show);
    }
    if (files.getValue() != null) {
      ReportFiles.write(report, files.getValue(), command());
    }
    if (Subcommand.isGiven(json)) {
      try (JsonOutput out = new JsonOutput(terminal.bytes())) {
        BenchJson.write(report, out);
      }
    } else {
      write(report);
    }
    return ExitCode.DONE;
  }

  private void write(Report report) throws IOException {
    if (!report.series().isEmpty()) {
      write(Figures.TITLES, Figures.rows(report), 6);
    }
    if (!report.scale().isEmpty()) {
      write(Figures.SCALE_TITLES, Figures.scale(report), 0);
    }
    if (!report.comparisons().isEmpty()) {
      write(Figures.COMPARED_TITLES, Figures.compared(report), 7);
      say(Figures.COMPARED_WORDS);
    }
    if (report.disturbance().repeated() > 0) {
      say(report.disturbance().text());
    }
    terminal.out().flush();
  }

  private void say(String sentences) throws IOException {
    terminal.line(Words.wrap(sentences, terminal.columns(), ""));
  }

  /**
   * @param words how many columns on the left are not numbers
   */
  private void write(List<String> titles, List<String[]> rows, int words) throws IOException {
    List<Column> columns = new ArrayList<>();
    for (int i = 0; i < titles.size(); i++) {
      columns.add(new Column(titles.get(i), titles.size() - i, i >= words, Cut.NEVER));
    }
    int width = Subcommand.isGiven(wide) ? 0 : terminal.columns();
    Table table = new Table(columns, width, true, terminal.colour());
    table.write(rows, terminal);
    terminal.line("");
    terminal.out().flush();
    table.end(terminal);
  }

  /** The command as it was typed, without the local paths of the report and of the driver. */
  private String command() {
    StringBuilder words = new StringBuilder("sockbroker");
    String before = "";
    for (String word : spec.root().commandLine().getParseResult().originalArgs()) {
      if (before.equals("--driver")) {
        words.append(' ').append(Path.of(word).getFileName());
      } else if (!before.equals("--report") && !word.startsWith("--report")) {
        words.append(' ').append(word);
      }
      before = word;
    }
    return words.toString();
  }

  private Plan plan() throws IOException {
    Set<Case> chosen =
        EnumSet.complementOf(EnumSet.of(Case.HTTP, Case.JDBC, Case.KEEP, Case.SCALE));
    if (cases.getValue() != null) {
      chosen = EnumSet.copyOf(cases.<List<Case>>getValue());
    }
    Plan plan =
        new Plan(
            chosen,
            chosenLanes(),
            or(sizes, List.of()),
            or(connections, List.of()),
            or(pipelines, List.of(1)),
            chosenDescriptors(chosen),
            rounds.getValue(),
            time.getValue(),
            warmUp.getValue(),
            socket.getValue(),
            driver.getValue(),
            Subcommand.isGiven(pin));
    check(plan);
    return plan;
  }

  private List<String> chosenLanes() {
    List<String> chosen = new ArrayList<>(or(lanes, Lanes.usual()));
    if (Subcommand.isGiven(proxies)) {
      chosen.addAll(Lanes.throughInstalled());
      Lanes.missingPrograms().forEach(it -> terminal.say("left out: " + it + " is not installed"));
    }
    return chosen.stream().distinct().toList();
  }

  /** The requested numbers. Numbers above the open file limit are reduced to it. */
  private List<Integer> chosenDescriptors(Set<Case> chosen) throws IOException {
    List<Integer> asked = or(descriptors, List.of(1000, 10_000, 100_000));
    within("--descriptors", asked, DESCRIPTORS_MIN, Integer.MAX_VALUE);
    if (!chosen.contains(Case.SCALE)) {
      return asked;
    }
    ScaleSize size = ScaleSize.ofThisProcess();
    List<Integer> possible = new ArrayList<>();
    for (int count : asked) {
      possible.add(size.within(count));
      if (size.within(count) < count) {
        terminal.say(size.explain(count));
      }
    }
    return possible;
  }

  private static <T> List<T> or(OptionSpec option, List<T> otherwise) {
    List<T> given = option.getValue();
    return given == null ? otherwise : given;
  }

  private void check(Plan plan) {
    within("--size", plan.sizes(), 1, SIZE_MAX);
    within("--connections", plan.connections(), 1, CONNECTIONS_MAX);
    within("--pipeline", plan.pipelines(), 1, UNANSWERED_MAX);
    within("--rounds", List.of(plan.rounds()), 1, ROUNDS_MAX);
    if (plan.millis() < 1
        || plan.millis() > MILLIS_MAX
        || plan.warmUpMillis() > MILLIS_MAX
        || plan.warmUpMillis() < 1) {
      throw wrong("--time and --warmup must be 1ms to 10m");
    }
    for (String lane : plan.lanes()) {
      if (!Lanes.all().contains(lane)) {
        throw wrong("there is no lane '" + lane + "'; there are " + String.join(", ", Lanes.all()));
      }
    }
    for (int pipeline : plan.pipelines()) {
      for (int size : plan.sizes()) {
        if (pipeline > 1 && (long) pipeline * size > UNANSWERED_MAX) {
          throw wrong("--pipeline times --size must not be more than 64K");
        }
      }
    }
    if (plan.driver() == null && plan.cases().contains(Case.JDBC)) {
      throw wrong("jdbc needs --driver JAR, PostgreSQL's JDBC driver");
    }
    if (plan.socket() != null && plan.cases().contains(Case.SCALE)) {
      throw wrong("scale needs a private broker; omit --socket");
    }
  }

  private void within(String option, List<Integer> values, int least, int most) {
    for (int value : values) {
      if (value < least || value > most) {
        throw wrong("%s %d is not between %d and %d".formatted(option, value, least, most));
      }
    }
  }

  private ParameterException wrong(String words) {
    return new ParameterException(spec.commandLine(), words);
  }
}
