package dev.sockbroker.system.fuzz;

import dev.sockbroker.protocol.Message;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.wire.FrameCodec;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** One session from the hello to its end, which is clean, abrupt, or caused by another actor. */
final class Life {
  private static final String ADMINISTRATOR = "{\"versions\":[1],\"administrator\":true}";

  private final Storm storm;
  private final Journal journal;
  private final Dice dice;
  private final Known known;
  private final Grammar grammar;
  private final Ledger ledger;
  private final Body body;
  private final int uid;

  /** It has done something that ends, or may end, a session. */
  private boolean reckless;

  Life(Storm storm, Journal journal, Dice dice, int uid) throws IOException {
    this.storm = storm;
    this.journal = journal;
    this.dice = dice;
    this.uid = uid;
    known = new Known(storm.shared());
    grammar = new Grammar(dice, known, storm.addresses(), storm.options());
    ledger = new Ledger(known, journal::wrong);
    body = new Body(storm.script(), storm.socket(), uid, ledger::onBytes);
    known.shared().add(Shared.Kind.PID, (int) body.pid());
  }

  /**
   * @param end of the storm
   */
  void live(End end) throws IOException, InterruptedException {
    try (body) {
      if (dice.oneIn(40)) {
        fire(grammar.any());
        return;
      }
      boolean administrator = uid < 0 && dice.oneIn(6);
      Shot hello =
          administrator
              ? grammar.exactly(Request.Hello.class, 0, ADMINISTRATOR)
              : grammar.exactly(Request.Hello.class, 0, hello());
      if (!(ask(hello) instanceof Reply.Welcome)) {
        return;
      }
      for (int step = 4 + dice.below(40); step > 0 && !end.isReached(); step--) {
        step(end);
      }
      end();
    }
  }

  private String hello() {
    return "{\"versions\":[1],\"client\":\"fuzz\",\"lifetime\":\""
        + dice.of("CONNECTION", "CONNECTION", "PROCESS")
        + "\"}";
  }

  private void step(End end) throws IOException, InterruptedException {
    switch (dice.below(20)) {
      case 0 -> burst(200 + dice.below(4000), grammar.any().type());
      case 1, 2 -> connection();
      case 3, 4, 5 -> ring();
      case 6, 7 -> useRing();
      case 8 -> misuseFdConnection();
      case 9 -> body.deaf(dice.below(1500));
      case 10 -> end.idle(dice.below(100));
      case 11 -> stop();
      default -> requests(1 + dice.below(40));
    }
  }

  private void stop() throws IOException, InterruptedException {
    if (dice.oneIn(4)) {
      body.pause(dice.below(400));
    }
  }

  private void requests(int count) {
    for (int i = 0; i < count; i++) {
      fire(grammar.any());
    }
  }

  /** Thousands of requests in one write, nearly all of one type. */
  private void burst(int count, Class<? extends Request> type) {
    ByteArrayOutputStream frames = new ByteArrayOutputStream();
    for (int i = 0; i < count; i++) {
      Shot shot = type == null || dice.oneIn(50) ? grammar.any() : grammar.of(type);
      note(shot);
      frames.writeBytes(shot.frame());
    }
    body.send(frames.toByteArray());
  }

  /** A connection to one of the peers, opened by the peer, or 0. */
  private long connection() throws InterruptedException {
    String host = dice.of("127.0.0.1", "::1");
    int how = dice.below(8);
    Reply opened = ask(grammar.exactly(Request.Open.class, 0, listener(host)));
    if (!(opened instanceof Reply.Opened listener)) {
      return 0;
    }
    storm.peers().connect(listener.local().port(), host, how);
    Reply accepted =
        ask(
            grammar.exactly(
                Request.Accept.class, listener.descriptor(), "{\"timeoutMillis\":1000}"));
    fire(grammar.exactly(Request.Close.class, listener.descriptor(), "{}"));
    return accepted instanceof Reply.Opened connection ? connection.descriptor() : 0;
  }

  private static String listener(String host) {
    return "{\"family\":\"%s\",\"type\":\"STREAM\",\"bind\":{\"host\":\"%s\",\"port\":0},"
            .formatted(host.equals("::1") ? "INET6" : "INET", host)
        + "\"backlog\":5,\"options\":{\"SO_SNDBUF\":4096}}";
  }

  /** A connection with a full send ring, and requests that wait behind the bytes. */
  private void ring() throws InterruptedException {
    connectForFds();
    long descriptor = connection();
    int bytes = 1 << 12 + dice.below(9);
    Reply ring =
        ask(grammar.exactly(Request.AttachRing.class, descriptor, "{\"bytes\":" + bytes + "}"));
    if (!(ring instanceof Reply.Ring)) {
      return;
    }
    body.ring("put " + bytes);
    if (dice.oneIn(2)) {
      int position = bytes - dice.below(100);
      holdMany(descriptor, position);
    } else if (dice.oneIn(2)) {
      int held = dice.oneIn(2) ? 3000 : 20;
      Class<? extends Request> type = grammar.any().type();
      fire(heldBehind(descriptor, bytes - dice.below(100)));
      burstOn(descriptor, held, type);
    }
  }

  /** As many valid waiting requests as a session may have, then the end. */
  private void holdMany(long descriptor, int position) {
    ByteArrayOutputStream frames = new ByteArrayOutputStream();
    int count = dice.of(1, 50, 3500, 4000);
    for (int i = 0; i < count; i++) {
      Shot shot = heldBehind(descriptor, position);
      note(shot);
      frames.writeBytes(shot.frame());
    }
    Shot close = grammar.exactly(Request.Close.class, descriptor, "{}");
    if (dice.oneIn(2)) {
      note(close);
      frames.writeBytes(close.frame());
    }
    body.send(frames.toByteArray());
  }

  private Shot heldBehind(long descriptor, int position) {
    return grammar.exactly(
        Request.SetOption.class,
        descriptor,
        "{\"option\":\"TCP_NODELAY\",\"value\":true,\"position\":" + position + "}");
  }

  private void burstOn(long descriptor, int count, Class<? extends Request> type) {
    ByteArrayOutputStream frames = new ByteArrayOutputStream();
    for (int i = 0; i < count; i++) {
      Shot drawn = type == null || dice.oneIn(20) ? grammar.any() : grammar.of(type);
      Shot shot =
          new Shot(
              drawn.type(),
              drawn.number(),
              drawn.requestId(),
              descriptor,
              drawn.json(),
              drawn.payload());
      note(shot);
      frames.writeBytes(shot.frame());
    }
    body.send(frames.toByteArray());
  }

  private void connectForFds() throws InterruptedException {
    String others = "" + dice.recent(known.shared().of(Shared.Kind.KEY), "none");
    boolean wrong = dice.oneIn(12);
    if (ask(grammar.exactly(Request.NewFdKey.class, 0, "{}")) instanceof Reply.FdKey it) {
      body.connectForFds(frame(new Request.FdHello(wrong ? others : it.key())));
    }
  }

  private static byte[] frame(Message message) {
    ByteBuffer frame = new FrameCodec().encode(1, message, 0);
    byte[] bytes = new byte[frame.remaining()];
    frame.get(bytes);
    return bytes;
  }

  private void useRing() {
    String action =
        switch (dice.below(10)) {
          case 0, 1, 2 -> "put " + dice.below(1 << 20);
          case 3, 4, 5 -> "take " + dice.below(1 << 20);
          case 6 -> "bell " + dice.of("1", "18446744073709551614", "18446744073709551613");
          case 7 -> "blocking " + dice.below(2);
          case 8 -> "word " + dice.any() % 100_000 + " " + dice.of(80, 136, 200, 272);
          default -> dice.oneIn(2) ? "scribble " + dice.any() : wrongPosition();
        };
    reckless |= action.startsWith("scribble") || action.startsWith("word");
    body.ring(action);
  }

  private String wrongPosition() {
    return "word " + dice.of("-1", "1", "9223372036854775807", "4000000") + " " + dice.of(128, 192);
  }

  private void misuseFdConnection() throws InterruptedException {
    switch (dice.below(4)) {
      case 0 -> body.sendWhereOnlyFdsGo(dice.bytes(dice.below(5000)));
      case 1 -> body.closeFdConnection();
      case 2 -> body.leaveFds(dice.below(2000));
      default -> connectForFds();
    }
  }

  private void end() throws IOException, InterruptedException {
    switch (dice.below(10)) {
      case 0, 1 -> body.close();
      case 2 -> body.exit();
      case 3 -> body.halfClose();
      case 4 -> endBadly();
      default -> settle();
    }
  }

  /** An invalid frame or half a frame, which ends the session. */
  private void endBadly() throws InterruptedException {
    byte[] frame = grammar.any().frame();
    int cut = dice.below(frame.length);
    if (dice.oneIn(2)) {
      body.send(Arrays.copyOf(frame, cut));
    } else {
      frame[dice.of(0, 1, 2, 3, 24, 25)] ^= (byte) 0x81;
      body.send(frame);
    }
    body.exit();
  }

  /** Ends all waiting requests, and checks that each one is answered once. */
  private void settle() throws InterruptedException {
    int tries = 0;
    while (!ledger.awaitAllAnswered(2000) && tries++ < 20) {
      for (long id : ledger.unanswered()) {
        fire(
            grammar.exactly(
                Request.Cancel.class, 0, "{\"request\":" + Long.toUnsignedString(id) + "}"));
      }
    }
    if (tries > 20) {
      journal.wrong("requests without a reply: " + ledger.unansweredForPeople());
    } else if (ledger.hasEnded() && !reckless && !storm.isEndedByAdministrator(known.session())) {
      journal.wrong("its session ended, and it had done nothing wrong: " + ledger.ending());
    }
  }

  private void fire(Shot shot) {
    note(shot);
    body.send(shot.frame());
  }

  private Reply ask(Shot shot) throws InterruptedException {
    journal.sent(shot);
    ledger.askedAndAwaited(shot);
    body.send(shot.frame());
    return ledger.answer(shot, 20);
  }

  private void note(Shot shot) {
    journal.sent(shot);
    storm.sent(shot);
    ledger.asked(shot);
  }
}
