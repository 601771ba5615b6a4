package dev.sockbroker.cli;

import dev.sockbroker.broker.RecoveryRehearsal;
import dev.sockbroker.broker.Rehearsal;
import dev.sockbroker.demo.TrainingClient;
import java.io.IOException;
import java.nio.file.Path;

/**
 * What the JVM runs while it records the AOT cache of the broker: {@code serve} on a socket of its
 * own, with a client in the same process that ends it after some requests, and the rehearsals of a
 * recovery and of an upgrade. Started by the launcher:
 *
 * <pre>java -XX:AOTCacheOutput=FILE -cp sockbroker.jar dev.sockbroker.cli.ServeTraining SOCKET
 * </pre>
 */
final class ServeTraining {
  private ServeTraining() {}

  public static void main(String[] arguments) {
    String socket = arguments[0];
    Thread.ofPlatform().daemon().start(() -> train(Path.of(socket)));
    Main.main(new String[] {"serve", "--keep", "auto", "--socket", socket});
  }

  private static void train(Path socket) {
    try {
      TrainingClient.use(socket, () -> RecoveryRehearsal.run(socket));
      Rehearsal.run();
    } catch (IOException | InterruptedException e) {
      // Without a network, for example. A cache of the start alone is still worth having.
      System.err.println("the training is incomplete: " + e);
    } finally {
      System.exit(ExitCode.DONE);
    }
  }
}
