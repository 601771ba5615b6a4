package dev.sockbroker.broker.core;

import dev.sockbroker.broker.policy.Action;
import dev.sockbroker.broker.policy.Endpoint;
import dev.sockbroker.broker.policy.PolicyLane;
import dev.sockbroker.broker.policy.Ports;
import dev.sockbroker.broker.policy.Transport;
import dev.sockbroker.protocol.Address;
import dev.sockbroker.protocol.Family;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.Right;
import dev.sockbroker.protocol.SocketType;
import java.util.ArrayList;
import java.util.List;

/** What the policy would have to allow so that somebody has a descriptor as it is. */
final class Held {
  private Held() {}

  /**
   * @param ephemeral the ports that port 0 stands for
   */
  static List<Action> by(Descriptor descriptor, Ports ephemeral) {
    List<Action> actions = new ArrayList<>();
    addAddress(actions, descriptor.socket, ephemeral);
    addName(actions, descriptor);
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

  private static void addAddress(List<Action> actions, OwnedSocket socket, Ports ephemeral) {
    TransportState transport = socket.transport();
    Transport by = transport(socket);
    Address local = transport.local();
    boolean isBound =
        local != null && (local.path() != null ? !local.path().isEmpty() : local.port() != 0);
    if (transport.isListening() || transport.isAccepted()) {
      // A connection is as allowed as listening where it was accepted.
      if (isBound) {
        actions.add(Action.listen(Endpoint.local(by, local, ephemeral)));
      }
    } else if (transport.peer() != null) {
      actions.add(Action.connect(Endpoint.remote(by, transport.peer())));
    } else if (isBound && by != Transport.TCP) {
      actions.add(Action.bind(Endpoint.local(by, local, ephemeral)));
    }
  }

  private static Transport transport(OwnedSocket socket) {
    if (socket.kernel().family() == Family.UNIX) {
      return Transport.UNIX;
    }
    return socket.kernel().type() == SocketType.STREAM ? Transport.TCP : Transport.UDP;
  }

  private static void addName(List<Action> actions, Descriptor descriptor) {
    SocketName name = descriptor.socket.name();
    if (name == null) {
      return;
    } else if (name.ownerUid() != descriptor.session.identity().uid()) {
      actions.add(Action.attach(name.text()));
      return;
    }
    actions.add(Action.name(name.text()));
    if (name.retainMillis() != 0) {
      long millis = name.retainMillis();
      actions.add(Action.retain(millis == Request.FOREVER ? Long.MAX_VALUE : millis));
    }
  }
}
