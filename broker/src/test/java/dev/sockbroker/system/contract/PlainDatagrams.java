package dev.sockbroker.system.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sockbroker.protocol.Address;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.charset.StandardCharsets;

/** A plain UDP socket of the test, bound to loopback. */
final class PlainDatagrams implements Closeable {
  private final Scene scene;
  private final DatagramChannel channel;

  PlainDatagrams(Scene scene) {
    this.scene = scene;
    try {
      channel = DatagramChannel.open();
      channel.bind(Peer.jdk(scene.loopback()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Address address() {
    InetSocketAddress local = (InetSocketAddress) channel.socket().getLocalSocketAddress();
    return Address.inet(local.getAddress().getHostAddress(), local.getPort());
  }

  Step send(Address to, String bytes) {
    scene.beginStep("a datagram of " + bytes.length() + " is sent");
    try {
      channel.send(ByteBuffer.wrap(bytes.getBytes(StandardCharsets.UTF_8)), Peer.jdk(to));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return scene.done();
  }

  void receives(String bytes) {
    ByteBuffer buffer = ByteBuffer.allocate(1 << 16);
    try {
      channel.receive(buffer);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    assertThat(new String(buffer.array(), 0, buffer.position(), StandardCharsets.UTF_8))
        .isEqualTo(bytes);
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
