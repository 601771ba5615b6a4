package dev.sockbroker.broker.core;

import dev.sockbroker.broker.kernel.RefusedException;
import dev.sockbroker.broker.policy.Subject;
import dev.sockbroker.broker.state.SavedDelivery;
import dev.sockbroker.protocol.Event;
import dev.sockbroker.protocol.Reply;
import io.netty.buffer.ByteBuf;

/**
 * Sends replies and events to a session; one of the two seams of this package. Everything is sent
 * in the order of the calls, at the latest by {@link #flush}. Loop thread only.
 */
public interface SessionProxy {
  void reply(long requestId, Reply reply);

  /**
   * @param payload sent after the reply and released by the proxy
   * @param delivery called once with whether the kernel took the whole frame, perhaps before this
   *     method returns
   */
  void reply(long requestId, Reply reply, ByteBuf payload, Delivery delivery);

  /** Replies without a payload, as above. */
  void reply(long requestId, Reply reply, Delivery delivery);

  /**
   * @param requestId 0, except for {@link Event.SendReady}
   */
  void event(long requestId, Event event);

  /** Returns who the client is for the policy, as the kernel recorded it. */
  Subject subject();

  /** Returns a new secret that turns another connection into this client's fd connection. */
  String newFdKey();

  /**
   * @throws RefusedException ENOTCONN if this client cannot receive fds, ENOBUFS if too many are
   *     waiting to be received
   */
  void checkTakesFds();

  /**
   * Passes fds to the client, which expects them before the reply to its request.
   *
   * @param passing called once with whether they were sent; the reply follows then
   */
  void pass(long requestId, Passing passing);

  /**
   * Whether the client reads. If not, its waiting operations are not served and its events are
   * kept.
   */
  boolean isWritable();

  void flush();

  /** Closes the connection after everything was sent. */
  void close();

  /** Called when the kernel has taken a frame or never will (rules 7 and 26). */
  interface Delivery {
    /**
     * @param toKernel false if the connection ended first
     */
    void done(boolean toKernel);

    /** Saves it for another broker, which calls {@link #done} instead. */
    SavedDelivery save(Saving saving);
  }

  /** Fds that are passed to a client. */
  interface Passing extends Delivery {
    /**
     * Returns the fds, which remain the caller's, or null if they are gone. Called when it is their
     * turn, after the client has received the previous ones.
     */
    int[] fds();
  }
}
