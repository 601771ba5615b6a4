package dev.sockbroker.broker.os;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.sockbroker.protocol.Errno;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.List;

/**
 * The system calls since the last commit that have moved something. Each is noted before it is
 * made. The kernel itself writes its result there (recvmmsg(2) and sendmmsg(2) with one message),
 * so there is no moment in which a call has had its effect and nobody knows: if the process is
 * killed, the kernel still finishes the call. Loop thread only.
 */
public final class CallLog {
  /** How many calls fit. Between two tasks of the loop there are far fewer. */
  private static final int CALLS_MAX = 64 << 10;

  /** How many calls make a commit due. So few stay in the CPU's cache. */
  private static final int CALLS_DUE = 64;

  static final int CALL_BYTES = 1024;

  // the head of the log
  private static final int COUNT = 0;
  private static final int COMMIT = 8;
  private static final int FIRST = 64;

  // one call
  private static final int KIND = 0;
  private static final int FD = 4;
  private static final int MEMORY = 8;

  /** The session on whose behalf it is made, or how much input the answers are to. */
  private static final int SESSION = 16;

  private static final int REQUEST = 24;

  private static final int ROOM = 36;

  /** The new descriptor of an accept, or -1. */
  private static final int ACCEPTED = 32;

  /** The size of a struct msghdr. */
  private static final int HEADER_BYTES = 56;

  /** A struct mmsghdr. */
  static final int MESSAGE = 64;

  /** msg_len of the struct mmsghdr. */
  static final int LENGTH = MESSAGE + 56;

  static final int NAME = 128;
  static final int NAME_ROOM = 128;
  static final int CONTROL = 256;
  static final int CONTROL_ROOM = 512;

  /** The length before the kernel has written one. */
  private static final int NOT_MADE = -1;

  /** What a call does. */
  public enum Kind {
    RECEIVE,
    SEND,
    ACCEPT,
    /** A send of replies to a client whose record does not know of them. */
    ANSWER
  }

  private static final VarHandle WORD = JAVA_LONG.varHandle();

  private final KeptMemory kept;
  private final MemorySegment log;
  private long session;
  private long request;
  private boolean answers;
  private long handled;
  private int count;
  private Runnable onDue = () -> {};

  CallLog(KeptMemory kept) {
    this.kept = kept;
    log = kept.memory().asSlice(KeptMemory.CALLS_AT, FIRST + (long) CALLS_MAX * CALL_BYTES);
  }

  /** Sets what runs when a commit should follow soon. */
  void onDue(Runnable task) {
    onDue = task;
  }

  /** Sets on behalf of which request the next calls are made; 0 and 0 for none. */
  void onBehalfOf(long ofSession, long ofRequest) {
    session = ofSession;
    request = ofRequest;
  }

  /**
   * Marks the next send as the reply to requests.
   *
   * @param ofHandled the size of these requests in bytes
   */
  void answering(long ofHandled) {
    answers = true;
    handled = ofHandled;
  }

  /**
   * Notes a call that is about to be made.
   *
   * @param memory the address of the bytes that it moves
   * @param room how many there may be, 0 if they are not in one piece
   * @return where the call is in {@link #memory}
   */
  long begin(Kind kind, int fd, long memory, int room) {
    if (count == CALLS_MAX) {
      throw new IllegalStateException("more than " + CALLS_MAX + " calls without a commit");
    }
    long at = FIRST + (long) count * CALL_BYTES;
    boolean isAnswer = answers && kind == Kind.SEND;
    answers = false;
    log.set(JAVA_INT, at + KIND, (isAnswer ? Kind.ANSWER : kind).ordinal());
    log.set(JAVA_INT, at + FD, fd);
    log.set(JAVA_LONG, at + MEMORY, memory - kept.memory().address());
    log.set(JAVA_LONG, at + SESSION, isAnswer ? handled : session);
    log.set(JAVA_LONG, at + REQUEST, request);
    log.set(JAVA_INT, at + ROOM, room);
    log.set(JAVA_INT, at + ACCEPTED, -1);
    log.set(JAVA_INT, at + LENGTH, NOT_MADE);
    count++;
    if (count == CALLS_DUE) {
      onDue.run();
    }
    // Only now, because a call counts as soon as it is counted.
    log.set(JAVA_LONG, COMMIT, kept.commit());
    WORD.setRelease(log, (long) COUNT, (long) count);
    return at;
  }

  /** The address of the struct mmsghdr of a call. */
  long message(long at) {
    return log.address() + at + MESSAGE;
  }

  /** Returns the length that the kernel has written for a call. */
  int length(long at) {
    return log.get(JAVA_INT, at + LENGTH);
  }

  /** Removes the last call, which has had no effect. */
  void settle() {
    count--;
    log.set(JAVA_LONG, COUNT, count);
  }

  /** Removes the last call if it has moved these bytes, because its effect is known. */
  void settle(int fd, long memory) {
    long at = FIRST + (count - 1L) * CALL_BYTES;
    if (count > 0
        && log.get(JAVA_INT, at + FD) == fd
        && log.get(JAVA_LONG, at + MEMORY) == memory - kept.memory().address()) {
      settle();
    }
  }

  /** Notes what an accept has returned. */
  void accepted(int fd) {
    log.set(JAVA_INT, FIRST + (count - 1L) * CALL_BYTES + ACCEPTED, fd);
  }

  /** Sends a message and notes it: sendmsg(2) with a struct msghdr. Returns 1 or -errno. */
  int send(SystemCalls system, int fd, MemorySegment header, int flags) {
    long at = begin(Kind.SEND, fd, kept.memory().address(), 0);
    MemorySegment.copy(header, 0, log, at + MESSAGE, HEADER_BYTES);
    int answer = system.sendmmsg(fd, message(at), flags);
    if (answer < 1) {
      settle();
      return answer == 0 ? -Errno.EAGAIN : answer;
    }
    return answer;
  }

  // ---- reading the log of another broker

  /** Returns where the calls are that came after the last commit. */
  List<Long> sinceLastCommit() {
    List<Long> all = new ArrayList<>();
    if (log.get(JAVA_LONG, COMMIT) == kept.commit()) {
      long made = Math.min(CALLS_MAX, log.get(JAVA_LONG, COUNT));
      for (long i = 0; i < made; i++) {
        all.add(FIRST + i * CALL_BYTES);
      }
    }
    return all;
  }

  boolean isLast(long at) {
    return at == FIRST + (log.get(JAVA_LONG, COUNT) - 1) * CALL_BYTES;
  }

  Kind kind(long at) {
    return Kind.values()[log.get(JAVA_INT, at + KIND)];
  }

  int fd(long at) {
    return log.get(JAVA_INT, at + FD);
  }

  /** Where the bytes are, relative to the beginning of the kept memory. */
  long place(long at) {
    return log.get(JAVA_LONG, at + MEMORY);
  }

  /** How much room there was for the bytes. */
  int room(long at) {
    return log.get(JAVA_INT, at + ROOM);
  }

  /** The session on whose behalf it was made, or how much input the answers are to. */
  long session(long at) {
    return log.get(JAVA_LONG, at + SESSION);
  }

  long request(long at) {
    return log.get(JAVA_LONG, at + REQUEST);
  }

  int acceptedAt(long at) {
    return log.get(JAVA_INT, at + ACCEPTED);
  }

  /** Whether a commit should follow soon. */
  boolean isDue() {
    return count >= CALLS_DUE;
  }

  /** To be called after a commit, which contains the effects of all calls. */
  void onCommit() {
    count = 0;
    log.set(JAVA_LONG, COUNT, 0);
  }

  MemorySegment memory() {
    return log;
  }
}
