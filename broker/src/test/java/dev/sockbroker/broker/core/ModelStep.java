package dev.sockbroker.broker.core;

import java.util.List;

/** One step of a random sequence. The numbers choose its objects and its variant. */
record ModelStep(Kind kind, int a, int b, int c) {
  /** The kinds of steps and their frequencies. */
  enum Kind {
    OPEN_LISTENER(2),
    OPEN_TCP(2),
    OPEN_UDP(1),
    LISTEN(1),
    DIAL(6),
    ACCEPT(6),
    CONNECT(5),
    RECEIVE(10),
    PEEK(3),
    RECEIVE_URGENT(3),
    SEND(5),
    SEND_MUCH(4),
    SHUTDOWN(2),
    PEER_SENDS(10),
    PEER_SENDS_URGENT(4),
    PEER_READS_ALL(5),
    PEER_SHUTS_DOWN(2),
    PEER_CLOSES(2),
    PEER_RESETS(2),
    ROOM_IS_MADE(2),
    ASYNC_SELECT(9),
    EVENT_SELECT(6),
    ENUMERATE(6),
    CREATE_EVENT(2),
    SET_EVENT(1),
    RESET_EVENT(1),
    CLOSE_EVENT(1),
    REARM(2),
    DUPLICATE(4),
    REDEEM(4),
    REVOKE(1),
    CLOSE(3),
    GIVE_BACK(2),
    SESSION_ENDS(1),
    SET_BLOCKING(3),
    SET_INLINE(1),
    SET_LOW_WATER(1),
    GET_ERROR(2),
    CANCEL(2),
    PASS(2),
    STOP_READING(1),
    READ_AGAIN(2),
    HAND_OVER(2);

    final int weight;

    Kind(int weight) {
      this.weight = weight;
    }
  }

  /** Returns the element that a number of a step chooses, or null if there is none. */
  static <T> T pick(List<T> from, int number) {
    return from.isEmpty() ? null : from.get(number % from.size());
  }
}
