package dev.sockbroker.system.contract;

import dev.sockbroker.protocol.Family;

/**
 * The setting of a run.
 *
 * @param eventForm whether {@link Holder#reg} registers in the event form and not in the message
 *     form
 */
record Setting(boolean eventForm, Family family) {
  @Override
  public String toString() {
    return family + (eventForm ? ", event form" : "");
  }
}
