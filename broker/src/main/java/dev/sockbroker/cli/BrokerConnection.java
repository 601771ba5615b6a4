package dev.sockbroker.cli;

import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.Event;
import dev.sockbroker.protocol.InvalidMessageException;
import dev.sockbroker.protocol.Lifetime;
import dev.sockbroker.protocol.Message;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.wire.Frame;
import dev.sockbroker.protocol.wire.FrameCodec;
import dev.sockbroker.protocol.wire.FrameReader;
import dev.sockbroker.protocol.wire.MalformedFrameException;
import java.io.Closeable;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;

/**
 * A command's session with the broker. Each call sends a request and waits for its reply. For one
 * thread.
 *
 * <p>It asks to be an administrator, because the commands are for operators. The broker grants that
 * only to root and to its own user. The commands of other users use the requests that every client
 * may make.
 */
final class BrokerConnection implements Closeable {
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final Path path;
  private final SocketChannel channel;
  private final AnswerDeadline deadline;
  private final Lifetime lifetime;
  private final FrameCodec codec = new FrameCodec();
  private final Queue<Event> events = new ArrayDeque<>();
  private final FrameReader frames = new FrameReader(1 << 16);
  private long lastRequest;
  private Reply.Welcome welcome;

  private BrokerConnection(Path path, SocketChannel channel, Duration patience, Lifetime lifetime) {
    this.path = path;
    this.channel = channel;
    this.lifetime = lifetime;
    this.deadline = AnswerDeadline.of(channel, patience);
  }

  /**
   * Connects and says hello.
   *
   * @param client the client name that the broker lists for this session
   */
  static BrokerConnection open(Path path, String client) throws IOException {
    return open(path, client, PATIENCE, Lifetime.CONNECTION);
  }

  /**
   * Like {@link #open(Path, String)}, for a session that lasts as long as this process, across an
   * execve.
   */
  static BrokerConnection openForProcess(Path path, String client) throws IOException {
    return open(path, client, PATIENCE, Lifetime.PROCESS);
  }

  /**
   * Like {@link #open(Path, String)}.
   *
   * @param patience how long to wait for the next bytes of an expected reply
   */
  static BrokerConnection open(Path path, String client, Duration patience) throws IOException {
    return open(path, client, patience, Lifetime.CONNECTION);
  }

  private static BrokerConnection open(
      Path path, String client, Duration patience, Lifetime lifetime) throws IOException {
    BrokerConnection connection =
        new BrokerConnection(
            path, SocketChannel.open(StandardProtocolFamily.UNIX), patience, lifetime);
    try {
      connection.connect();
      BrokerUnreachableException.checkPeer(path, connection.channel);
      connection.hello(client);
    } catch (IOException e) {
      connection.close();
      throw e;
    }
    return connection;
  }

  /** Also waits while the broker does not accept and its backlog is full. */
  private void connect() throws IOException {
    deadline.begin();
    try {
      channel.connect(UnixDomainSocketAddress.of(path));
    } catch (IOException e) {
      throw deadline.isExpired()
          ? BrokerUnreachableException.silent(path, e)
          : BrokerUnreachableException.absent(path, e);
    } finally {
      deadline.end();
    }
  }

  private void hello(String client) throws IOException {
    try {
      welcome = hello(client, true);
    } catch (BrokerRefusedException e) {
      if (e.errno() != Errno.EPERM) {
        throw e;
      }
      welcome = hello(client, false);
    }
    frames.frameBytesMax(Math.max(frames.frameBytesMax(), welcome.limits().frameBytes()));
  }

  private Reply.Welcome hello(String client, boolean administrator) throws IOException {
    return call(
        new Request.Hello(List.of(Message.VERSION), client, administrator, lifetime),
        Reply.Welcome.class);
  }

  Reply.Welcome welcome() {
    return welcome;
  }

  /** The id of the last request. A message on the fd connection carries the same id. */
  long lastRequestId() {
    return lastRequest;
  }

  /**
   * Sends a request and waits for its reply.
   *
   * @throws BrokerRefusedException if the reply is an error
   * @throws BrokerUnreachableException if the connection ends first, or nothing arrives in time
   */
  <R extends Reply> R call(Request request, Class<R> type) throws IOException {
    return await(ask(request, type));
  }

  /** A request that has no reply yet. */
  record Asked<R extends Reply>(long id, Request request, Class<R> type) {}

  /**
   * Sends a request, so that the broker works on it while the caller does something else. The
   * caller must await the reply before it sends another request.
   *
   * @throws BrokerRefusedException if the broker ended the session, with its reason
   * @throws BrokerUnreachableException if the connection has ended, or accepts no bytes in time
   */
  <R extends Reply> Asked<R> ask(Request request, Class<R> type) throws IOException {
    long id = ++lastRequest;
    return owed(
        () -> {
          send(id, request);
          return new Asked<>(id, request, type);
        });
  }

  /**
   * Waits for the reply.
   *
   * @throws BrokerRefusedException if the reply is an error
   * @throws BrokerUnreachableException if the connection ends first, or nothing arrives in time
   */
  <R extends Reply> R await(Asked<R> asked) throws IOException {
    return owed(
        () -> {
          Frame frame = receive();
          while (frame.requestId() != asked.id() || frame.message() instanceof Event) {
            keep(frame);
            frame = receive();
          }
          if (frame.message() instanceof Reply.Error error) {
            throw new BrokerRefusedException(asked.request(), error);
          }
          return asked.type().cast(frame.message());
        });
  }

  /** A step of a call. The deadline applies during a step, but not between steps. */
  private interface Step<T> {
    T take() throws IOException;
  }

  private <T> T owed(Step<T> step) throws IOException {
    deadline.begin();
    try {
      return step.take();
    } catch (BrokerRefusedException e) {
      throw e;
    } catch (IOException e) {
      throw deadline.isExpired() ? BrokerUnreachableException.silent(path, e) : unexpected(e);
    } catch (InvalidMessageException | ClassCastException e) {
      throw unexpected(new IOException(e.getMessage(), e));
    } finally {
      deadline.end();
    }
  }

  private BrokerUnreachableException unexpected(IOException e) {
    return welcome == null
        ? BrokerUnreachableException.noBroker(path, e)
        : BrokerUnreachableException.gone(path, e);
  }

  /** Waits without a deadline for the next event. */
  Event nextEvent() throws IOException {
    try {
      while (events.isEmpty()) {
        keep(receive());
      }
      return events.remove();
    } catch (BrokerRefusedException e) {
      throw e;
    } catch (IOException e) {
      throw BrokerUnreachableException.gone(path, e);
    }
  }

  /**
   * Attaches to a socket by its name or, as administrator, by {@code s17} or {@code d42}. The
   * commands need their own descriptor to work on a socket.
   */
  Reply.Opened attach(String id) throws IOException {
    return attach(id, true);
  }

  /**
   * @param joinOthers whether to join if the name belongs to another user
   */
  Reply.Opened attach(String name, boolean joinOthers) throws IOException {
    return named(name, new Request.Attach(name, joinOthers), Reply.Opened.class);
  }

  /** Returns everything about the socket with that name or id. */
  Reply.Shown show(String id) throws IOException {
    return named(id, new Request.Show(id), Reply.Shown.class);
  }

  /** If the name does not exist, the error message suggests a similar name that does. */
  private <R extends Reply> R named(String name, Request request, Class<R> type)
      throws IOException {
    try {
      return call(request, type);
    } catch (BrokerRefusedException e) {
      throw e.isNoSuchThing() ? e.and(Suggestion.of(name, DescriptorPages.names(this))) : e;
    }
  }

  @Override
  public void close() throws IOException {
    deadline.close();
    channel.close();
  }

  private void keep(Frame frame) throws IOException {
    if (frame.message() instanceof Event event) {
      events.add(event);
    } else if (frame.message() instanceof Reply.Error error) {
      // the reply to a frame that the broker could not read has no request id
      throw new BrokerRefusedException(null, error);
    } else {
      throw new MalformedFrameException("a reply without a request");
    }
  }

  private void send(long id, Request request) throws IOException {
    ByteBuffer out = codec.encode(id, request, 0);
    try {
      while (out.hasRemaining()) {
        channel.write(out);
      }
    } catch (IOException e) {
      throw lastWords(e);
    }
  }

  /**
   * The broker sends the reason before it ends a session. The reason can be read even after a write
   * failed.
   */
  private IOException lastWords(IOException failedWrite) {
    try {
      while (true) {
        keep(receive());
      }
    } catch (BrokerRefusedException why) {
      return why;
    } catch (IOException nothingSaid) {
      failedWrite.addSuppressed(nothingSaid);
      return failedWrite;
    }
  }

  private Frame receive() throws IOException {
    return codec.decode(frames.read(this::read), frames.frameBytesMax());
  }

  private int read(ByteBuffer into) throws IOException {
    int count = channel.read(into);
    if (count > 0) {
      deadline.progress();
    }
    return count;
  }
}
