package dev.sockbroker.broker.os;

import java.lang.foreign.MemorySegment;

/**
 * How an option's value looks to clients and how to the kernel.
 *
 * @param expects for people: what a value may be
 * @param room the bytes to read at most
 */
record OptionKind(String expects, int room, Encoder encoder, Decoder decoder) {
  /** What an encoder answers if the value is not of the kind. */
  static final int UNFIT = -1;

  /** From a client's value to the kernel's. */
  @FunctionalInterface
  interface Encoder {
    /**
     * @return the length written, or {@link #UNFIT}
     */
    int encode(Object value, MemorySegment into, NetworkInterfaces interfaces);
  }

  /** From the kernel's value to a client's. */
  @FunctionalInterface
  interface Decoder {
    Object decode(MemorySegment from, int length);
  }
}
