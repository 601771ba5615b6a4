package dev.sockbroker.cli;

import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.Right;
import dev.sockbroker.text.Durations;
import java.io.IOException;
import java.util.Set;
import picocli.CommandLine.Model.OptionSpec;

/** The properties of a socket's name, changed in place: {@code retain} and {@code allow}. */
record NamedSocket(
    long socket, String name, long retainMillis, Set<Right> joinRights, Set<Right> otherRights) {

  /** Computes the new properties from the current ones. */
  interface Change {
    NamedSocket of(NamedSocket before);
  }

  /** Changes the name of the socket with that name or id. Returns the new properties. */
  static NamedSocket change(BrokerConnection broker, String id, Change change) throws IOException {
    Reply.Opened own = broker.attach(id);
    Reply.Shown shown = broker.show(Ids.socket(own.socket()));
    if (shown.name() == null) {
      throw new IOException(
          Ids.socket(own.socket())
              + " has no name, and only a name has a retention and rights to join");
    }
    NamedSocket wanted = change.of(of(shown));
    broker.call(
        new Request.Name(
            own.descriptor(),
            wanted.name(),
            wanted.retainMillis(),
            wanted.joinRights(),
            wanted.otherRights()),
        Reply.Done.class);
    broker.call(new Request.Close(own.descriptor()), Reply.Done.class);
    return wanted;
  }

  /** In a request null would mean all rights. Here it means none. */
  private static NamedSocket of(Reply.Shown shown) {
    return new NamedSocket(
        shown.socket(),
        shown.name(),
        shown.retainMillis() == null ? 0 : shown.retainMillis(),
        shown.joinRights() == null ? Set.of() : shown.joinRights(),
        shown.otherRights() == null ? Set.of() : shown.otherRights());
  }

  NamedSocket retained(long millis) {
    return new NamedSocket(socket, name, millis, joinRights, otherRights);
  }

  NamedSocket allowing(Set<Right> join, Set<Right> others) {
    return new NamedSocket(socket, name, retainMillis, join, others);
  }

  void write(Terminal terminal, OptionSpec json) throws IOException {
    terminal.answer(
        json,
        "%s %s: retention %s, join rights %s, others' rights %s"
            .formatted(
                Ids.socket(socket),
                Terminal.printable(Names.shown(name)),
                Durations.format(retainMillis),
                rights(joinRights),
                rights(otherRights)),
        out -> {
          out.socket("socket", socket);
          out.field("name", name);
          out.field("retainMillis", retainMillis);
          out.field("joinRights", joinRights);
          out.field("otherRights", otherRights);
        });
  }

  /**
   * The rights of those who join.
   *
   * @param rights null for none
   */
  static String rights(Set<Right> rights) {
    return rights == null || rights.isEmpty() ? "none" : DescriptorTable.rights(rights);
  }
}
