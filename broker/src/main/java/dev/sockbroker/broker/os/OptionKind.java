package dev.sockbroker.broker.os;

import java.lang.foreign.MemorySegment;

/**
 * Converts an option's value between the client's and the kernel's form.
 *
 * @param expects for people: what a value may be
 * @param room the maximum number of bytes to read
 */
record OptionKind(String expects, int room, Encoder encoder, Decoder decoder) {
  /** An encoder's result if the value is not of this kind. */
  static final int UNFIT = -1;

  /** Converts a client's value to the kernel's. */
  @FunctionalInterface
  interface Encoder {
    /**
     * @return the length written, or {@link #UNFIT}
     */
    int encode(Object value, MemorySegment into, NetworkInterfaces interfaces);
  }

  /** Converts the kernel's value to a client's. */
  @FunctionalInterface
  interface Decoder {
    Object decode(MemorySegment from, int length);
  }
}
