package dev.sockbroker.protocol.wire;

import dev.sockbroker.protocol.Address;
import dev.sockbroker.protocol.Direction;
import dev.sockbroker.protocol.Event;
import dev.sockbroker.protocol.Family;
import dev.sockbroker.protocol.Lifetime;
import dev.sockbroker.protocol.Message;
import dev.sockbroker.protocol.NetworkEvent;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.ReportKind;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.Right;
import dev.sockbroker.protocol.SocketState;
import dev.sockbroker.protocol.SocketType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/** One message of each type with every field set, as in the golden files. */
final class Samples {
  private static final Address HERE = Address.inet("127.0.0.1", 8080);
  private static final Address THERE = Address.inet("fe80::1%eth0", 40000);
  private static final Address PATH = Address.unix("/run/app.sock");
  private static final Set<Right> SOME = EnumSet.of(Right.RECV, Right.SEND);
  private static final Set<Right> ALL = EnumSet.allOf(Right.class);
  private static final Set<NetworkEvent> EVENTS = EnumSet.allOf(NetworkEvent.class);
  private static final Reply.Registration REGISTRATION =
      new Reply.Registration(42, 3, 4711, 5, EnumSet.of(NetworkEvent.READ), 8);

  private Samples() {}

  /** The class of every message, from the sealed hierarchy and not from the number table. */
  static List<Class<? extends Message>> types() {
    List<Class<? extends Message>> types = new ArrayList<>();
    for (Class<?> group : Message.class.getPermittedSubclasses()) {
      for (Class<?> type : group.getPermittedSubclasses()) {
        types.add(type.asSubclass(Message.class));
      }
    }
    return types;
  }

  static List<Message> all() {
    return Stream.of(requests(), handles(), events(), replies(), views())
        .flatMap(List::stream)
        .toList();
  }

  /** The payload of a message's sample frame. */
  static byte[] payload(Message message) {
    return message instanceof Request.Send
            || message instanceof Request.SendMore
            || message instanceof Reply.Received
        ? new byte[] {'h', 'e', 'l', 'l', 'o', 0, (byte) 0xff}
        : new byte[0];
  }

  private static List<Message> requests() {
    return List.of(
        new Request.Hello(List.of(2, 1), "worker 7", true, Lifetime.PROCESS),
        new Request.Ping(),
        new Request.Open(
            Family.INET,
            SocketType.STREAM,
            6,
            HERE,
            128,
            ordered("SO_REUSEADDR", true, "SO_RCVBUF", 65536L, "SO_LINGER", linger()),
            "web",
            60_000,
            ALL,
            SOME,
            true,
            Address.inet("api.example.org", 443),
            5000L),
        new Request.Attach("web", true),
        new Request.Name(42, "web", 60_000, ALL, SOME),
        new Request.Bind(42, HERE),
        new Request.Listen(42, 128),
        new Request.Connect(42, THERE, 5000L),
        new Request.Accept(42, 5000L, true, 15),
        new Request.Send(42, 1_048_576L, HERE, true, 5000L),
        new Request.SendMore(42),
        new Request.Receive(42, 65536, 5000L, true, true),
        new Request.Shutdown(42, Direction.SEND, 5_000_000_000L),
        new Request.GetOption(42, "SO_RCVBUF", 1, 8, 4),
        new Request.SetOption(42, "SO_LINGER", 1, 13, linger(), 5_000_000_000L),
        new Request.ListOptions(42),
        new Request.AsyncSelect(42, EVENTS, true, 8, true),
        new Request.EventSelect(42, EVENTS, 5, true, 8, true),
        new Request.EnumNetworkEvents(42, 5),
        new Request.Rearm(42, EnumSet.of(NetworkEvent.READ, NetworkEvent.WRITE)));
  }

  private static List<Message> handles() {
    return List.of(
        new Request.CreateEvent(),
        new Request.SetEvent(5),
        new Request.ResetEvent(5),
        new Request.CloseEvent(5),
        new Request.WaitEvents(List.of(5L, 6L), true, 5000L),
        Request.Duplicate.toPid(42, 4711).withRights(SOME).expiringIn(30_000L),
        new Request.Redeem("sb1-6f1d0c"),
        new Request.RevokeToken("sb1-6f1d0c"),
        new Request.RevokeDescriptor(42, true),
        new Request.Cancel(9),
        new Request.Close(42, true),
        new Request.GetAddresses(42),
        new Request.ListDescriptors(17, 42, 4711, "web", 17L, SocketState.LISTENING, 9L),
        new Request.Show("s17"),
        new Request.ShowBroker(),
        new Request.Watch(true),
        new Request.NewFdKey(),
        new Request.FdHello("6f1d0c"),
        new Request.Export(42, true),
        new Request.AttachRing(42, 1_048_576),
        new Request.DetachRing(42),
        new Request.ListSessions(17),
        new Request.EndSession(17),
        new Request.Upgrade(3000L),
        new Request.AttachStream(42),
        new Request.StreamHello("6f1d0c"),
        new Request.DetachStream(42),
        new Request.Reload(true),
        new Request.TestPolicy(
            33, List.of(33L, 50L), List.of("web@1.service"), "listen", "tcp:*:443"),
        new Request.ShowPolicy(33, List.of(33L), List.of("web@1.service"), 2),
        new Request.ListViolations(17, 42),
        new Request.ListNames(17),
        new Request.ReadReport(ReportKind.METRICS, 16_000),
        new Request.StartRecording());
  }

  private static List<Message> events() {
    return List.of(
        new Event.Network(42, NetworkEvent.CLOSE, 104, 8),
        new Event.ObjectSignalled(5),
        new Event.Replaced(42, 8, 4712, 4, true, true),
        new Event.Revoked(42, 4712, 4),
        new Event.SendReady(42, 262_144),
        new Event.RingReady(42),
        new Event.Promoted(42, 9, 8),
        new Event.StandbyEnded(42, 8, 4712, 4),
        new Event.StreamEnded(42, Direction.RECEIVE, 104),
        new Event.Stopping("the broker was told to end"),
        new Event.Happening(
            1_767_225_600_000L, Event.What.DUPLICATED, 17, 42, 3, 4711, "for pid 4712", 2));
  }

  private static List<Message> replies() {
    return List.of(
        new Reply.Error("ETIMEDOUT", 110, "accept on d42: nobody connected in 5000 ms", true),
        new Reply.Done(),
        new Reply.Welcome(
            1,
            3,
            4711,
            1000,
            true,
            "1.0.0",
            new Reply.Limits(1, 2, 3, 4, 5, 1_048_576, 33_554_432)),
        new Reply.Opened(
            42,
            17,
            true,
            Family.INET,
            SocketType.STREAM,
            6,
            SOME,
            HERE,
            THERE,
            1,
            1000L,
            "6f1d0c",
            List.of(new Reply.Ahead(43, 18, HERE, THERE, 2, "0c6f1d"))),
        new Reply.Addresses(HERE, THERE),
        new Reply.Sent(5L),
        new Reply.Received(
            THERE,
            1500,
            new Reply.ControlData(16, 64, "127.0.0.1", 1, 1_767_225_600_000_000_000L, 512)),
        new Reply.Option(linger()),
        new Reply.Options(ordered("SO_KEEPALIVE", false, "TCP_CONGESTION", "cubic")),
        new Reply.Registered(8, 7),
        new Reply.NetworkEvents(
            List.of(
                new Reply.Occurrence(NetworkEvent.READ, 0),
                new Reply.Occurrence(NetworkEvent.CLOSE, 104))),
        new Reply.EventObject(5),
        new Reply.Signalled(List.of(5L, 6L)),
        new Reply.Duplicated("sb1-6f1d0c", "t7", Family.INET, SocketType.STREAM, 6),
        new Reply.Listing(List.of(row()), true, 17, 42));
  }

  private static List<Message> views() {
    return List.of(
        new Reply.Shown(
            17,
            "web",
            1000L,
            Family.UNIX,
            SocketType.STREAM,
            6,
            SocketState.FAILED,
            PATH,
            PATH,
            true,
            "ECONNRESET",
            60_000L,
            ALL,
            SOME,
            1,
            2,
            3000,
            123_456,
            REGISTRATION,
            List.of(row()),
            9,
            List.of(new Reply.TokenInfo("t7", 3, 4711, 4L, 1000L, SOME, 30_000L)),
            10,
            ordered("SO_RCVBUF", 131_072L),
            true,
            20_000L,
            9),
        new Reply.BrokerInfo(
            4000,
            "1.0.0",
            3000,
            1,
            2,
            3,
            4,
            5,
            6,
            7,
            8,
            9,
            10,
            11,
            12,
            13,
            14,
            15,
            16,
            1_767_225_600_000L,
            31_000,
            17,
            4001,
            1_767_225_700_000L,
            45_000,
            3,
            18,
            19,
            20,
            21,
            22,
            23),
        new Reply.FdKey("6f1d0c"),
        new Reply.Ring(1_048_576, true, true),
        new Reply.Sessions(
            List.of(
                new Reply.SessionInfo(
                    17, 4711, 1000, "worker 7", true, true, Lifetime.PROCESS, 1, 2, 3, 4, 5)),
            true),
        new Reply.Upgraded("1.0.0", "1.0.1", 4312, 31_000),
        new Reply.Stream("6f1d0c", true, true),
        new Reply.Reloaded(List.of("web.toml:1: wrong"), List.of("watchdog: later"), 3),
        new Reply.Decision(true, "rule 'web' (web.toml:1)", "no rule allows listen tcp:*:80"),
        new Reply.Rules(List.of("rule 'web' (web.toml:1)\n  for everybody"), true, true),
        new Reply.Violations(
            List.of(new Reply.Violation(42, 17, "web", 3, 4711, 33, "no rule allows it")),
            17,
            42,
            true),
        new Reply.Names(
            List.of(
                new Reply.NameInfo(
                    "web",
                    17,
                    1000L,
                    Family.INET,
                    SocketType.STREAM,
                    SocketState.LISTENING,
                    HERE,
                    1,
                    2,
                    3,
                    4,
                    5,
                    6,
                    128,
                    7,
                    8,
                    9,
                    10,
                    true)),
            true,
            17),
        new Reply.ReportPart("sockbroker_sessions 3\n", true));
  }

  private static Reply.DescriptorInfo row() {
    return new Reply.DescriptorInfo(
        42,
        17,
        "web",
        1000L,
        Family.INET,
        SocketType.STREAM,
        SocketState.CONNECTED,
        HERE,
        THERE,
        3,
        4711,
        1000,
        "worker 7",
        SOME,
        REGISTRATION,
        1,
        2,
        3,
        4,
        3000,
        123_456,
        true,
        1_048_576,
        7,
        true,
        60_000L,
        20_000L,
        9,
        true);
  }

  private static Map<String, Object> linger() {
    return ordered("on", true, "seconds", 5L);
  }

  private static Map<String, Object> ordered(Object... namesAndValues) {
    Map<String, Object> map = new LinkedHashMap<>();
    List<Object> list = Arrays.asList(namesAndValues);
    for (int i = 0; i < list.size(); i += 2) {
      map.put((String) list.get(i), list.get(i + 1));
    }
    return map;
  }
}
