package dev.sockbroker.system;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.sockbroker.client.Broker;
import dev.sockbroker.client.BrokerException;
import dev.sockbroker.client.DescriptorInfo;
import dev.sockbroker.client.ExportedSocket;
import dev.sockbroker.client.NetworkEventMessage;
import dev.sockbroker.client.Rights;
import dev.sockbroker.client.SharedSocket;
import dev.sockbroker.client.SocketSpec;
import dev.sockbroker.client.Target;
import dev.sockbroker.client.WouldBlockException;
import dev.sockbroker.protocol.Direction;
import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.NetworkEvent;
import dev.sockbroker.protocol.Right;
import io.netty.channel.Channel;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.epoll.EpollDomainDatagramChannel;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.unix.FileDescriptor;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The raw fd of a brokered socket in Netty and in a blocking program (rule 46). */
@WithBroker
class RawDescriptorTest {
  private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();
  private static final Duration SOON = Duration.ofSeconds(30);

  private static BrokerProcess process;
  private static MultiThreadIoEventLoopGroup group;
  private Broker broker;

  @TempDir private Path directory;

  @BeforeAll
  static void start() {
    group = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
  }

  @AfterAll
  static void stop() {
    group.shutdownGracefully(0, 30, SECONDS).syncUninterruptibly();
  }

  @BeforeEach
  void connect() throws IOException {
    broker = Broker.connect(process.socket());
  }

  @AfterEach
  void close() {
    broker.close();
  }

  private static Channel serve(SharedSocket socket) throws IOException {
    return socket.export().channel(group, new EchoHandler()).syncUninterruptibly().channel();
  }

  private static void assertEchoes(SharedSocket client) throws IOException {
    client.send(ByteBuffer.wrap("hello".getBytes(UTF_8)));
    assertThat(client.inputStream(SOON).readNBytes(5)).isEqualTo("hello".getBytes(UTF_8));
  }

  private static void assertEchoes(Socket client) throws IOException {
    client.setSoTimeout((int) SOON.toMillis());
    client.getOutputStream().write("hello".getBytes(UTF_8));
    assertThat(client.getInputStream().readNBytes(5)).isEqualTo("hello".getBytes(UTF_8));
  }

  // ---- in Netty

  @Test
  void shouldServeAnEchoOnAListener() throws Exception {
    SharedSocket listener = broker.open(SocketSpec.tcpListen("127.0.0.1", 0));
    Channel channel = serve(listener);
    assertThat(channel).isInstanceOf(EpollServerSocketChannel.class);
    InetSocketAddress address = (InetSocketAddress) listener.localAddress();
    for (int i = 0; i < 3; i++) {
      try (Socket client = new Socket(address.getAddress(), address.getPort())) {
        assertEchoes(client);
      }
    }
    assertThat(broker.list())
        .filteredOn(row -> row.id() == listener.id())
        .singleElement()
        .returns(true, DescriptorInfo::exported);
    listener.close();
    // The last descriptor is closed but the channel is not, so it continues (rule 46).
    try (Socket client = new Socket(address.getAddress(), address.getPort())) {
      assertEchoes(client);
    }
    channel.close().sync();
    assertThatThrownBy(() -> new Socket(address.getAddress(), address.getPort()).close())
        .isInstanceOf(IOException.class);
  }

  @Test
  void shouldServeAnEchoOnAConnection() throws Exception {
    try (ServerSocket server = new ServerSocket(0, 1, LOOPBACK)) {
      SharedSocket shared = broker.open(SocketSpec.tcp("127.0.0.1", server.getLocalPort()));
      Socket peer = server.accept();
      Channel channel = serve(shared);
      assertThat(channel).isInstanceOf(EpollSocketChannel.class);
      assertThat(channel.remoteAddress()).isEqualTo(server.getLocalSocketAddress());
      assertEchoes(peer);
      ((EpollSocketChannel) channel).config().setTcpNoDelay(false);
      shared.setOption(StandardSocketOptions.TCP_NODELAY, true);
      assertThat(((EpollSocketChannel) channel).config().isTcpNoDelay()).isTrue();

      channel.close().sync();
      peer.setSoTimeout(100);
      assertThatThrownBy(() -> peer.getInputStream().read())
          .as("the broker still holds it")
          .isInstanceOf(SocketTimeoutException.class);
      shared.close();
      peer.setSoTimeout((int) SOON.toMillis());
      assertThat(peer.getInputStream().read()).isEqualTo(-1);
      peer.close();
    }
  }

  @Test
  void shouldServeAnEchoOnADatagramSocket() throws Exception {
    try (SharedSocket server = broker.open(SocketSpec.udp("127.0.0.1", 0));
        SharedSocket client = broker.open(SocketSpec.udp("127.0.0.1", 0))) {
      Channel channel = serve(server);
      assertThat(channel).isInstanceOf(EpollDatagramChannel.class);
      client.sendTo(ByteBuffer.wrap("hello".getBytes(UTF_8)), server.localAddress());
      assertThat(UTF_8.decode(client.receiveMessage(100, SOON).data()).toString())
          .isEqualTo("hello");
      channel.close().sync();
    }
  }

  @Test
  void shouldServeEchoesOnUnixSockets() throws Exception {
    String path = directory.resolve("x").toString();
    try (SharedSocket listener = broker.open(SocketSpec.unixListen(path));
        SharedSocket client = broker.open(SocketSpec.unix(path))) {
      Channel channel = serve(listener);
      assertThat(channel).isInstanceOf(EpollServerDomainSocketChannel.class);
      assertEchoes(client);
      channel.close().sync();
    }
    try (SharedSocket listener = broker.open(SocketSpec.unixListen(path + 2));
        SharedSocket client = broker.open(SocketSpec.unix(path + 2));
        SharedSocket accepted = listener.accept(SOON)) {
      Channel channel = serve(accepted);
      assertThat(channel).isInstanceOf(EpollDomainSocketChannel.class);
      assertEchoes(client);
      channel.close().sync();
    }
    try (SharedSocket server = broker.open(SocketSpec.parse("unix-dgram:" + path + 3));
        SharedSocket client = broker.open(SocketSpec.parse("unix-dgram:" + path + 4))) {
      Channel channel = serve(server);
      assertThat(channel).isInstanceOf(EpollDomainDatagramChannel.class);
      client.sendTo(ByteBuffer.wrap("hello".getBytes(UTF_8)), server.localAddress());
      assertThat(UTF_8.decode(client.receiveMessage(100, SOON).data()).toString())
          .isEqualTo("hello");
      channel.close().sync();
    }
  }

  @Test
  void shouldHaveOneOwnerOfEachFd() throws Exception {
    try (SharedSocket socket = broker.open(SocketSpec.udp("127.0.0.1", 0))) {
      ExportedSocket exported = socket.exportAsync().get(30, SECONDS);
      int fd = exported.fd();
      assertThat(link(fd)).startsWith("socket:");
      assertThat(exported.detach()).isEqualTo(fd);
      exported.close();
      assertThat(link(fd)).as("the caller's to close").startsWith("socket:");
      assertThatThrownBy(exported::fd).isInstanceOf(IllegalStateException.class);
      assertThatThrownBy(exported::detach).isInstanceOf(IllegalStateException.class);
      assertThatThrownBy(() -> exported.channel(group, new EchoHandler()))
          .isInstanceOf(IllegalStateException.class);
      new FileDescriptor(fd).close();

      ExportedSocket second = socket.export();
      String mine = link(second.fd());
      int number = second.fd();
      second.close();
      assertThat(Path.of("/proc/self/fd/" + number))
          .satisfiesAnyOf(
              it -> assertThat(Files.exists(it, LinkOption.NOFOLLOW_LINKS)).isFalse(),
              it -> assertThat(link(number)).isNotEqualTo(mine));
    }
  }

  private static String link(int fd) throws IOException {
    return Files.readSymbolicLink(Path.of("/proc/self/fd/" + fd)).toString();
  }

  /** Reads the fd's open(2) flags, which are octal. */
  private static boolean isNonBlocking(int fd) throws IOException {
    String flags =
        Files.readAllLines(Path.of("/proc/self/fdinfo/" + fd)).stream()
            .filter(line -> line.startsWith("flags:"))
            .findFirst()
            .orElseThrow();
    return (Integer.parseInt(flags.substring(6).strip(), 8) & 04000) != 0;
  }

  @Test
  void shouldGiveItInTheModeThatIsAskedFor() throws Exception {
    try (SharedSocket socket = broker.open(SocketSpec.udp("127.0.0.1", 0));
        SharedSocket other = broker.open(SocketSpec.udp("127.0.0.1", 0));
        ExportedSocket blocking = socket.exportBlocking();
        ExportedSocket nonBlocking = other.export()) {
      assertThat(isNonBlocking(blocking.fd())).isFalse();
      assertThat(isNonBlocking(nonBlocking.fd())).isTrue();
      try (ExportedSocket again = socket.exportBlockingAsync().get(30, SECONDS)) {
        assertThat(isNonBlocking(again.fd())).isFalse();
      }
      assertThatThrownBy(socket::export)
          .isInstanceOf(BrokerException.class)
          .hasMessageStartingWith("EBUSY")
          .hasMessageContaining("pid " + broker.pid() + " has its raw fd blocking");
      assertThatThrownBy(other::exportBlocking).hasMessageStartingWith("EBUSY");
    }
  }

  /** Runs on 17 if Maven does, where Java can do the least. */
  @Test
  void shouldGiveItToWorkersOnTheirOwnJvm() throws Exception {
    String program =
        """
        import dev.sockbroker.client.*;
        import java.nio.file.*;

        public class Worker {
          public static void main(String[] arguments) throws Exception {
            try (Broker broker = Broker.connect(Path.of(arguments[0]))) {
              try (SharedSocket socket = broker.open(SocketSpec.udp("127.0.0.1", 0));
                  ExportedSocket raw = socket.exportBlocking()) {
                print(raw);
              }
              try (SharedSocket socket = broker.open(SocketSpec.udp("127.0.0.1", 0));
                  ExportedSocket raw = socket.export()) {
                print(raw);
              }
            }
          }

          private static void print(ExportedSocket raw) throws Exception {
            for (String line : Files.readAllLines(Path.of("/proc/self/fdinfo/" + raw.fd()))) {
              if (line.startsWith("flags:")) {
                System.out.println(Integer.parseInt(line.substring(6).strip(), 8) & 04000);
              }
            }
          }
        }
        """;
    String classPath = WorkerJar.compile(directory, WorkerJar.with("netty-"), "Worker", program);
    Program.Result result =
        Program.run(
                List.of(
                    WorkerJar.JVM_OF_MAVEN,
                    "-cp",
                    classPath,
                    "Worker",
                    process.socket().toString()))
            .orFail();
    assertThat(result.out().lines()).as("O_NONBLOCK").containsExactly("0", "2048");
  }

  @Test
  void shouldNeedAllRights() throws Exception {
    try (SharedSocket socket = broker.open(SocketSpec.udp("127.0.0.1", 0));
        SharedSocket weak =
            broker.redeem(
                socket.duplicate(Target.pid(broker.pid()), Rights.of(Right.RECV, Right.EXPORT)))) {
      assertThatThrownBy(weak::export)
          .satisfies(e -> assertThat(BrokerException.errnoOf(e)).isEqualTo(Errno.EPERM));
    }
  }

  @Test
  void shouldTellTheRegistrantAgainAfterRearm() throws Exception {
    try (ServerSocket server = new ServerSocket(0, 1, LOOPBACK);
        SharedSocket shared = broker.open(SocketSpec.tcp("127.0.0.1", server.getLocalPort()));
        Socket peer = server.accept();
        ExportedSocket raw = shared.export()) {
      BlockingQueue<NetworkEventMessage> events = new LinkedBlockingQueue<>();
      shared.asyncSelect(EnumSet.of(NetworkEvent.READ), events::add);
      peer.getOutputStream().write('a');
      assertThat(events.poll(30, SECONDS)).isNotNull();
      ByteBuffer into = ByteBuffer.allocateDirect(10);
      assertThat(new io.netty.channel.unix.Socket(raw.fd()).recv(into, 0, 10)).isEqualTo(1);
      shared.rearm(EnumSet.of(NetworkEvent.READ));
      peer.getOutputStream().write('b');
      assertThat(events.poll(30, SECONDS)).isNotNull();
    }
  }

  // ---- revoking

  @Test
  void shouldShowItAndEndItWithItsDescriptor() throws Exception {
    Command command = Command.to(process.socket());
    try (ServerSocket server = new ServerSocket(0, 1, LOOPBACK);
        SharedSocket shared = broker.open(SocketSpec.tcp("127.0.0.1", server.getLocalPort()));
        Socket peer = server.accept()) {
      Channel channel = serve(shared);
      SharedSocket other = broker.redeem(shared.duplicate(Target.pid(broker.pid())));
      assertThat(command.run("list", "--socket", "s" + shared.socketId()).out().lines())
          .filteredOn(line -> line.startsWith("d" + shared.id()))
          .singleElement()
          .satisfies(line -> assertThat(line.split(" +")).contains("fd"));
      assertThat(command.run("show", "--broker").out()).containsPattern("exports +1\n");
      Command.Result refused = command.run("revoke", "d" + shared.id());
      assertThat(refused.exitCode()).isEqualTo(1);
      assertThat(refused.err()).contains("EBUSY", "others hold it");
      assertEchoes(peer);

      assertThat(command.run("revoke", "--force", "d" + shared.id()).exitCode()).isZero();
      assertThat(peer.getInputStream().read()).isEqualTo(-1);
      assertThat(channel.closeFuture().await(30, SECONDS)).as("Netty sees its end").isTrue();
      assertThat(other.receive(ByteBuffer.allocate(1), SOON)).as("for all holders").isEqualTo(-1);
      other.close();
    }
  }

  // ---- together with a blocking program

  @Test
  void shouldShareAListenerWithABlockingAcceptLoop() throws Exception {
    SharedSocket listener =
        broker.open(SocketSpec.tcpListen("127.0.0.1", 0).name("shared " + broker.session()));
    String name = "shared " + broker.session();
    try (PythonProgram python =
            new PythonProgram("rawfd.py", process.socket().toString(), "accept", name);
        Broker observer = Broker.connect(process.socket());
        ExecutorService threads = Executors.newCachedThreadPool()) {
      assertThat(python.line()).contains("\"blocking\": true");
      threads.submit(() -> answerAll(listener));
      for (int i = 0; i < 20; i++) {
        // Both wait on an empty listener.
        observer.ping();
      }

      Map<String, Integer> answers = new ConcurrentHashMap<>();
      InetSocketAddress address = (InetSocketAddress) listener.localAddress();
      List<? extends Future<?>> bursts =
          IntStream.range(0, 4)
              .mapToObj(i -> threads.submit(() -> askMany(address, 250, answers)))
              .toList();
      while (!bursts.stream().allMatch(Future::isDone)) {
        observer.ping();
      }
      for (Future<?> burst : bursts) {
        burst.get(30, SECONDS);
      }
      assertThat(answers.values().stream().mapToInt(it -> it).sum()).isEqualTo(1000);
      System.out.println("of 1000 connections to one listener: " + answers);
      assertThat(answers.keySet()).contains("python");

      python.kill();
      askMany(address, 50, answers);
      assertThat(answers.get("framed")).as("after Python's end").isGreaterThanOrEqualTo(50);
      listener.close();
    }
    await()
        .atMost(SOON)
        .untilAsserted(() -> assertThat(threadNames()).noneMatch(it -> it.startsWith("acceptor")));
  }

  /** A worker on the framed lane. */
  private static Void answerAll(SharedSocket listener) throws IOException {
    while (!listener.isClosed()) {
      try (SharedSocket connection = listener.accept()) {
        connection.outputStream().write("framed\n".getBytes(UTF_8));
      } catch (ClosedChannelException e) {
        return null;
      }
    }
    return null;
  }

  private static Void askMany(InetSocketAddress address, int times, Map<String, Integer> answers)
      throws IOException {
    for (int i = 0; i < times; i++) {
      try (Socket client = new Socket(address.getAddress(), address.getPort())) {
        client.setSoTimeout((int) SOON.toMillis());
        String answer = new String(client.getInputStream().readAllBytes(), UTF_8).strip();
        answers.merge(answer, 1, Integer::sum);
      }
    }
    return null;
  }

  private static List<String> threadNames() throws IOException {
    try (Stream<Path> tasks = Files.list(Path.of("/proc/" + process.pid() + "/task"))) {
      return tasks.map(RawDescriptorTest::name).toList();
    }
  }

  /** The name of a thread that may end at any time. */
  private static String name(Path task) {
    try {
      return Files.readString(task.resolve("comm")).strip();
    } catch (IOException e) {
      return "ended";
    }
  }

  @Test
  void shouldTakeNoConnectionThatNobodyWaitsForInFrames() throws Exception {
    String name = "raw only " + broker.session();
    SharedSocket listener = broker.open(SocketSpec.tcpListen("127.0.0.1", 0).name(name));
    try (PythonProgram python =
        new PythonProgram("rawfd.py", process.socket().toString(), "accept", name)) {
      assertThat(python.line()).contains("exported");
      BlockingQueue<NetworkEventMessage> events = new LinkedBlockingQueue<>();
      listener.asyncSelect(EnumSet.of(NetworkEvent.ACCEPT), events::add);
      Map<String, Integer> answers = new ConcurrentHashMap<>();
      askMany((InetSocketAddress) listener.localAddress(), 100, answers);
      assertThat(answers).isEqualTo(Map.of("python", 100));
    }
    listener.close();
  }

  @Test
  void shouldReceiveBesideABlockingReader() throws Exception {
    String name = "reader " + broker.session();
    try (ServerSocket server = new ServerSocket(0, 1, LOOPBACK);
        SharedSocket shared = broker.open(SocketSpec.tcp("127.0.0.1", server.getLocalPort()));
        Socket peer = server.accept()) {
      shared.name(name);
      try (PythonProgram python =
          new PythonProgram("rawfd.py", process.socket().toString(), "receive", name)) {
        assertThat(python.line()).contains("exported");
        peer.getOutputStream().write("hello".getBytes(UTF_8));
        assertThat(python.line()).contains("\"text\": \"hello\"");
        // Neither waits for the other: the framed calls never block the loop.
        assertThatThrownBy(() -> shared.receive(ByteBuffer.allocate(1), Duration.ofMillis(50)))
            .isInstanceOf(SocketTimeoutException.class);
        assertThatThrownBy(() -> shared.receive(ByteBuffer.allocate(1), Duration.ZERO))
            .isInstanceOf(WouldBlockException.class);
        shared.shutdown(Direction.BOTH);
        assertThat(python.line()).contains("\"text\": \"\"");
      }
    }
  }

  @Test
  void shouldExportForManyThreadsAtOnce() throws Exception {
    int count = 128;
    List<SharedSocket> sockets = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      sockets.add(broker.open(SocketSpec.udp("127.0.0.1", 0)));
    }
    CountDownLatch begin = new CountDownLatch(1);
    try (ExecutorService threads = Executors.newFixedThreadPool(count)) {
      List<Future<Void>> exports = new ArrayList<>();
      for (SharedSocket it : sockets) {
        exports.add(threads.submit(() -> exportOften(it, begin)));
      }
      begin.countDown();
      for (Future<Void> it : exports) {
        it.get(30, TimeUnit.SECONDS);
      }
    }
    for (SharedSocket it : sockets) {
      it.close();
    }
  }

  private static Void exportOften(SharedSocket socket, CountDownLatch begin) throws Exception {
    begin.await();
    for (int i = 0; i < 5; i++) {
      socket.exportBlocking().close();
    }
    return null;
  }
}
