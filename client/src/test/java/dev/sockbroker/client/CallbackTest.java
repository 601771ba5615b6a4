package dev.sockbroker.client;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sockbroker.client.RegistrationEnd.Reason;
import dev.sockbroker.protocol.Event;
import dev.sockbroker.protocol.Family;
import dev.sockbroker.protocol.NetworkEvent;
import dev.sockbroker.protocol.Reply;
import dev.sockbroker.protocol.Request;
import dev.sockbroker.protocol.Right;
import dev.sockbroker.protocol.SocketType;
import dev.sockbroker.protocol.wire.Frame;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Which callback gets which event, and in which order. */
@Timeout(30)
final class CallbackTest {
  private final BlockingQueue<Object> heard = new LinkedBlockingQueue<>();
  private ScriptedBroker peer;
  private Broker broker;

  @BeforeEach
  void connect() throws IOException {
    peer = new ScriptedBroker();
    broker = peer.connect(Broker.builder());
  }

  @AfterEach
  void close() throws IOException {
    broker.close();
    peer.close();
  }

  private SharedSocket socket(long descriptor) throws IOException {
    CompletableFuture<SharedSocket> attached = broker.attachAsync("name");
    peer.reply(
        peer.expect(Request.Attach.class), ScriptedBroker.opened(descriptor, SocketType.STREAM, 0));
    return attached.join();
  }

  private void register(SharedSocket socket, int number) throws IOException {
    CompletableFuture<Long> registered =
        socket.asyncSelectAsync(EnumSet.allOf(NetworkEvent.class), heard::add);
    peer.reply(peer.expect(Request.AsyncSelect.class), new Reply.Registered(number));
    assertThat(registered.join()).isEqualTo(number);
  }

  private static Event network(long descriptor, NetworkEvent event, int number) {
    return new Event.Network(descriptor, event, 0, number);
  }

  @Test
  void shouldTellEventsInTheOrderOfTheStreamOneAtATime() throws Exception {
    SharedSocket socket = socket(1);
    List<Integer> order = new ArrayList<>();
    AtomicInteger running = new AtomicInteger();
    AtomicInteger together = new AtomicInteger();
    CountDownLatch all = new CountDownLatch(1000);
    CompletableFuture<Long> registered =
        socket.asyncSelectAsync(
            EnumSet.of(NetworkEvent.READ),
            message -> {
              together.accumulateAndGet(running.incrementAndGet(), Math::max);
              order.add(message.error());
              running.decrementAndGet();
              all.countDown();
            });
    peer.reply(peer.expect(Request.AsyncSelect.class), new Reply.Registered(1));
    registered.join();

    for (int i = 0; i < 1000; i++) {
      peer.event(new Event.Network(1, NetworkEvent.READ, i, 1));
    }

    assertThat(all.await(30, SECONDS)).isTrue();
    assertThat(order).isSorted().hasSize(1000);
    assertThat(together).hasValue(1);
  }

  @Test
  void shouldTellEventsOfAnAcceptedSocketThatFollowItsReplyAtOnce() throws Exception {
    SharedSocket listener = socket(1);
    register(listener, 1);
    CompletableFuture<SharedSocket> accepted = listener.acceptAsync();
    Frame accept = peer.expect(Request.Accept.class);

    peer.reply(accept, ScriptedBroker.opened(2, SocketType.STREAM, 1));
    peer.event(network(2, NetworkEvent.WRITE, 1));
    peer.event(network(2, NetworkEvent.READ, 1));

    NetworkEventMessage first = (NetworkEventMessage) heard.poll(30, SECONDS);
    NetworkEventMessage second = (NetworkEventMessage) heard.poll(30, SECONDS);
    assertThat(first.event()).isEqualTo(NetworkEvent.WRITE);
    assertThat(second.event()).isEqualTo(NetworkEvent.READ);
    assertThat(first.socket()).isSameAs(accepted.get(30, SECONDS));
  }

  @Test
  void shouldTellNobodyOfAnAcceptedSocketThatStartsWithNone() throws Exception {
    SharedSocket listener = socket(1);
    register(listener, 1);
    CompletableFuture<SharedSocket> accepted = listener.acceptAsync();
    peer.reply(peer.expect(Request.Accept.class), ScriptedBroker.opened(2, SocketType.STREAM, 0));
    accepted.join();

    peer.event(network(2, NetworkEvent.READ, 1));
    peer.event(network(1, NetworkEvent.ACCEPT, 1));

    assertThat(((NetworkEventMessage) heard.poll(30, SECONDS)).socket()).isSameAs(listener);
  }

  @Test
  void shouldTellASocketThatWasPromotedByTheSameCallback() throws Exception {
    SharedSocket socket = socket(1);
    socket.onRegistrationEnd(heard::add);
    socket.onPromotion(heard::add);
    CompletableFuture<Long> registered =
        socket.asyncSelectAsync(EnumSet.of(NetworkEvent.READ), heard::add, WhenReplaced.STAND_BY);
    Frame request = peer.expect(Request.AsyncSelect.class);
    assertThat(((Request.AsyncSelect) request.message()).standby()).isTrue();
    peer.reply(request, new Reply.Registered(1));
    registered.join();

    peer.event(new Event.Replaced(1, 1, 4711, 8, false, true));
    peer.event(new Event.Promoted(1, 3, 1));
    peer.event(network(1, NetworkEvent.READ, 3));

    assertThat(((RegistrationEnd) heard.poll(30, SECONDS)).standsBy()).isTrue();
    assertThat(heard.poll(30, SECONDS)).isEqualTo(new Promotion(socket, 3, 1));
    assertThat(((NetworkEventMessage) heard.poll(30, SECONDS)).number()).isEqualTo(3);
  }

  @Test
  void shouldCancelByTheNumberThatItHeardOfLast() throws Exception {
    SharedSocket socket = socket(1);
    assertThat(socket.cancelSelect()).as("nothing is asked for").isFalse();
    socket.onPromotion(heard::add);
    register(socket, 1);
    peer.event(new Event.Replaced(1, 1, 4711, 8, false, true));
    peer.event(new Event.Promoted(1, 3, 1));
    assertThat(heard.poll(30, SECONDS)).isInstanceOf(Promotion.class);

    CompletableFuture<Boolean> cancelled =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return socket.cancelSelect();
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            });
    Frame request = peer.expect(Request.AsyncSelect.class);
    assertThat(request.message()).isEqualTo(Request.AsyncSelect.cancel(1, 3));
    peer.reply(request, new Reply.Registered(0, 3));
    assertThat(cancelled.join()).isTrue();
    assertThat(socket.cancelSelect()).as("again").isFalse();
  }

  @Test
  void shouldGiveAnAcceptedSocketTheCallbackOfWhoIsRegistrantNow() throws Exception {
    SharedSocket standsBy = socket(1);
    CompletableFuture<SharedSocket> attached = broker.attachAsync("name");
    peer.reply(
        peer.expect(Request.Attach.class),
        ScriptedBroker.opened(2, standsBy.socketId(), SocketType.STREAM, 0));
    SharedSocket registrant = attached.join();
    CompletableFuture<Long> first =
        standsBy.asyncSelectAsync(
            EnumSet.of(NetworkEvent.READ), message -> heard.add("the wrong one"));
    peer.reply(peer.expect(Request.AsyncSelect.class), new Reply.Registered(1));
    first.join();
    register(registrant, 2);
    peer.event(new Event.Replaced(1, 1, 4711, 8, false, true));
    CompletableFuture<SharedSocket> accepted = standsBy.acceptAsync();

    peer.reply(peer.expect(Request.Accept.class), ScriptedBroker.opened(3, SocketType.STREAM, 1));
    peer.event(network(3, NetworkEvent.READ, 1));

    assertThat(((NetworkEventMessage) heard.poll(30, SECONDS)).socket())
        .isSameAs(accepted.get(30, SECONDS));
  }

  @Test
  void shouldRefuseARegistrationWithoutEvents() throws Exception {
    SharedSocket socket = socket(1);
    assertThatThrownBy(() -> socket.asyncSelect(EnumSet.noneOf(NetworkEvent.class), heard::add))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void shouldBeginNoCallbackOfAnOlderRegistration() throws Exception {
    SharedSocket socket = socket(1);
    CountDownLatch entered = new CountDownLatch(1);
    CountDownLatch release = new CountDownLatch(1);
    CompletableFuture<Long> first =
        socket.asyncSelectAsync(
            EnumSet.of(NetworkEvent.READ),
            message -> {
              heard.add(message);
              entered.countDown();
              await(release);
            });
    peer.reply(peer.expect(Request.AsyncSelect.class), new Reply.Registered(1));
    first.join();
    peer.event(network(1, NetworkEvent.READ, 1));
    peer.event(network(1, NetworkEvent.CLOSE, 1));
    assertThat(entered.await(30, SECONDS)).isTrue();

    register(socket, 2);
    release.countDown();
    peer.event(network(1, NetworkEvent.WRITE, 2));

    assertThat(((NetworkEventMessage) heard.poll(30, SECONDS)).event())
        .isEqualTo(NetworkEvent.READ);
    assertThat(((NetworkEventMessage) heard.poll(30, SECONDS)).event())
        .isEqualTo(NetworkEvent.WRITE);
  }

  @Test
  void shouldTellBehindItsLastEventThatARegistrationWasReplaced() throws Exception {
    SharedSocket socket = socket(1);
    register(socket, 3);
    socket.onRegistrationEnd(heard::add);

    peer.event(network(1, NetworkEvent.READ, 3));
    peer.event(new Event.Replaced(1, 3, 4711, 8, false));
    peer.event(network(1, NetworkEvent.CLOSE, 3));
    peer.event(new Event.Revoked(1, 4712, 9));

    assertThat(heard.poll(30, SECONDS)).isInstanceOf(NetworkEventMessage.class);
    assertThat(heard.poll(30, SECONDS))
        .isEqualTo(new RegistrationEnd(socket, Reason.REPLACED, 3, 4711, 8));
    assertThat(heard.poll(30, SECONDS))
        .isEqualTo(new RegistrationEnd(socket, Reason.REVOKED, 0, 4712, 9));
  }

  @Test
  void shouldGoOnAfterACallbackThatThrows() throws Exception {
    SharedSocket socket = socket(1);
    AtomicInteger calls = new AtomicInteger();
    CompletableFuture<Long> registered =
        socket.asyncSelectAsync(
            EnumSet.of(NetworkEvent.READ),
            message -> {
              if (calls.incrementAndGet() == 1) {
                Thread.currentThread().setUncaughtExceptionHandler((t, e) -> heard.add(e));
                throw new IllegalStateException("a program's mistake");
              }
              heard.add(message);
            });
    peer.reply(peer.expect(Request.AsyncSelect.class), new Reply.Registered(1));
    registered.join();

    peer.event(network(1, NetworkEvent.READ, 1));
    peer.event(network(1, NetworkEvent.READ, 1));

    assertThat(heard.poll(30, SECONDS)).isInstanceOf(IllegalStateException.class);
    assertThat(heard.poll(30, SECONDS)).isInstanceOf(NetworkEventMessage.class);
  }

  @Test
  void shouldKeepTheSessionWhenACallbackFailsOnTheIoThread() throws Exception {
    Throwable mistake = new AssertionError("a program's mistake");
    assertHandlerGets(mistake, (thread, thrown) -> heard.add(thrown));
  }

  /** Other languages on the JVM do not declare exceptions. */
  @Test
  void shouldGiveTheHandlerACheckedExceptionToo() throws Exception {
    Throwable mistake = new Exception("thrown by a function that may not");
    assertHandlerGets(mistake, (thread, thrown) -> heard.add(thrown));
  }

  @Test
  void shouldKeepTheSessionWhenTheHandlerFailsToo() throws Exception {
    Throwable mistake = new IllegalStateException("a program's mistake");
    assertHandlerGets(
        mistake,
        (thread, thrown) -> {
          heard.add(thrown);
          throw new IllegalStateException("the handler's own mistake");
        });
  }

  /** Every kind of callback throws it in place, where an exception could end the session. */
  private void assertHandlerGets(Throwable mistake, Thread.UncaughtExceptionHandler handler)
      throws Exception {
    try (ScriptedBroker other = new ScriptedBroker();
        Broker inPlace =
            other.connect(
                Broker.builder().executor(Runnable::run).uncaughtExceptionHandler(handler))) {
      SharedSocket socket = attach(inPlace, other, 1);
      socket.onRegistrationEnd(end -> sneak(mistake));
      socket.onPromotion(promotion -> sneak(mistake));
      CompletableFuture<Long> registered =
          socket.asyncSelectAsync(EnumSet.of(NetworkEvent.READ), message -> sneak(mistake));
      other.reply(other.expect(Request.AsyncSelect.class), new Reply.Registered(1));
      registered.join();

      other.event(network(1, NetworkEvent.READ, 1));
      other.event(new Event.Replaced(1, 1, 4711, 8, false, true));
      other.event(new Event.Promoted(1, 3, 1));

      for (int i = 0; i < 3; i++) {
        assertThat(heard.poll(30, SECONDS)).isSameAs(mistake);
      }
      assertThat(attach(inPlace, other, 2).id()).isEqualTo(2);
    }
  }

  private static SharedSocket attach(Broker client, ScriptedBroker to, long descriptor)
      throws Exception {
    CompletableFuture<SharedSocket> attached = client.attachAsync("name");
    to.reply(
        to.expect(Request.Attach.class), ScriptedBroker.opened(descriptor, SocketType.STREAM, 0));
    return attached.get(30, SECONDS);
  }

  @SuppressWarnings("unchecked")
  private static <E extends Throwable> void sneak(Throwable thrown) throws E {
    throw (E) thrown;
  }

  @Test
  void shouldTellThatAnEventObjectWasSet() throws Exception {
    CompletableFuture<EventObject> created = CompletableFuture.supplyAsync(this::createEvent);
    peer.reply(peer.expect(Request.CreateEvent.class), new Reply.EventObject(5));
    created.get(30, SECONDS).onSignalled(() -> heard.add("set"));

    peer.event(new Event.ObjectSignalled(5));

    assertThat(heard.poll(30, SECONDS)).isEqualTo("set");
  }

  private EventObject createEvent() {
    try {
      return broker.createEvent();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      assertThat(latch.await(30, SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** Rule 34 depends on the session, not on the accepting descriptor. */
  @Test
  void shouldTellEventsOfASocketThatAnotherDescriptorOfTheListenerAccepted() throws Exception {
    SharedSocket listener = socket(1);
    register(listener, 1);
    CompletableFuture<SharedSocket> attached = broker.attachAsync("name");
    peer.reply(
        peer.expect(Request.Attach.class),
        new Reply.Opened(
            5,
            listener.socketId(),
            false,
            Family.INET,
            SocketType.STREAM,
            0,
            EnumSet.allOf(Right.class),
            null,
            null,
            0,
            1000L));
    CompletableFuture<SharedSocket> accepted = attached.join().acceptAsync();
    peer.reply(peer.expect(Request.Accept.class), ScriptedBroker.opened(2, SocketType.STREAM, 1));
    peer.event(network(2, NetworkEvent.READ, 1));

    NetworkEventMessage message = (NetworkEventMessage) heard.poll(5, SECONDS);
    assertThat(message).isNotNull();
    assertThat(message.socket()).isSameAs(accepted.get(30, SECONDS));
  }

  /** An executor that is busy is not shut down. */
  @Test
  void shouldGoOnWhenTheExecutorRefusesOnce() throws Exception {
    AtomicInteger refusals = new AtomicInteger();
    Executor busy =
        task -> {
          if (refusals.getAndDecrement() > 0) {
            throw new RejectedExecutionException("busy");
          }
          new Thread(task).start();
        };
    try (ScriptedBroker other = new ScriptedBroker();
        Broker client = other.connect(Broker.builder().executor(busy))) {
      CompletableFuture<SharedSocket> attached = client.attachAsync("name");
      other.reply(
          other.expect(Request.Attach.class), ScriptedBroker.opened(1, SocketType.STREAM, 0));
      CompletableFuture<Long> registered =
          attached
              .get(5, SECONDS)
              .asyncSelectAsync(
                  EnumSet.of(NetworkEvent.READ), message -> heard.add(message.error()));
      Frame register = other.expect(Request.AsyncSelect.class);
      refusals.set(1);
      other.reply(register, new Reply.Registered(1));
      assertThat(registered.get(5, SECONDS)).isEqualTo(1);

      refusals.set(1);
      other.event(new Event.Network(1, NetworkEvent.READ, 1, 1));
      assertThat(heard.poll(5, SECONDS)).isEqualTo(1);
      other.event(new Event.Network(1, NetworkEvent.READ, 2, 1));
      assertThat(heard.poll(5, SECONDS)).isEqualTo(2);
    }
  }
}
