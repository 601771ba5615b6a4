package dev.sockbroker.cli;

import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
    name = "revoke",
    header = "Take a descriptor from its holder, or end a token.",
    description = {
      "The holder of a descriptor is told; its waiting operations end.",
      "A token that was redeemed already cannot be revoked: revoke the descriptor."
    },
    footer = {"  sockbroker revoke d42", "  sockbroker revoke t7"})
final class RevokeCommand implements Callable<Integer> {
  @Mixin HelpOption help;
  @Mixin SocketOption socket;

  @Parameters(
      paramLabel = "ID",
      description = "A descriptor d42 ('list' shows them) or a token t7 ('show' does).")
  String id;

  private final Terminal terminal;

  RevokeCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws IOException {
    long descriptor = Ids.parse('d', id);
    try (BrokerConnection broker = socket.connect("revoke")) {
      broker.call(
          descriptor >= 0 ? new Request.RevokeDescriptor(descriptor) : new Request.RevokeToken(id),
          Reply.Done.class);
    } catch (BrokerRefusedException e) {
      // rule 9: of a token, EINVAL says that it is unknown
      if (descriptor >= 0 || e.errno() != Errno.EINVAL) {
        throw e;
      }
      terminal.say(Terminal.printable(e.getMessage()));
      return ExitCode.NO_SUCH_THING;
    }
    terminal.line(Terminal.printable(id) + " is revoked");
    return ExitCode.DONE;
  }
}
