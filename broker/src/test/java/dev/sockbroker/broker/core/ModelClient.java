package dev.sockbroker.broker.core;

import dev.sockbroker.broker.policy.Subject;
import dev.sockbroker.protocol.Event;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A session of the core, and what it was told in this step in the terms of the model. */
final class ModelClient implements SessionProxy {
  private final ModelRig rig;
  Session session;
  final Map<Long, String> replies = new TreeMap<>();
  final Map<Long, Reply> raw = new HashMap<>();
  final Map<Long, List<String>> events = new TreeMap<>();

  /** The request that was answered after an event had already been told; 0 for none. */
  long answeredLate;

  private boolean reading = true;
  private boolean ended;
  private long lastRequest;

  ModelClient(ModelRig rig, int pid) {
    this.rig = rig;
    session = rig.conductor().onConnected(new Identity(pid, 1000), this);
  }

  @Override
  public void reply(long requestId, Reply reply) {
    tell(requestId, reply, text(reply, ""));
  }

  @Override
  public void reply(long requestId, Reply reply, ByteBuf payload, Delivery delivery) {
    tell(requestId, reply, text(reply, payload.toString(StandardCharsets.ISO_8859_1)));
    payload.release();
    done(delivery);
  }

  @Override
  public void reply(long requestId, Reply reply, Delivery delivery) {
    tell(requestId, reply, text(reply, ""));
    done(delivery);
  }

  @Override
  public Subject subject() {
    return Subject.ofUser(session.identity().uid());
  }

  @Override
  public String newFdKey() {
    throw new AssertionError("the model has no fds");
  }

  @Override
  public void checkTakesFds() {
    throw new AssertionError("the model has no fds");
  }

  @Override
  public void pass(long requestId, Passing passing) {
    throw new AssertionError("the model has no fds");
  }

  private void done(Delivery delivery) {
    if (delivery != null) {
      delivery.done(!ended);
    }
  }

  private void tell(long requestId, Reply reply, String text) {
    raw.put(requestId, reply);
    replies.merge(requestId, text, (first, second) -> first + " and " + second);
    if (requestId == lastRequest && !events.isEmpty()) {
      answeredLate = requestId;
    }
  }

  private static String text(Reply reply, String bytes) {
    return switch (reply) {
      case Reply.Error it -> it.error() + (it.timedOut() ? "*" : "");
      case Reply.Received it -> "'" + bytes;
      case Reply.Sent it -> it.count() == null ? "all" : String.valueOf(it.count());
      case Reply.Opened it -> {
        StringBuilder opened = new StringBuilder("opened #" + it.registration());
        if (it.ahead() != null) {
          it.ahead().forEach(one -> opened.append(" ahead #").append(one.registration()));
        }
        yield opened.toString();
      }
      case Reply.Option it -> "=" + it.value();
      case Reply.Registered it ->
          "#" + it.number() + (it.cancelled() == 0 ? "" : " cancelled " + it.cancelled());
      case Reply.NetworkEvents it -> {
        StringBuilder record = new StringBuilder("[");
        it.events().forEach(one -> record.append(Model.text(one.event(), one.error())));
        yield record.toString();
      }
      default -> "ok";
    };
  }

  @Override
  public void event(long requestId, Event event) {
    switch (event) {
      case Event.Network it ->
          tell(it.descriptor(), Model.text(it.event(), it.error()) + "#" + it.number());
      case Event.ObjectSignalled it -> tell(-it.object(), "SIGNALLED");
      case Event.Replaced it ->
          tell(
              it.descriptor(),
              "REPLACED "
                  + it.number()
                  + " by "
                  + it.session()
                  + (it.cancelled() ? " cancelled" : "")
                  + (it.standby() ? " stands by" : ""));
      case Event.Promoted it ->
          tell(it.descriptor(), "PROMOTED " + it.number() + " from " + it.formerNumber());
      case Event.StandbyEnded it ->
          tell(it.descriptor(), "STANDBY_ENDED " + it.number() + " by " + it.session());
      default -> tell(0, event.toString());
    }
  }

  private void tell(long about, String text) {
    events.computeIfAbsent(about, it -> new ArrayList<>()).add(text);
  }

  @Override
  public boolean isWritable() {
    return reading && !ended;
  }

  @Override
  public void flush() {}

  @Override
  public void close() {
    ended = true;
  }

  void reading(boolean on) {
    reading = on;
    if (on) {
      rig.run(() -> rig.conductor().onWritable(session));
    }
  }

  void end() {
    ended = true;
    rig.run(() -> rig.conductor().onEnded(session));
  }

  /** Sends a request without waiting. Returns its id. */
  long ask(Request request) {
    return ask(request, "");
  }

  long ask(Request request, String payload) {
    long id = ++lastRequest;
    rig.run(
        () -> {
          ByteBuf bytes = Unpooled.EMPTY_BUFFER;
          if (!payload.isEmpty()) {
            bytes = rig.buffer(payload.length());
            bytes.writeCharSequence(payload, StandardCharsets.ISO_8859_1);
          }
          rig.conductor().onRequest(session, id, 0, request, bytes);
          bytes.release();
        });
    return id;
  }

  /** How many requests were sent. */
  long asked() {
    return lastRequest;
  }

  void forget() {
    replies.clear();
    raw.clear();
    events.clear();
    answeredLate = 0;
  }
}
