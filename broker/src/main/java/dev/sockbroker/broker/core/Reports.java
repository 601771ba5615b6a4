package dev.sockbroker.broker.core;

import dev.sockbroker.broker.kernel.RefusedException;
import dev.sockbroker.protocol.Errno;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.ReportKind;
import dev.sockbroker.protocol.Request;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Reports for operators, read in parts. Reading the first part writes the report, outside the loop
 * if that takes time. The session keeps it until its last part has been read. Loop thread only.
 */
public final class Reports {
  /** The size of a part in characters. JSON can need six bytes for each. */
  private static final int PART_CHARACTERS = 16_000;

  private static final int BYTES_PER_CHARACTER = 6;

  /** Room for the rest of the frame. */
  private static final int HEADER_BYTES = 512;

  private final Environment environment;
  private final SocketTable sockets;
  private final Upgrades upgrades;

  /** Requests whose reports are being written. */
  private final Map<Session, DeferredReply> asked = new HashMap<>();

  /** The session that started the last recording; null once it has ended. */
  private Session recordedBy;

  /** Reports that have not been read completely. */
  private final Map<Session, Kept> kept = new HashMap<>();

  /** Null until the broker serves. */
  private Writer writer;

  Reports(Environment environment, SocketTable sockets, Upgrades upgrades) {
    this.environment = environment;
    this.sockets = sockets;
    this.upgrades = upgrades;
  }

  /** Makes the text of a report. A seam of this package. */
  public interface Writer {
    /**
     * @param done called with the text, on the loop, in this task or a later one
     * @param refused called instead if the report cannot be written, with the reason
     */
    void write(ReportKind kind, Consumer<String> done, Consumer<RefusedException> refused);

    /**
     * Begins to record.
     *
     * @throws RefusedException EALREADY if it does already
     */
    void record();

    /** Discards the recording. */
    void discardRecording();
  }

  private record Kept(ReportKind kind, String text) {}

  public void writtenBy(Writer its) {
    writer = its;
  }

  /** Refuses all pending reports, because an upgrade is starting and does not wait for them. */
  void giveUp() {
    List<DeferredReply> waiting = List.copyOf(asked.values());
    asked.clear();
    waiting.forEach(it -> it.refuse(duringUpgrade()));
  }

  private static RefusedException duringUpgrade() {
    return new RefusedException(Errno.EAGAIN, "an upgrade is running; ask the new broker");
  }

  void onStartRecording(Call call) {
    call.session().checkAdministrator("record");
    checkStarted();
    writer.record();
    recordedBy = call.session();
    call.reply(new Reply.Done());
  }

  void onRead(Call call, Request.ReadReport read) {
    if (read.kind() != ReportKind.METRICS) {
      call.session().checkAdministrator("read this report");
    } else if (!Sight.isOfEverything(call.session(), sockets.policy())) {
      throw new RefusedException(
          Errno.EPERM, "only those who see everything may see what the broker counts");
    }
    if (read.offset() == 0) {
      begin(call, read.kind());
    } else {
      goOn(call, read);
    }
  }

  private void checkStarted() {
    if (writer == null) {
      throw new RefusedException(Errno.EAGAIN, "the broker is starting; try again");
    }
  }

  private void begin(Call call, ReportKind kind) {
    Session session = call.session();
    if (asked.containsKey(session)) {
      throw new RefusedException(Errno.EALREADY, "this session is waiting for a report");
    } else if (upgrades.isRunning()) {
      throw duringUpgrade();
    }
    checkStarted();
    forget(session);
    DeferredReply reply = new DeferredReply(call);
    reply.begin();
    asked.put(session, reply);
    writer.write(kind, text -> written(reply, kind, text), why -> refused(reply, why));
  }

  private void written(DeferredReply reply, ReportKind kind, String text) {
    Session session = reply.session();
    if (!asked.remove(session, reply) || reply.isOver()) {
      return;
    }
    try {
      int size = partSize();
      if (text.length() > size) {
        session.account().check(Resource.BUFFERED_BYTES, text.length());
        session.account().force(Resource.BUFFERED_BYTES, text.length());
        kept.put(session, new Kept(kind, text));
      }
      reply.reply(part(text, 0, size));
    } catch (RefusedException e) {
      reply.refuse(e);
    }
  }

  private void refused(DeferredReply reply, RefusedException why) {
    if (asked.remove(reply.session(), reply)) {
      reply.refuse(why);
    }
  }

  private void goOn(Call call, Request.ReadReport read) {
    Kept report = kept.get(call.session());
    if (report == null
        || report.kind() != read.kind()
        || read.offset() < 0
        || read.offset() >= report.text().length()) {
      throw new RefusedException(
          Errno.EINVAL, "there is no such part of that report; begin with offset 0");
    }
    Reply.ReportPart part = part(report.text(), read.offset(), partSize());
    if (!part.more()) {
      forget(call.session());
    }
    call.reply(part);
  }

  private int partSize() {
    int fit = environment.limits().frameBytes() - HEADER_BYTES;
    return Math.max(1, Math.min(PART_CHARACTERS, fit / BYTES_PER_CHARACTER));
  }

  /** A part never ends inside a surrogate pair. */
  private static Reply.ReportPart part(String text, int offset, int size) {
    int end = Math.min(text.length(), offset + size);
    if (end < text.length() && Character.isHighSurrogate(text.charAt(end - 1))) {
      end--;
    }
    return new Reply.ReportPart(text.substring(offset, end), end < text.length());
  }

  /** Discards the report and the recording of a session that has ended. */
  void onEnded(Session session) {
    forget(session);
    if (recordedBy == session) {
      recordedBy = null;
      writer.discardRecording();
    }
  }

  /** Discards a session's report. */
  private void forget(Session session) {
    Kept report = kept.remove(session);
    if (report != null) {
      session.account().release(Resource.BUFFERED_BYTES, report.text().length());
    }
  }
}
