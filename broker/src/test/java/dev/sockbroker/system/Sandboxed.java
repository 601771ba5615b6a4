package dev.sockbroker.system;

import dev.sockbroker.client.BrokerSocketFactory;
import dev.sockbroker.client.Resolver;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import javax.net.SocketFactory;

/**
 * A program without a network: connects to each host through the broker and writes the first line
 * that it gets, or why it gets none.
 */
public final class Sandboxed {
  private Sandboxed() {}

  /**
   * @param args the port, and then the hosts
   */
  public static void main(String[] args) {
    int port = Integer.parseInt(args[0]);
    System.out.println("directly: " + firstLine(SocketFactory.getDefault(), "127.0.0.3", port));
    SocketFactory factory = new BrokerSocketFactory().resolve(Resolver.BROKER);
    for (int i = 1; i < args.length; i++) {
      System.out.println(args[i] + ": " + firstLine(factory, args[i], port));
    }
  }

  private static String firstLine(SocketFactory factory, String host, int port) {
    try (Socket socket = factory.createSocket(host, port);
        BufferedReader in =
            new BufferedReader(
                new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8))) {
      return in.readLine();
    } catch (IOException e) {
      return e.getMessage();
    }
  }
}
