package dev.sockbroker.broker.config;

import java.util.ArrayList;
import java.util.List;

/** Collects the errors of a configuration, so that all of them are reported together. */
final class Problems {
  /** More errors than people read. A generated file could have millions. */
  private static final int KEPT_MAX = 100;

  private final List<String> errors = new ArrayList<>();
  private int more;

  void add(String error) {
    if (errors.size() < KEPT_MAX) {
      errors.add(error.replace('\n', ' ').replace('\r', ' '));
    } else {
      more++;
    }
  }

  /**
   * @throws InvalidConfigurationException if there are errors
   */
  void throwIfAny() throws InvalidConfigurationException {
    if (more > 0) {
      errors.add(more + " more errors");
    }
    if (!errors.isEmpty()) {
      throw new InvalidConfigurationException(errors);
    }
  }
}
