package dev.sockbroker.system.contract;

import dev.sockbroker.protocol.Family;

/**
 * In what a scenario runs.
 *
 * @param eventForm {@link Holder#reg} registers in the event form, else in the message form
 */
record Setting(boolean eventForm, Family family) {
  @Override
  public String toString() {
    return family + (eventForm ? ", event form" : "");
  }
}
