package dev.sockbroker.broker.core;

import dev.sockbroker.broker.policy.Action;
import dev.sockbroker.broker.policy.Endpoint;
import dev.sockbroker.broker.policy.PolicyLane;
import dev.sockbroker.broker.policy.Ports;
import dev.sockbroker.broker.policy.Share;
import dev.sockbroker.broker.policy.Transport;
import dev.sockbroker.broker.state.Origin;
import dev.sockbroker.protocol.Address;
import dev.sockbroker.protocol.Family;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.Right;
import dev.sockbroker.protocol.SocketType;
import java.util.ArrayList;
import java.util.List;

/**
 * What the policy was asked before somebody had a descriptor as it is. An address was asked about
 * whoever opened the socket, a name about whoever joined by it.
 */
final class Held {
  private Held() {}

  /** What was asked about the holder alone. */
  static List<Action> by(Descriptor descriptor) {
    List<Action> actions = new ArrayList<>();
    if (descriptor.origin == Origin.ATTACHED) {
      addJoining(actions, descriptor.socket);
    }
    for (Right right : descriptor.rights) {
      actions.add(Action.haveRight(right));
    }
    if (descriptor.isExported()) {
      actions.add(Action.useLane(PolicyLane.FD));
    } else if (descriptor.lane != null) {
      actions.add(
          Action.useLane(descriptor.lane instanceof Ring ? PolicyLane.RING : PolicyLane.STREAM));
    }
    return actions;
  }

  /**
   * What was asked about the session that has opened the socket.
   *
   * @param ephemeral the ports that port 0 stands for
   */
  static List<Action> ofMaker(OwnedSocket socket, Ports ephemeral) {
    List<Action> actions = new ArrayList<>();
    TransportState transport = socket.transport();
    Transport by = transport(socket);
    if (transport.isListening()) {
      actions.add(Action.listen(Endpoint.local(by, transport.local(), ephemeral)));
    } else if (transport.boundTo() != null && socket.kernel().type() == SocketType.DGRAM) {
      actions.add(Action.bind(Endpoint.local(by, transport.boundTo(), ephemeral)));
    }
    if (transport.connectedTo() != null) {
      actions.add(Action.connect(Endpoint.remote(by, transport.connectedTo())));
    }
    SocketName name = socket.name();
    if (name != null && name.ownerUid() == socket.makerUid()) {
      actions.add(Action.name(name.text()));
      if (name.retainMillis() != 0) {
        long millis = name.retainMillis();
        actions.add(Action.retain(millis == Request.FOREVER ? Long.MAX_VALUE : millis));
      }
      if (!name.otherRights().isEmpty()) {
        actions.add(Action.share(Share.ANY));
      }
    }
    return actions;
  }

  /**
   * Returns the connect to the address that a host name was resolved to, finished or still in
   * progress. The policy must not deny it, but need not allow it. Null if the socket was not
   * connected by host name.
   */
  static Action reached(OwnedSocket socket) {
    Address asked = socket.transport().connectedTo();
    Address reached = socket.transport().reaching();
    return reached == null || asked == null || !ConnectAttempt.isName(asked)
        ? null
        : Action.connect(Endpoint.remote(transport(socket), reached));
  }

  private static Transport transport(OwnedSocket socket) {
    if (socket.kernel().family() == Family.UNIX) {
      return Transport.UNIX;
    }
    return socket.kernel().type() == SocketType.STREAM ? Transport.TCP : Transport.UDP;
  }

  private static void addJoining(List<Action> actions, OwnedSocket socket) {
    if (socket.name() != null) {
      actions.add(Action.attach(socket.name().text()));
    }
  }
}
