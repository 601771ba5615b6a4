package dev.sockbroker;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameMatching;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.conditions.ArchConditions;
import dev.sockbroker.client.SocketSpec;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.util.ReferenceCounted;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The allowed dependencies between packages, checked on the compiled classes. */
class ArchitectureTest {
  private static final String PROTOCOL = "dev.sockbroker.protocol";
  private static final String WIRE = "dev.sockbroker.protocol.wire";
  private static final String CLIENT = "dev.sockbroker.client..";
  private static final String WIRING = "dev.sockbroker.broker";
  private static final String STATE = "dev.sockbroker.broker.state";
  private static final String SESSION = "dev.sockbroker.broker.session";
  private static final String CORE = "dev.sockbroker.broker.core";
  private static final String POLICY = "dev.sockbroker.broker.policy";
  private static final String RECORDING = "dev.sockbroker.broker.recording";
  private static final String METRICS = "dev.sockbroker.broker.metrics";
  private static final String CONFIG = "dev.sockbroker.broker.config";
  private static final String TEXT = "dev.sockbroker.text";
  private static final String KERNEL = "dev.sockbroker.broker.kernel";
  private static final String OS = "dev.sockbroker.broker.os";
  private static final String UPGRADE = "dev.sockbroker.broker.upgrade";
  private static final String CLI = "dev.sockbroker.cli..";
  private static final String BENCH = "dev.sockbroker.bench..";
  private static final String DEMO = "dev.sockbroker.demo";
  private static final String CHILD = "dev.sockbroker.child";

  /** Replacing a process is not a task of the broker. */
  private static final String EXEC = "dev.sockbroker.cli.exec";

  /** It shows what it is given. */
  private static final String WEB = "dev.sockbroker.cli.web";

  private static final String HTTP = "dev.sockbroker.http";

  private static final String OURS = "dev.sockbroker..";

  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("dev.sockbroker");

  /**
   * An ArchUnit that is too old for the class files imports no classes, and then every rule passes.
   */
  @Test
  void shouldSeeTheClassesOfEveryPackage() {
    assertThat(CLASSES.stream().map(JavaClass::getName))
        .contains(
            "dev.sockbroker.protocol.Request$Open",
            "dev.sockbroker.protocol.wire.FrameCodec",
            "dev.sockbroker.client.BrokerGoneException",
            "dev.sockbroker.broker.Daemon",
            "dev.sockbroker.broker.session.FrameAdapter",
            "dev.sockbroker.broker.core.Conductor",
            "dev.sockbroker.broker.os.SystemCalls",
            "dev.sockbroker.cli.Main");
  }

  @Test
  void shouldKeepTheProtocolFreeOfEverything() {
    check(ofOursOnly(PROTOCOL, PROTOCOL));
    check(ofOursOnly(WIRE, WIRE, PROTOCOL));
    check(noClasses().that().resideInAPackage(PROTOCOL).should(know("tools.jackson..")));
    check(noClasses().that().resideInAnyPackage(PROTOCOL, WIRE).should(know("io.netty..")));
  }

  @Test
  void shouldLetTheClientKnowTheProtocolOnly() {
    check(ofOursOnly(CLIENT, CLIENT, PROTOCOL, WIRE));
  }

  /** Its messages may change with every version of the protocol; a program must not see them. */
  @Test
  void shouldShowProgramsOnlyThePlainValuesOfTheProtocol() {
    List<String> shown =
        CLASSES.stream()
            .filter(it -> it.getPackageName().equals("dev.sockbroker.client"))
            .filter(PublicApi::isPublic)
            // for programs that speak the protocol themselves, as the commands do
            .filter(it -> !it.isEquivalentTo(SocketSpec.Requests.class))
            .flatMap(PublicApi::types)
            .filter(resideInAnyPackage(PROTOCOL, WIRE))
            .filter(it -> !it.isEnum())
            .map(JavaClass::getName)
            .toList();
    assertThat(shown).isEmpty();
  }

  @Test
  void shouldKeepTheContractFreeOfFramesAndOfTheKernel() {
    check(ofOursOnly(STATE, STATE, PROTOCOL, WIRE));
    check(ofOursOnly(KERNEL, KERNEL, STATE, PROTOCOL));
    check(ofOursOnly(TEXT, TEXT, PROTOCOL));
    check(ofOursOnly(POLICY, POLICY, TEXT, PROTOCOL));
    check(ofOursOnly(RECORDING, RECORDING, KERNEL, PROTOCOL));
    check(ofOursOnly(CORE, CORE, POLICY, RECORDING, KERNEL, STATE, PROTOCOL));
    check(ofOursOnly(METRICS, METRICS, HTTP, CORE, TEXT, PROTOCOL));
    check(noClasses().that().resideOutsideOfPackage(METRICS).should(know("io.prometheus..")));
    check(
        noClasses()
            .that()
            .resideInAnyPackage(CORE, KERNEL, SESSION)
            .should()
            .dependOnClassesThat(
                resideInAPackage("io.netty..")
                    .and(not(resideInAPackage("io.netty.buffer")))
                    // of which ByteBuf is one
                    .and(not(assignableTo(ReferenceCounted.class)))));
  }

  /** All bytes of clients pass the interface to the kernel. */
  @Test
  void shouldMoveNoBytesThroughChannels() {
    check(
        noClasses()
            .that()
            .resideInAPackage("dev.sockbroker.broker..")
            .should()
            .dependOnClassesThat(
                assignableTo(Channel.class)
                    .or(assignableTo(ChannelHandler.class))
                    .or(assignableTo(ChannelFuture.class))
                    .or(resideInAPackage("io.netty.bootstrap.."))));
  }

  /**
   * Removing one of many neighbouring numbers takes them linear time, and clients choose ids and
   * their order.
   */
  @Test
  void shouldKeepNoMapsOfNumbersThatClientsCanSlowDown() {
    check(noClasses().that().resideInAPackage(OURS).should(know("io.netty.util.collection..")));
  }

  @Test
  void shouldLetSessionsKnowTheCoreAndTheWire() {
    check(ofOursOnly(SESSION, SESSION, CORE, POLICY, KERNEL, STATE, PROTOCOL, WIRE));
  }

  /** The state does not know how it travels, and an upgrade does not know what is in it. */
  @Test
  void shouldKeepTheUpgradeFreeOfTheContractAndOfClients() {
    check(ofOursOnly(UPGRADE, UPGRADE, OS, KERNEL, STATE, PROTOCOL));
    check(noClasses().that().resideInAPackage(UPGRADE).should(know("io.netty.channel..")));
  }

  @Test
  void shouldLetOnlyOnePackageTouchTheOperatingSystem() {
    check(ofOursOnly(OS, OS, KERNEL, STATE, TEXT, PROTOCOL));
    check(noClasses().that().resideOutsideOfPackages(OS, EXEC).should(know("java.lang.foreign..")));
    check(ofOursOnly(EXEC, EXEC, PROTOCOL, WIRE));
    check(
        noClasses()
            .that()
            // the bench compares with servers on Netty
            .resideOutsideOfPackages(OS, WIRING, CLIENT, BENCH)
            .should(know("io.netty.channel.epoll..")));
  }

  @Test
  void shouldKeepTheDaemonFreeOfTheClientAndTheCommandLine() {
    check(
        ofOursOnly(
            WIRING, WIRING, CONFIG, SESSION, UPGRADE, METRICS, RECORDING, CORE, POLICY, KERNEL, OS,
            STATE, TEXT, PROTOCOL, WIRE));
    check(ofOursOnly(CONFIG, CONFIG, CORE, POLICY, OS, TEXT, PROTOCOL));
    check(noClasses().that().resideOutsideOfPackage(CLI).should(know("picocli..")));
  }

  /** These packages are clients of a broker. Commands start them, but they do not use commands. */
  @Test
  void shouldKeepTheBenchAndTheDemoFreeOfTheCommandLine() {
    check(ofOursOnly(BENCH, BENCH, CHILD, CLIENT, PROTOCOL, WIRE));
    check(ofOursOnly(DEMO, DEMO, CHILD, CLIENT, PROTOCOL, WIRE));
    check(ofOursOnly(CHILD, CHILD, CLIENT, PROTOCOL, WIRE));
  }

  /** Loading Netty or Logback takes longer than a command itself. */
  @Test
  void shouldKeepCommandsQuickToStart() {
    check(
        noClasses()
            .that()
            .resideInAPackage(CLI)
            .and()
            .haveNameNotMatching(".*\\.(Serve|Check|Policy)[^.]*")
            .should(
                know(
                    "io.netty..",
                    "ch.qos.logback..",
                    "org.slf4j..",
                    "io.prometheus..",
                    "dev.sockbroker.broker..")));
    // The socket types of the client are plain values. Its connection and threads are not.
    check(
        noClasses()
            .that()
            .resideInAPackage(CLI)
            .should()
            .dependOnClassesThat(
                resideInAPackage(CLIENT)
                    .and(not(nameMatching(".*\\.(SocketSpec|Rights)(\\$.*)?")))));
  }

  /** What it serves, and to whom, does not depend on what a broker is. */
  @Test
  void shouldKeepTheWebServerFreeOfEverything() {
    check(ofOursOnly(HTTP, HTTP));
    check(ofOursOnly(WEB, WEB, HTTP));
    check(
        noClasses()
            .that()
            .resideOutsideOfPackages(WEB, METRICS, HTTP)
            .should(know("com.sun.net.httpserver..")));
  }

  /**
   * Virtual threads need threads that the JDK starts. Where none can be started, they break for
   * good.
   */
  @Test
  void shouldKeepTheBrokerFreeOfVirtualThreads() {
    check(
        noClasses()
            .that()
            .resideInAPackage(WIRING + "..")
            .should(callOf("ofVirtual", "startVirtualThread", "newVirtualThreadPerTaskExecutor")));
  }

  /** It is large, and no other command counts. */
  @Test
  void shouldKeepHistogramsToTheBench() {
    check(noClasses().that().resideOutsideOfPackage(BENCH).should(know("org.HdrHistogram..")));
  }

  @Test
  void shouldHaveNoCycles() {
    check(slices().matching("dev.sockbroker.(**)").should().beFreeOfCycles());
  }

  private static ArchRule ofOursOnly(String these, String... known) {
    return classes()
        .that()
        .resideInAPackage(these)
        .should()
        .onlyDependOnClassesThat(resideInAnyPackage(known).or(not(resideInAPackage(OURS))));
  }

  private static ArchCondition<JavaClass> know(String... packages) {
    return ArchConditions.dependOnClassesThat(resideInAnyPackage(packages));
  }

  private static ArchCondition<JavaClass> callOf(String... methods) {
    return ArchConditions.callMethodWhere(
        DescribedPredicate.describe(
            String.join(" or ", methods), it -> List.of(methods).contains(it.getName())));
  }

  private static void check(ArchRule rule) {
    rule.check(CLASSES);
  }
}
