package dev.sockbroker.broker.kernel;

import dev.sockbroker.protocol.Address;
import dev.sockbroker.protocol.Direction;
import dev.sockbroker.protocol.Family;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.SocketType;
import io.netty.buffer.ByteBuf;
import java.util.Map;
import java.util.function.IntConsumer;

/**
 * One socket of the kernel, owned by the broker. Loop thread only. Nothing here waits.
 *
 * <p>What moves data answers the way system calls do: a count, or the errno negated. What is asked
 * rarely throws {@link RefusedException} with the kernel's errno.
 */
public interface KernelSocket {
  /** Readiness, in the kernel's own numbers (epoll_ctl(2)). */
  int IN = 0x1;

  int PRI = 0x2;
  int OUT = 0x4;
  int ERR = 0x8;
  int HUP = 0x10;
  int RDHUP = 0x2000;

  Family family();

  SocketType type();

  int protocol();

  /** As {@code ss -e} shows it. */
  long inode();

  /**
   * Who hears of readiness. Edge-triggered: called once for each wake-up by the kernel, with what
   * poll says, for the armed kinds (ERR and HUP always). Never called inside a method of this
   * socket.
   */
  void onReady(IntConsumer listener);

  /**
   * The kinds of readiness to hear of; told at once if one holds. Without a call nothing is heard.
   */
  void arm(int mask);

  /** What poll(2) says now: IN, PRI, OUT, ERR, HUP, RDHUP. */
  int poll();

  void bind(Address address);

  void listen(int backlog);

  /** connect(2): 0, -EINPROGRESS, or the failure. */
  int connect(Address address);

  /**
   * The outcome of a connect in progress, by a second connect(2) and not by SO_ERROR (rule 44): 0,
   * -EALREADY while it goes on, or the failure.
   */
  int finishConnect();

  /**
   * accept4(2); null if no connection waits.
   *
   * @throws RefusedException EINVAL if it does not listen, and what else the kernel says
   */
  KernelSocket accept();

  /**
   * Accepts on a thread of its own, for a listener whose O_NONBLOCK is not the broker's any more:
   * whoever else accepts may be faster, and then accept(2) waits. One at a time.
   *
   * @param outcome told once on the loop when the thread is back, also after the socket was closed;
   *     then with nothing
   */
  void acceptApart(Accepted outcome);

  /** What came of an accept. */
  interface Accepted {
    /**
     * @param taken null if no connection was there any more
     * @param refusal null, or what the kernel says
     */
    void done(KernelSocket taken, RefusedException refusal);
  }

  /** The kernel's number of it; this object's. */
  int fd();

  /** O_NONBLOCK, which everybody has in common who holds the fd. Until it is set it is on. */
  void nonBlocking(boolean on);

  /**
   * Receives into the buffer behind its writer index, which moves. Every call carries MSG_DONTWAIT
   * (rule 46).
   *
   * @param length at most this many bytes; the buffer has the room
   * @param arrival filled with the sender, the full size and the control data, if there are any
   * @return the bytes received, 0 also at the end of a stream and for an empty datagram; or -errno
   */
  int receive(ByteBuf into, int length, boolean peek, Arrival arrival);

  /** Receives the urgent byte: 1, or -EINVAL if there is none (rule 47). */
  int receiveUrgent(ByteBuf into, boolean peek);

  /**
   * Looks at the next byte: 1 there is one (or a datagram), 0 end of stream, -EAGAIN nothing, or
   * -errno.
   */
  int peek();

  /**
   * Sends the readable bytes of the buffer and moves its reader index by what was taken. Every call
   * carries MSG_DONTWAIT and MSG_NOSIGNAL.
   *
   * @param to null for the connected peer
   * @return the bytes taken, or -errno
   */
  int send(ByteBuf from, Address to, boolean urgent);

  /** shutdown(2). */
  void shutdown(Direction how);

  /** Reads and so clears SO_ERROR: 0 or a positive errno. */
  int takeError();

  /**
   * Whether the peer's FIN has come, also if the connection has died since. To be asked where no
   * data is left and no error is pending; false for what is not TCP.
   */
  boolean peerEnded();

  /** SIOCATMARK: whether the next byte is the one behind the urgent byte. */
  boolean isAtMark();

  /** SO_OOBINLINE. */
  boolean urgentInline();

  /** SO_RCVLOWAT. */
  long receiveLowWaterMark();

  /** SO_RCVTIMEO in milliseconds, 0 for none. */
  long receiveTimeoutMillis();

  /** SO_SNDTIMEO in milliseconds, 0 for none. */
  long sendTimeoutMillis();

  /** getsockname(2); null while there is none. */
  Address localAddress();

  /** getpeername(2); null while there is none. */
  Address peerAddress();

  /**
   * @throws RefusedException ENOPROTOOPT for an unknown name or one of another kind of socket
   */
  Object getOption(String name);

  /**
   * @return the value read back from the kernel; for a set-only option the value itself
   * @throws RefusedException ENOPROTOOPT, EINVAL if the value is not of the option's kind, EPERM
   *     for what would harm the broker, and what the kernel says
   */
  Object setOption(String name, Object value);

  /** An option without a name here, as hexadecimal bytes; EPERM for those of rule 49. */
  String getOption(int level, int number, int length);

  String setOption(int level, int number, String hex);

  /**
   * Every option that this kind of socket has and that can be read, by name, in the table's order.
   */
  Map<String, Object> options();

  /** Bytes in the receive queue, or connections that wait to be accepted. */
  long queuedIn();

  /** Bytes in the send queue. */
  long queuedOut();

  /**
   * Closes it, never blocking: a linger time is turned off first, linger (1,0) resets (rule 16).
   */
  void close();

  /** What came beside the bytes; one is used again and again. */
  final class Arrival {
    /** A datagram's sender, or null. */
    public Address from;

    /** A datagram's full size. */
    public int size;

    /** Null if no option asks for any. */
    public Reply.ControlData control;

    public void clear() {
      from = null;
      size = 0;
      control = null;
    }

    public void copy(Arrival other) {
      from = other.from;
      size = other.size;
      control = other.control;
    }
  }
}
