package dev.sockbroker.client;

import dev.sockbroker.protocol.Address;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.Right;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Function;

/** Turns what the broker says of itself and its sockets into the library's own types. */
final class Infos {
  private Infos() {}

  static SessionLimits of(Reply.Limits limits) {
    return new SessionLimits(
        limits.frameBytes(),
        limits.descriptors(),
        limits.tokens(),
        limits.eventObjects(),
        limits.waitingOperations(),
        limits.bufferedBytes(),
        limits.ringBytes());
  }

  static List<DescriptorInfo> descriptors(List<Reply.DescriptorInfo> rows) {
    return list(rows, Infos::of);
  }

  private static DescriptorInfo of(Reply.DescriptorInfo row) {
    return new DescriptorInfo(
        row.id(),
        socket(row),
        row.session(),
        row.pid(),
        row.uid(),
        row.client(),
        Rights.of(row.rights()),
        row.queuedIn(),
        row.queuedOut(),
        row.bytesIn(),
        row.bytesOut(),
        Duration.ofMillis(row.ageMillis()),
        row.exported(),
        row.ringBytes(),
        row.standby(),
        row.stream());
  }

  private static SocketInfo socket(Reply.DescriptorInfo row) {
    return new SocketInfo(
        row.socket(),
        row.name(),
        uid(row.ownerUid()),
        row.family(),
        row.type(),
        row.state(),
        Addresses.toJdk(row.local()),
        Addresses.toJdk(row.peer()),
        row.inode(),
        row.listener(),
        of(row.registration()),
        row.unattended(),
        duration(row.retainMillis()),
        duration(row.closesInMillis()));
  }

  static SocketDetails of(Reply.Shown shown) {
    return new SocketDetails(
        socket(shown),
        shown.protocol(),
        shown.blocking(),
        shown.error(),
        rights(shown.joinRights()),
        rights(shown.otherRights()),
        shown.waitingIn(),
        shown.waitingOut(),
        Duration.ofMillis(shown.ageMillis()),
        descriptors(shown.holders()),
        shown.moreHolders(),
        list(shown.tokens(), Infos::of),
        shown.moreTokens(),
        Collections.unmodifiableMap(shown.options()));
  }

  private static SocketInfo socket(Reply.Shown shown) {
    return new SocketInfo(
        shown.socket(),
        shown.name(),
        uid(shown.ownerUid()),
        shown.family(),
        shown.type(),
        shown.state(),
        Addresses.toJdk(shown.local()),
        Addresses.toJdk(shown.peer()),
        shown.inode(),
        shown.listener(),
        of(shown.registration()),
        shown.unattended(),
        duration(shown.retainMillis()),
        duration(shown.closesInMillis()));
  }

  private static RegistrationInfo of(Reply.Registration registration) {
    return registration == null
        ? null
        : new RegistrationInfo(
            registration.number(),
            registration.descriptor(),
            registration.session(),
            registration.pid(),
            registration.object(),
            Collections.unmodifiableSet(registration.events()));
  }

  private static TokenInfo of(Reply.TokenInfo token) {
    return new TokenInfo(
        token.id(),
        token.session(),
        Target.of(token.pid(), token.targetSession(), token.uid()),
        Rights.of(token.rights()),
        duration(token.expiryMillis()));
  }

  /** Returns null for null: no option asked for control data. */
  static ControlData of(Reply.ControlData control) {
    return control == null
        ? null
        : new ControlData(
            control.tos(),
            control.ttl(),
            host(control.destination()),
            control.interfaceIndex(),
            instant(control.timestampNanos()),
            control.segmentSize());
  }

  private static InetAddress host(String literal) {
    return literal == null
        ? null
        : ((InetSocketAddress) Addresses.toJdk(Address.inet(literal, 0))).getAddress();
  }

  private static Instant instant(Long nanos) {
    return nanos == null ? null : Instant.ofEpochSecond(0, nanos);
  }

  private static Duration duration(Long millis) {
    if (millis == null) {
      return null;
    }
    return millis == Request.FOREVER ? Broker.FOREVER : Duration.ofMillis(millis);
  }

  private static Rights rights(Set<Right> rights) {
    return rights == null ? null : Rights.of(rights);
  }

  private static OptionalLong uid(Long uid) {
    return uid == null ? OptionalLong.empty() : OptionalLong.of(uid);
  }

  /** A list that is left out of a reply has no elements. */
  private static <T, R> List<R> list(List<T> of, Function<T, R> function) {
    return of == null ? List.of() : of.stream().map(function).toList();
  }
}
