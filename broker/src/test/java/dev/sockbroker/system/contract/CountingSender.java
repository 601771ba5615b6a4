package dev.sockbroker.system.contract;

import java.util.Random;

/** A peer that sends a stream of counting bytes in pieces of any size until its time ends. */
final class CountingSender extends Thread {
  private static final int PIECE_MAX = 700;

  private final Peer peer;
  private final long endNanos;
  private final Histogram sent = new Histogram();

  CountingSender(Peer peer, long endNanos) {
    super("counting sender");
    this.peer = peer;
    this.endNanos = endNanos;
    setDaemon(true);
  }

  @Override
  public void run() {
    Random random = new Random(1);
    int next = 0;
    while (System.nanoTime() < endNanos) {
      byte[] piece = new byte[1 + random.nextInt(PIECE_MAX)];
      for (int i = 0; i < piece.length; i++) {
        piece[i] = (byte) next;
        next = (next + 1) % Histogram.PERIOD;
      }
      peer.sendQuietly(piece);
      sent.add(piece);
    }
  }

  /** Waits for its end. It may still wait for room until the reader reads. */
  void joinWhile(Contender reader) throws InterruptedException {
    while (isAlive()) {
      reader.readWhatIsThere();
      join(1);
    }
  }

  Histogram sent() {
    return sent;
  }
}
