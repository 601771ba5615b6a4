package dev.sockbroker.protocol.wire;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sockbroker.protocol.Direction;
import dev.sockbroker.protocol.Event;
import dev.sockbroker.protocol.Family;
import dev.sockbroker.protocol.Lifetime;
import dev.sockbroker.protocol.Message;
import dev.sockbroker.protocol.NetworkEvent;
import dev.sockbroker.protocol.ReportKind;
import dev.sockbroker.protocol.Right;
import dev.sockbroker.protocol.SocketState;
import dev.sockbroker.protocol.SocketType;
import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Assigned numbers and constants never change; new ones go to the end. */
class MessageTypesTest {
  @Test
  void shouldKeepTheNumberOfEachMessage() {
    String table =
        Samples.types().stream()
            .sorted(Comparator.comparing(MessageTypes::number))
            .map(type -> "%04x %s\n".formatted(MessageTypes.number(type), type.getSimpleName()))
            .collect(Collectors.joining());

    assertThat(table)
        .isEqualTo(
            """
            0001 Hello
            0002 Ping
            0003 Open
            0004 Attach
            0005 Name
            0006 Bind
            0007 Listen
            0008 Connect
            0009 Accept
            000a Send
            000b SendMore
            000c Receive
            000d Shutdown
            000e GetOption
            000f SetOption
            0010 ListOptions
            0011 AsyncSelect
            0012 EventSelect
            0013 EnumNetworkEvents
            0014 Rearm
            0015 CreateEvent
            0016 SetEvent
            0017 ResetEvent
            0018 CloseEvent
            0019 WaitEvents
            001a Duplicate
            001b Redeem
            001c RevokeToken
            001d RevokeDescriptor
            001e Cancel
            001f Close
            0020 GetAddresses
            0021 ListDescriptors
            0022 Show
            0023 ShowBroker
            0024 Watch
            0025 NewFdKey
            0026 FdHello
            0027 Export
            0028 AttachRing
            0029 DetachRing
            002a ListSessions
            002b EndSession
            002c Upgrade
            002d AttachStream
            002e StreamHello
            002f DetachStream
            0030 Reload
            0031 TestPolicy
            0032 ShowPolicy
            0033 ListViolations
            0034 ListNames
            0035 ReadReport
            0036 StartRecording
            4001 Network
            4002 ObjectSignalled
            4003 Replaced
            4004 Revoked
            4005 SendReady
            4006 Stopping
            4007 Happening
            4008 RingReady
            4009 Promoted
            400a StandbyEnded
            400b StreamEnded
            8001 Error
            8002 Done
            8003 Welcome
            8004 Opened
            8005 Addresses
            8006 Sent
            8007 Received
            8008 Option
            8009 Options
            800a Registered
            800b NetworkEvents
            800c EventObject
            800d Signalled
            800e Duplicated
            800f Listing
            8010 Shown
            8011 BrokerInfo
            8012 FdKey
            8013 Ring
            8014 Sessions
            8015 Upgraded
            8016 Stream
            8017 Reloaded
            8018 Decision
            8019 Rules
            801a Violations
            801b Names
            801c ReportPart
            """);
  }

  @Test
  void shouldFindEachMessageByItsNumber() {
    for (Class<? extends Message> type : Samples.types()) {
      assertThat(MessageTypes.message(MessageTypes.number(type))).isEqualTo(type);
    }
    assertThat(MessageTypes.message(0)).isNull();
    assertThat(MessageTypes.message(0xffff)).isNull();
  }

  @Test
  void shouldKeepTheConstantsOfEachEnumeration() {
    String table =
        Stream.of(
                Family.class,
                SocketType.class,
                SocketState.class,
                Direction.class,
                Lifetime.class,
                NetworkEvent.class,
                Right.class,
                Event.What.class,
                ReportKind.class)
            .map(type -> type.getSimpleName() + " " + Arrays.toString(type.getEnumConstants()))
            .collect(Collectors.joining("\n"));

    assertThat(table)
        .isEqualTo(
            """
            Family [INET, INET6, UNIX]
            SocketType [STREAM, DGRAM]
            SocketState [FRESH, BOUND, LISTENING, CONNECTING, CONNECTED, FAILED, ENDED]
            Direction [RECEIVE, SEND, BOTH]
            Lifetime [CONNECTION, PROCESS]
            NetworkEvent [CONNECT, ACCEPT, READ, OOB, WRITE, CLOSE]
            Right [RECV, SEND, ACCEPT, BIND, LISTEN, CONNECT, SHUTDOWN, GETOPT, SETOPT, EVENT, \
            DUPLICATE, EXPORT]
            What [SESSION_STARTED, SESSION_ENDED, OPENED, ATTACHED, ACCEPTED, NAMED, DUPLICATED, \
            REDEEMED, TOKEN_ENDED, REGISTERED, REPLACED, PROMOTED, CANCELLED, REVOKED, EXPORTED, CLOSED, \
            SOCKET_CLOSED, UPGRADED, REFUSED, RELOADED, RECOVERED]
            ReportKind [METRICS, THREADS, LOG, LIMITS, RECORDING]\
            """);
  }
}
