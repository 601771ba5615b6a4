package dev.sockbroker.bench;

import java.io.IOException;

/** How to run one round of a subject. */
record Task(Subject subject, Measure measure) {
  interface Measure {
    Round take(long millis) throws IOException;
  }
}
