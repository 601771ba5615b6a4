package dev.sockbroker.broker.metrics;

import com.sun.management.UnixOperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;
import java.lang.management.MemoryUsage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Metrics of this process and its virtual machine, with the names that Prometheus' own libraries
 * use.
 */
final class ProcessMetrics {
  private static final Path STATUS = Path.of("/proc/self/status");
  private static final double KIB = 1024;

  private final Families families;

  ProcessMetrics(Families families) {
    this.families = families;
  }

  void add() {
    process();
    memory();
    collections();
    families.gauge(
        "jvm_threads_current",
        "Platform threads.",
        ManagementFactory.getThreadMXBean().getThreadCount());
  }

  private void process() {
    UnixOperatingSystemMXBean system =
        ManagementFactory.getPlatformMXBean(UnixOperatingSystemMXBean.class);
    families.counter(
        "process_cpu_seconds", "CPU time of the process.", system.getProcessCpuTime() / 1e9);
    families.gauge(
        "process_start_time_seconds",
        "When the process started, as Unix time.",
        ManagementFactory.getRuntimeMXBean().getStartTime() / 1e3);
    families.gauge(
        "process_open_fds", "Open file descriptors.", system.getOpenFileDescriptorCount());
    families.gauge(
        "process_max_fds", "The limit of file descriptors.", system.getMaxFileDescriptorCount());
    families.gauge(
        "process_resident_memory_bytes", "Memory in use by the process.", residentBytes());
  }

  /** NaN if /proc is not readable. */
  private static double residentBytes() {
    try {
      return Files.readAllLines(STATUS).stream()
          .filter(line -> line.startsWith("VmRSS:"))
          .mapToDouble(line -> Long.parseLong(line.replaceAll("\\D", "")) * KIB)
          .findFirst()
          .orElse(Double.NaN);
    } catch (IOException e) {
      return Double.NaN;
    }
  }

  private void memory() {
    MemoryMXBean memory = ManagementFactory.getMemoryMXBean();
    MemoryUsage heap = memory.getHeapMemoryUsage();
    MemoryUsage other = memory.getNonHeapMemoryUsage();
    families.gauges(
        "jvm_memory_used_bytes",
        "Memory in use by the virtual machine.",
        it -> {
          it.add(heap.getUsed(), "area", "heap");
          it.add(other.getUsed(), "area", "nonheap");
        });
    families.gauges(
        "jvm_memory_max_bytes",
        "The limit of this memory.",
        it -> it.add(heap.getMax(), "area", "heap"));
    List<BufferPoolMXBean> pools = ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class);
    families.gauges(
        "jvm_buffer_pool_used_bytes",
        "Memory in use outside the heap for buffers.",
        it -> pools.forEach(pool -> it.add(pool.getMemoryUsed(), "pool", pool.getName())));
  }

  private void collections() {
    List<GarbageCollectorMXBean> collectors = ManagementFactory.getGarbageCollectorMXBeans();
    families.counters(
        "jvm_gc_collections",
        "Garbage collections.",
        it -> collectors.forEach(gc -> it.add(gc.getCollectionCount(), "gc", gc.getName())));
    families.counters(
        "jvm_gc_collection_time_seconds",
        "The time of garbage collections.",
        it -> collectors.forEach(gc -> it.add(gc.getCollectionTime() / 1e3, "gc", gc.getName())));
  }
}
