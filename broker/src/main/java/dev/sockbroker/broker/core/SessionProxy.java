package dev.sockbroker.broker.core;

import dev.sockbroker.broker.kernel.RefusedException;
import dev.sockbroker.protocol.Event;
import dev.sockbroker.protocol.Reply;
import io.netty.buffer.ByteBuf;
import java.util.function.Supplier;

/**
 * How a session is answered; one of the two seams of this package. Loop thread only. What is handed
 * over here goes out in this order, at the latest with {@link #flush}.
 */
public interface SessionProxy {
  void reply(long requestId, Reply reply);

  /**
   * @param payload goes out behind the reply; the proxy releases it
   * @param delivery told once whether the kernel took the whole frame, maybe before this returns
   */
  void reply(long requestId, Reply reply, ByteBuf payload, Delivery delivery);

  /** As above without a payload. */
  void reply(long requestId, Reply reply, Delivery delivery);

  /**
   * @param requestId 0, but for {@link Event.SendReady}
   */
  void event(long requestId, Event event);

  /** A secret by which another connection becomes the way for fds to this client. */
  String newFdKey();

  /**
   * @throws RefusedException ENOTCONN if fds cannot be given to this client, ENOBUFS if it leaves
   *     too many untaken
   */
  void checkTakesFds();

  /**
   * Gives fds to the client, which expects them before the reply to its request.
   *
   * @param fds asked when it is their turn, which is when the client has taken the last ones; stay
   *     the caller's; null if they are gone
   * @param passed told once whether they have gone; then is the time for the reply
   */
  void pass(long requestId, Supplier<int[]> fds, Delivery passed);

  /**
   * Whether the client reads: if not, its waiting operations are not served and its events stay.
   */
  boolean isWritable();

  void flush();

  /** Ends the connection once what was handed over has gone out. */
  void close();

  /** Told when a frame was handed to the kernel, or will never be (rules 7 and 26). */
  interface Delivery {
    /**
     * @param toKernel false: the connection ended first
     */
    void done(boolean toKernel);
  }
}
