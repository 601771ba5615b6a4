package dev.sockbroker.broker.os;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Read-only options that are structures of counters. Clients see objects with the kernel's field
 * names.
 */
final class CounterKinds {
  /** include/uapi/linux/sock_diag.h. */
  static final OptionKind MEMORY =
      counters(
          """
          u32 rmem_alloc rcvbuf wmem_alloc sndbuf fwd_alloc wmem_queued optmem backlog drops
          """);

  /**
   * include/uapi/linux/tcp.h. Newer kernels add fields at the end. An older kernel returns fewer
   * fields; fields of a newer kernel are left out.
   */
  static final OptionKind TCP =
      counters(
          """
          u8 tcpi_state tcpi_ca_state tcpi_retransmits tcpi_probes tcpi_backoff tcpi_options
          u4 tcpi_snd_wscale tcpi_rcv_wscale
          u1 tcpi_delivery_rate_app_limited
          u2 tcpi_fastopen_client_fail
          u5 -
          u32 tcpi_rto tcpi_ato tcpi_snd_mss tcpi_rcv_mss tcpi_unacked tcpi_sacked tcpi_lost
              tcpi_retrans tcpi_fackets tcpi_last_data_sent tcpi_last_ack_sent
              tcpi_last_data_recv tcpi_last_ack_recv tcpi_pmtu tcpi_rcv_ssthresh tcpi_rtt
              tcpi_rttvar tcpi_snd_ssthresh tcpi_snd_cwnd tcpi_advmss tcpi_reordering
              tcpi_rcv_rtt tcpi_rcv_space tcpi_total_retrans
          u64 tcpi_pacing_rate tcpi_max_pacing_rate tcpi_bytes_acked tcpi_bytes_received
          u32 tcpi_segs_out tcpi_segs_in tcpi_notsent_bytes tcpi_min_rtt tcpi_data_segs_in
              tcpi_data_segs_out
          u64 tcpi_delivery_rate tcpi_busy_time tcpi_rwnd_limited tcpi_sndbuf_limited
          u32 tcpi_delivered tcpi_delivered_ce
          u64 tcpi_bytes_sent tcpi_bytes_retrans
          u32 tcpi_dsack_dups tcpi_reord_seen tcpi_rcv_ooopack tcpi_snd_wnd tcpi_rcv_wnd
              tcpi_rehash
          u16 tcpi_total_rto tcpi_total_rto_recoveries
          u32 tcpi_total_rto_time
          """);

  private CounterKinds() {}

  /** A field of the structure. Small fields share a byte, starting at its low bits. */
  private record Field(String name, int bitOffset, int bits) {
    int end() {
      return (bitOffset + bits + 7) / 8;
    }

    Number read(MemorySegment from) {
      int offset = bitOffset / 8;
      return switch (bits) {
        case 64 -> OptionKinds.unsigned(from.get(JAVA_LONG_UNALIGNED, offset));
        case 32 -> Integer.toUnsignedLong(from.get(JAVA_INT_UNALIGNED, offset));
        case 16 -> Short.toUnsignedLong(from.get(JAVA_SHORT_UNALIGNED, offset));
        default -> (long) ((from.get(JAVA_BYTE, offset) & 0xff) >> bitOffset % 8 & (1 << bits) - 1);
      };
    }
  }

  /**
   * @param table sizes in bits ("u32"), each followed by the names of the fields of that size in
   *     the order of the structure; "-" is padding
   */
  private static OptionKind counters(String table) {
    List<Field> fields = new ArrayList<>();
    int bits = 0;
    int offset = 0;
    for (String word : table.strip().split("\\s+")) {
      if (word.matches("u\\d+")) {
        bits = Integer.parseInt(word, 1, word.length(), 10);
        continue;
      }
      if (!word.equals("-")) {
        fields.add(new Field(word, offset, bits));
      }
      offset += bits;
    }
    return new OptionKind(
        "counters",
        offset / 8,
        (_, _, _) -> OptionKind.UNFIT,
        (from, length) -> read(fields, from, length));
  }

  private static Map<String, Object> read(List<Field> fields, MemorySegment from, int length) {
    Map<String, Object> counters = new LinkedHashMap<>();
    for (Field field : fields) {
      if (field.end() <= length) {
        counters.put(field.name(), field.read(from));
      }
    }
    return counters;
  }
}
