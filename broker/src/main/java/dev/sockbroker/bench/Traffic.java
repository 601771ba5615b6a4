package dev.sockbroker.bench;

import java.io.EOFException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.HdrHistogram.Histogram;

/**
 * The work on the links of a round. Each link has its own thread, and the round ends with the last.
 */
final class Traffic {
  private final List<Link> links;

  private Traffic(List<Link> links) {
    this.links = links;
  }

  /** The source of a link. */
  interface Source {
    Link next() throws IOException;
  }

  /** The work of one thread on its link. */
  private interface Work<T> {
    T on(Link link) throws IOException, InterruptedException;
  }

  static Traffic of(int count, Source source) throws IOException {
    List<Link> links = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      links.add(source.next());
    }
    return new Traffic(links);
  }

  /**
   * Receives until the other side has closed.
   *
   * @return bytes per second, from the first bytes on any link to the last
   */
  double receive() throws IOException, InterruptedException {
    return bytesPerSecond(onEach(Link::receiveAll));
  }

  /**
   * Sends as fast as it can for some time and closes.
   *
   * @return bytes per second that were taken; the receiver's figure is more accurate
   */
  double send(int size, long millis) throws IOException, InterruptedException {
    return bytesPerSecond(onEach(link -> link.sendFor(size, millis)));
  }

  /** Replies to each message with one of the same size, until the other side has closed. */
  void answer(int size) throws IOException, InterruptedException {
    onEach(
        link -> {
          link.answerAll(size);
          return null;
        });
  }

  /**
   * Sends messages and waits for their replies, for some time, and closes.
   *
   * @param pipeline the number of messages sent at once; each time is measured from the first
   */
  Histogram ping(int size, int pipeline, long millis) throws IOException, InterruptedException {
    Histogram sum = Latency.histogram();
    onEach(link -> ping(link, size, pipeline, millis)).forEach(sum::add);
    return sum;
  }

  private static Histogram ping(Link link, int size, int pipeline, long millis) throws IOException {
    Histogram nanos = Latency.histogram();
    long end = System.nanoTime() + millis * 1_000_000;
    long now;
    do {
      long begin = System.nanoTime();
      link.send(size * pipeline);
      int bytes = 0;
      do {
        int count = link.receive();
        if (count < 0) {
          throw new EOFException("the worker closed before it had answered");
        }
        now = System.nanoTime();
        nanos.recordValueWithCount(now - begin, (bytes + count) / size - bytes / size);
        bytes += count;
      } while (bytes < size * pipeline);
    } while (now < end);
    return nanos;
  }

  private static double bytesPerSecond(List<Moved> all) {
    long bytes = all.stream().mapToLong(Moved::bytes).sum();
    long begin = all.stream().mapToLong(Moved::begin).min().orElseThrow();
    long end = all.stream().mapToLong(Moved::end).max().orElseThrow();
    return bytes * 1e9 / Math.max(1, end - begin);
  }

  private <T> List<T> onEach(Work<T> work) throws IOException, InterruptedException {
    try (ExecutorService threads = Executors.newCachedThreadPool()) {
      List<Future<T>> futures = new ArrayList<>();
      for (Link link : links) {
        futures.add(
            threads.submit(
                () -> {
                  try (link) {
                    return work.on(link);
                  }
                }));
      }
      List<T> results = new ArrayList<>();
      for (Future<T> future : futures) {
        results.add(future.get());
      }
      return results;
    } catch (ExecutionException e) {
      throw new IOException(e.getCause().toString(), e.getCause());
    }
  }
}
