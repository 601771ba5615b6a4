package dev.sockbroker.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sockbroker.protocol.Errno;
import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import org.junit.jupiter.api.Test;

class JdkExceptionsTest {
  private static final IOException TIMED_OUT = new BrokerException(Errno.ETIMEDOUT, "words");
  private static final IOException UNREACHABLE = new BrokerException(Errno.EHOSTUNREACH, "words");

  @Test
  void shouldHaveKindsOfItsOwnForConnect() {
    assertThat(connecting(TIMED_OUT))
        .isExactlyInstanceOf(ConnectException.class)
        .hasMessage("Connection timed out")
        .hasCause(TIMED_OUT);
    assertThat(connecting(UNREACHABLE)).isExactlyInstanceOf(NoRouteToHostException.class);
    assertThat(connecting(new BrokerException(Errno.ECONNREFUSED, "words")))
        .isExactlyInstanceOf(ConnectException.class);
    assertThat(connecting(new BrokerException(Errno.ENETUNREACH, "words")))
        .isExactlyInstanceOf(SocketException.class);
  }

  @Test
  void shouldNotTakeTheCallersOwnTimeForTheKernels() {
    IOException own = new SocketTimeoutException("words");
    own.initCause(TIMED_OUT);

    assertThat(connecting(own))
        .isExactlyInstanceOf(SocketTimeoutException.class)
        .hasMessage("Connect timed out");
  }

  @Test
  void shouldNotCallItAConnectionsFailureWhenBytesWereUnderWay() {
    assertThat(JdkExceptions.of(TIMED_OUT, "Read timed out"))
        .isExactlyInstanceOf(SocketException.class)
        .hasMessage("Connection timed out");
    assertThat(JdkExceptions.of(UNREACHABLE)).isExactlyInstanceOf(SocketException.class);
  }

  private static IOException connecting(IOException thrown) {
    return JdkExceptions.ofConnect(thrown, "Connect timed out");
  }
}
