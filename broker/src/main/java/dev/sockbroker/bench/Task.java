package dev.sockbroker.bench;

import java.io.IOException;

/** How one round of a subject is taken. */
record Task(Subject subject, Measure measure) {
  interface Measure {
    Round take(long millis) throws IOException;
  }
}
