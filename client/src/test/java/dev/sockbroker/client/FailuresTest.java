package dev.sockbroker.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sockbroker.protocol.Address;
import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.PortUnreachableException;
import java.net.SocketTimeoutException;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import org.junit.jupiter.api.Test;

final class FailuresTest {
  private static final Request CONNECT = new Request.Connect(1, Address.inet("::1", 1), null);
  private static final Request RECEIVE = Request.Receive.of(1, 1);

  @Test
  void shouldBeTheJdksOwnKindWithTheErrnoBehindIt() {
    assertKind(CONNECT, Errno.EADDRINUSE, BindException.class);
    assertKind(CONNECT, Errno.EADDRNOTAVAIL, BindException.class);
    assertKind(CONNECT, Errno.ECONNREFUSED, ConnectException.class);
    assertKind(CONNECT, Errno.ETIMEDOUT, ConnectException.class);
    assertKind(CONNECT, Errno.EHOSTUNREACH, NoRouteToHostException.class);
    assertKind(RECEIVE, Errno.ECONNREFUSED, PortUnreachableException.class);
  }

  @Test
  void shouldBeABrokerExceptionWhereTheJdkHasNoKind() {
    assertKind(RECEIVE, Errno.ECONNRESET, BrokerException.class);
    assertKind(RECEIVE, Errno.ETIMEDOUT, BrokerException.class);
    assertKind(RECEIVE, Errno.EBADF, BrokerException.class);
    assertKind(RECEIVE, Errno.EAGAIN, WouldBlockException.class);
    assertKind(CONNECT, Errno.EINPROGRESS, WouldBlockException.class);
  }

  @Test
  void shouldTellTheWaitsOwnTimeFromADeadConnection() {
    Reply.Error timedOut = new Reply.Error("ETIMEDOUT", Errno.ETIMEDOUT, "words", true);

    IOException failure = Failures.of(RECEIVE, timedOut, false);

    assertThat(failure).isExactlyInstanceOf(SocketTimeoutException.class);
    assertThat(BrokerException.errnoOf(failure)).isEqualTo(Errno.ETIMEDOUT);
  }

  @Test
  void shouldSayThatThisClientClosedIt() {
    assertThat(Failures.of(RECEIVE, ScriptedBroker.error(Errno.EBADF), true))
        .isExactlyInstanceOf(ClosedChannelException.class);
    assertThat(Failures.of(RECEIVE, ScriptedBroker.error(Errno.ECANCELED), true))
        .isExactlyInstanceOf(AsynchronousCloseException.class);
  }

  @Test
  void shouldCarryNameNumberAndWords() {
    IOException failure = Failures.of(RECEIVE, ScriptedBroker.error(Errno.EPERM), false);

    assertThat(failure).hasMessage("EPERM: words");
    assertThat(((BrokerException) failure).errno()).isEqualTo(1);
    assertThat(((BrokerException) failure).errorName()).isEqualTo("EPERM");
    assertThat(BrokerException.errnoOf(new IOException("another"))).isZero();
  }

  private static void assertKind(Request request, int errno, Class<?> kind) {
    IOException failure = Failures.of(request, ScriptedBroker.error(errno), false);
    assertThat(failure).isExactlyInstanceOf(kind);
    assertThat(BrokerException.errnoOf(failure)).isEqualTo(errno);
  }
}
