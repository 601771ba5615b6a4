package dev.sockbroker.broker.config;

import java.util.List;

/** The configuration has errors. Each is one line for people that names the file and the place. */
public final class InvalidConfigurationException extends Exception {
  private static final long serialVersionUID = 1;

  private final transient List<String> errors;

  InvalidConfigurationException(List<String> errors) {
    super(String.join("\n", errors));
    this.errors = List.copyOf(errors);
  }

  public List<String> errors() {
    return errors;
  }
}
