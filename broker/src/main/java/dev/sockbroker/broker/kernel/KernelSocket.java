package dev.sockbroker.broker.kernel;

import dev.sockbroker.broker.state.SavedKernelSocket;
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
 * <p>Methods that move data return a count or a negated errno, like system calls. Less frequent
 * methods throw {@link RefusedException} with the kernel's errno.
 */
public interface KernelSocket {
  /** Readiness flags with the kernel's values (epoll_ctl(2)). */
  int IN = 0x1;

  int PRI = 0x2;
  int OUT = 0x4;
  int ERR = 0x8;
  int HUP = 0x10;
  int RDHUP = 0x2000;

  /** What can follow the last byte. */
  int ENDING = RDHUP | HUP | ERR;

  /** What a receive can find. */
  int ANY_DATA = IN | ENDING;

  Family family();

  SocketType type();

  int protocol();

  /** What another broker needs to take the socket over. The fd remains this object's. */
  SavedKernelSocket save();

  /** The inode that {@code ss -e} shows. */
  long inode();

  /**
   * Sets the listener for readiness, which is edge-triggered. It is called once for each wake-up by
   * the kernel with the poll result, for the armed kinds and always for ERR and HUP. It is never
   * called inside a method of this socket.
   */
  void onReady(IntConsumer listener);

  /**
   * Selects the kinds of readiness to report. A kind that already holds is reported immediately.
   * Nothing is reported before the first call.
   */
  void arm(int mask);

  /** Returns the current result of poll(2): IN, PRI, OUT, ERR, HUP, RDHUP. */
  int poll();

  void bind(Address address);

  void listen(int backlog);

  /** connect(2): 0, -EINPROGRESS, or the failure. */
  int connect(Address address);

  /**
   * Returns the outcome of a connect in progress. Uses a second connect(2), not SO_ERROR (rule 44).
   * 0, -EALREADY while the connect is in progress, or the failure.
   */
  int finishConnect();

  /** Gives up a connect in progress, so that another can begin: connect(2) to AF_UNSPEC. */
  void abandonConnect();

  /**
   * Accepts a connection: accept4(2). Returns null if no connection waits.
   *
   * @throws RefusedException EINVAL if the socket does not listen, or another errno of the kernel
   */
  KernelSocket accept();

  /**
   * Accepts on a separate thread. This is for a listener whose O_NONBLOCK the broker no longer
   * controls: another process may take the connection first, and then accept(2) blocks. Only one
   * call at a time.
   *
   * @param outcome called once on the loop when the thread has returned. After the socket was
   *     closed it is called without a connection and without a refusal
   * @return false if no thread may start now, because of an upgrade
   */
  boolean acceptApart(Accepted outcome);

  /** Receives the outcome of an accept. */
  interface Accepted {
    /**
     * @param taken null if no connection was left
     * @param refusal null, or the kernel's error
     */
    void done(KernelSocket taken, RefusedException refusal);
  }

  /** The file descriptor, which this object owns. */
  int fd();

  /** Sets O_NONBLOCK, which all holders of the fd share. It is initially on. */
  void nonBlocking(boolean on);

  /**
   * Receives into the buffer and advances its writer index. Every call uses MSG_DONTWAIT (rule 46).
   *
   * @param length the maximum number of bytes; the buffer must have room for them
   * @param arrival receives the sender, the full size and any control data
   * @return the number of bytes received, or -errno; 0 at the end of a stream and for an empty
   *     datagram
   */
  int receive(ByteBuf into, int length, boolean peek, Arrival arrival);

  /** Receives the urgent byte. Returns 1, or -EINVAL if there is no urgent byte (rule 47). */
  int receiveUrgent(ByteBuf into, boolean peek);

  /**
   * Peeks at the next byte. Returns 1 if there is a byte or a datagram, 0 at the end of the stream,
   * -EAGAIN if there is nothing yet, or -errno.
   */
  int peek();

  /**
   * Sends the readable bytes of the buffer and advances its reader index by the number of bytes
   * that the kernel took. Every call uses MSG_DONTWAIT and MSG_NOSIGNAL.
   *
   * @param to null for the connected peer
   * @return the number of bytes that the kernel took, or -errno
   */
  int send(ByteBuf from, Address to, boolean urgent);

  /**
   * Says that the effect of a receive or send is known without the log of system calls. Does
   * nothing unless it was the last call.
   *
   * @param index of the first byte that it moved
   */
  void settle(ByteBuf buffer, int index);

  /**
   * Sends the first segments of the queue by one call, on a connection of a stream. The bytes that
   * the kernel took leave the queue, which must not be empty.
   *
   * @return the number of bytes that the kernel took, or -errno
   */
  int send(SendQueue from);

  /** shutdown(2). */
  void shutdown(Direction how);

  /** Reads SO_ERROR, which clears it. Returns 0 or a positive errno. */
  int takeError();

  /**
   * Whether the peer's FIN has arrived, even if the connection has died since. To be called when no
   * data is left and no error is pending. False unless the socket is TCP.
   */
  boolean peerEnded();

  /** SIOCATMARK: whether the next byte is the one after the urgent byte. */
  boolean isAtMark();

  /** SO_OOBINLINE. */
  boolean urgentInline();

  /** SO_RCVLOWAT. */
  long receiveLowWaterMark();

  /** SO_RCVTIMEO in milliseconds, 0 for no limit. */
  long receiveTimeoutMillis();

  /** SO_SNDTIMEO in milliseconds, 0 for no limit. */
  long sendTimeoutMillis();

  /** getsockname(2), or null while the socket has no local address. */
  Address localAddress();

  /** getpeername(2), or null while the socket has no peer. */
  Address peerAddress();

  /**
   * @throws RefusedException ENOPROTOOPT for an unknown name or an option of another kind of socket
   */
  Object getOption(String name);

  /**
   * @return the value read back from the kernel; for a set-only option the value itself
   * @throws RefusedException ENOPROTOOPT as above, EINVAL if the value does not fit the option,
   *     EPERM if it would harm the broker, or another errno of the kernel
   */
  Object setOption(String name, Object value);

  /** Reads an option by number as hexadecimal bytes. EPERM for the options of rule 49. */
  String getOption(int level, int number, int length);

  String setOption(int level, int number, String hex);

  /** Every readable option of this kind of socket by name, in the order of the table. */
  Map<String, Object> options();

  /** Bytes in the receive queue, or the number of connections that wait to be accepted. */
  long queuedIn();

  /** Bytes in the send queue. */
  long queuedOut();

  /**
   * Closes the socket without blocking. A linger time is turned off first; linger (1,0) still
   * resets the connection (rule 16).
   */
  void close();

  /** What a receive returned in addition to the bytes. The same object is reused. */
  final class Arrival {
    /** A datagram's sender, or null. */
    public Address from;

    /** A datagram's full size. */
    public int size;

    /** Null if no option requests control data. */
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
