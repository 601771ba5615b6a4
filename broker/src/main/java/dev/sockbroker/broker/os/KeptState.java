package dev.sockbroker.broker.os;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.sockbroker.broker.kernel.KernelSocket.Arrival;
import dev.sockbroker.broker.kernel.Ledger;
import dev.sockbroker.broker.state.EntityFormat;
import dev.sockbroker.broker.state.SavedConnection;
import dev.sockbroker.broker.state.SavedDescriptor;
import dev.sockbroker.broker.state.SavedDoor;
import dev.sockbroker.broker.state.SavedOperation;
import dev.sockbroker.broker.state.SavedProcess;
import dev.sockbroker.broker.state.SavedSession;
import dev.sockbroker.broker.state.SavedSocket;
import dev.sockbroker.broker.state.SavedStream;
import dev.sockbroker.broker.state.SavedToken;
import dev.sockbroker.broker.state.UnreadableStateException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a killed broker has left: the records of its last commit, and the system calls after it.
 * Reading takes all files that the records refer to out of the holder. It changes nothing there.
 */
public final class KeptState {
  private static final int SIZE_MASK = 0x3f;

  private final KeptMemory kept;
  private final MemorySegment memory;
  private final HeldFiles files;
  private final ByteBufAllocator buffers;

  /** The descriptors of this process, by those of the other. */
  private final Map<Integer, Integer> taken = new HashMap<>();

  private final Map<Ledger.Kind, TreeMap<Long, Record>> records = new HashMap<>();
  private final List<Call> calls = new ArrayList<>();

  /**
   * A system call since the last commit that has moved something, or may have accepted a client.
   *
   * @param fd of this process, -1 if it is not of the state
   * @param bytes what was received, or the rest of an answer that was not sent; null if it is not
   *     in the kept memory, or for another call
   * @param place where the bytes are in the kept memory, -1 elsewhere
   * @param length how many bytes were moved
   * @param accepted of this process, or -1
   * @param session on whose behalf it was made, 0 for none, like the request. For an answer, the
   *     number of bytes that were handled since the record of its client
   */
  public record Call(
      CallLog.Kind kind,
      int fd,
      long place,
      ByteBuf bytes,
      int length,
      int accepted,
      long session,
      long request,
      Arrival arrival) {}

  private KeptState(KeptMemory kept, HeldFiles files, ByteBufAllocator buffers) {
    this.kept = kept;
    this.files = files;
    this.buffers = buffers;
    memory = kept.memory();
    for (Ledger.Kind kind : Ledger.Kind.values()) {
      records.put(kind, new TreeMap<>());
    }
  }

  /**
   * Reads everything.
   *
   * @param buffers for the bytes in the state
   * @throws UnreadableStateException if it is damaged, or of another version
   * @throws IOException if a file cannot be taken
   */
  public static KeptState read(KeptMemory kept, HeldFiles files, ByteBufAllocator buffers)
      throws IOException, UnreadableStateException {
    if (!kept.isMarked()) {
      throw new IOException("its memory is damaged");
    }
    KeptState state = new KeptState(kept, files, buffers);
    try {
      state.readRecords();
      state.readCalls();
      return state;
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  /** The records of one kind, by the ids of their entities. */
  public <T extends Record> TreeMap<Long, T> all(Ledger.Kind kind, Class<T> type) {
    TreeMap<Long, T> all = new TreeMap<>();
    records.get(kind).forEach((id, it) -> all.put(id, type.cast(it)));
    return all;
  }

  /** The calls since the last commit, in their order. */
  public List<Call> calls() {
    return calls;
  }

  public Ledger.Ids ids() {
    long at = KeptMemory.IDS_AT;
    return new Ledger.Ids(
        word(at), word(at + 8), word(at + 16), word(at + 24), word(at + 32), word(at + 40));
  }

  private long word(long at) {
    return memory.get(JAVA_LONG, at);
  }

  // ---- records

  private void readRecords() throws UnreadableStateException {
    long last = kept.commit();
    Map<Long, Long> newest = new HashMap<>();
    for (int i = 0; i < KeptMemory.EXTENTS_MAX; i++) {
      long extent = word(KeptMemory.EXTENTS_AT + 8L * i);
      if (extent == 0) {
        break;
      }
      scan(extent & ~SIZE_MASK, (int) (extent & SIZE_MASK), last, newest);
    }
    for (long at : newest.values()) {
      if (memory.get(JAVA_INT, at + KeptRecords.LENGTH) != KeptRecords.GONE) {
        read(at);
      }
    }
  }

  /** Finds the newest valid record of each entity. */
  private void scan(long begin, int size, long last, Map<Long, Long> newest) {
    long end = begin + (1L << Math.max(size, KeptRecords.EXTENT));
    for (long at = begin; at < end; at += 1L << size) {
      long commit = word(at + KeptRecords.COMMIT);
      if (commit == 0 || commit > last) {
        continue;
      }
      long key = word(at + KeptRecords.KEY);
      Long other = newest.get(key);
      if (other == null || word(other + KeptRecords.COMMIT) < commit) {
        newest.put(key, at);
      }
    }
  }

  private void read(long at) throws UnreadableStateException {
    long key = word(at + KeptRecords.KEY);
    int length = memory.get(JAVA_INT, at + KeptRecords.LENGTH);
    ByteBuf in =
        Unpooled.wrappedBuffer(memory.asSlice(at + KeptRecords.RECORD, length).asByteBuffer());
    Ledger.Kind kind = KeptRecords.kind(key);
    Record record = EntityFormat.read(type(kind), in, kept, this::take, buffers, kept.version());
    records.get(kind).put(KeptRecords.id(key), record);
  }

  private static Class<? extends Record> type(Ledger.Kind kind) {
    return switch (kind) {
      case SESSION -> SavedSession.class;
      case SOCKET -> SavedSocket.class;
      case DESCRIPTOR -> SavedDescriptor.class;
      case TOKEN -> SavedToken.class;
      case PROCESS -> SavedProcess.class;
      case CONNECTION -> SavedConnection.class;
      case OPERATION -> SavedOperation.class;
      case STREAM -> SavedStream.class;
      case DOOR -> SavedDoor.class;
    };
  }

  private int take(int number) {
    try {
      int fd = files.take(number);
      // Several connections share the watch of their process, and each needs its own from now on.
      taken.putIfAbsent(number, fd);
      return fd;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  // ---- calls

  private void readCalls() {
    CallLog log = new CallLog(kept);
    MessageReceiver messages =
        new MessageReceiver(
            new SystemCalls(), new SocketAddresses(new NetworkInterfaces(new SystemCalls())), log);
    for (long at : log.sinceLastCommit()) {
      Call call = read(log, messages, at);
      if (call != null) {
        calls.add(call);
      }
    }
  }

  /**
   * Takes an accepted connection.
   *
   * @param number of the other process, -1 if it could not be noted
   */
  private int accepted(int number, int listener) {
    if (number >= 0) {
      return take(number);
    }
    try {
      int own = taken.getOrDefault(listener, -1);
      return own < 0 ? -1 : new LostAccept(files).take(taken.keySet(), own);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Returns null if the call has had no effect. */
  private Call read(CallLog log, MessageReceiver messages, long at) {
    CallLog.Kind kind = log.kind(at);
    int length = log.length(at);
    int accepted = log.acceptedAt(at);
    if (kind == CallLog.Kind.ACCEPT ? accepted < 0 && !log.isLast(at) : length < 0) {
      return null;
    }
    long place = log.place(at);
    boolean inside = place >= KeptMemory.HEAP_AT && place < memory.byteSize();
    Arrival arrival = null;
    ByteBuf bytes = null;
    if (kind == CallLog.Kind.RECEIVE) {
      arrival = messages.arrival(at, length);
      if (inside) {
        int there = Math.min(length, log.room(at));
        bytes = buffers.directBuffer(there);
        kept.read(place, there, bytes);
      }
    } else if (kind == CallLog.Kind.ANSWER && inside) {
      int rest = Math.max(0, log.room(at) - length);
      bytes = buffers.directBuffer(rest);
      kept.read(place + length, rest, bytes);
    }
    return new Call(
        kind,
        taken.getOrDefault(log.fd(at), -1),
        inside ? place : -1,
        bytes,
        length,
        kind == CallLog.Kind.ACCEPT ? accepted(accepted, log.fd(at)) : -1,
        log.session(at),
        log.request(at),
        arrival);
  }
}
