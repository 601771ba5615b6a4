package servers;

import io.grpc.Server;
import io.grpc.netty.NettyServerBuilder;
import java.io.IOException;

/** gRPC-Java. Its pid is a number in the settings with which it greets a connection. */
public class Main {
  public static void main(String[] arguments) throws IOException, InterruptedException {
    int pid = (int) ProcessHandle.current().pid();
    Server server =
        NettyServerBuilder.forPort(Integer.parseInt(arguments[0]))
            .maxConcurrentCallsPerConnection(pid)
            .build()
            .start();
    Runtime.getRuntime().addShutdownHook(new Thread(server::shutdown));
    server.awaitTermination();
  }
}
