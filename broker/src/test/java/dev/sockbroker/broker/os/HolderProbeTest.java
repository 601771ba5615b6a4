package dev.sockbroker.broker.os;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sockbroker.protocol.Errno;
import dev.sockbroker.system.Needs;
import dev.sockbroker.system.User;
import org.junit.jupiter.api.Test;

/** Where a holder does not work, the reason is reported and nothing is left. */
class HolderProbeTest {
  private static final int PROT_READ_EXECUTE = 5;

  @Test
  void shouldWorkOnThisMachine() throws Exception {
    assertThat(HolderProbe.why()).isNull();
    assertThat(Leftovers.pidfds()).isZero();
  }

  @Test
  void shouldReportThatNoProcessCanBeMade() throws Exception {
    assertThat(FilteredProcess.why(FilteredProcess.CLONE, FilteredProcess.ANY, Errno.EPERM))
        .isEqualTo("cannot start a holder: clone: EPERM");
    assertThat(FilteredProcess.why(FilteredProcess.PIDFD_OPEN, FilteredProcess.ANY, Errno.ENOSYS))
        .isEqualTo("cannot start a holder: pidfd_open: ENOSYS");
  }

  @Test
  void shouldReportThatItsCodeMayNotRun() throws Exception {
    assertThat(FilteredProcess.why(FilteredProcess.MPROTECT, PROT_READ_EXECUTE, Errno.EACCES))
        .isEqualTo("cannot start a holder: mprotect: EACCES");
  }

  @Test
  void shouldReportThatFilesCannotBeTaken() throws Exception {
    assertThat(FilteredProcess.why(FilteredProcess.PIDFD_GETFD, FilteredProcess.ANY, Errno.EPERM))
        .startsWith("pidfd_getfd: EPERM: a filter of system calls does not permit it");
    assertThat(FilteredProcess.why(FilteredProcess.PIDFD_GETFD, FilteredProcess.ANY, Errno.ENOSYS))
        .startsWith("pidfd_getfd: ENOSYS: ");
  }

  @Test
  void shouldReportAHolderThatEnds() throws Exception {
    assertThat(FilteredProcess.why(FilteredProcess.PPOLL, FilteredProcess.ANY, Errno.EPERM))
        .matches("the holder ended at once|holder \\d+ has ended|cannot start .* ended at once");
  }

  @Test
  void shouldReportThatAllProcessesEndWithThisOne() throws Exception {
    User.needs();
    Needs.programs("unshare");
    assertThat(FilteredProcess.whyAsInit()).startsWith("this process is pid 1");
  }
}
