package dev.sockbroker.cli.exec;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.sockbroker.protocol.Errno;
import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;

/** Finds a program: by its own path, or the first one in PATH, as execvp(3) does. */
final class ProgramFile {
  private static final int AT_FDCWD = -100;
  private static final int X_OK = 1;
  private static final byte[] DEFAULT_PATH = "/bin:/usr/bin".getBytes(US_ASCII);

  private ProgramFile() {}

  /**
   * @param path the value of PATH, or null if it is not set
   * @return the path of the program, which always has a slash
   * @throws ExecException ENOENT; EACCES or EISDIR if the file exists but cannot be executed
   */
  static byte[] find(byte[] name, byte[] path) throws ExecException {
    if (contains(name, (byte) '/')) {
      int errno = refusal(name);
      if (errno != 0) {
        throw ExecException.ofProgram(name, errno);
      }
      return name;
    }
    byte[] directories = path == null ? DEFAULT_PATH : path;
    boolean forbidden = false;
    int start = 0;
    for (int i = 0; i <= directories.length && name.length > 0; i++) {
      if (i == directories.length || directories[i] == ':') {
        byte[] candidate = join(directories, start, i, name);
        int errno = refusal(candidate);
        if (errno == 0) {
          return candidate;
        }
        forbidden |= errno == Errno.EACCES || errno == Errno.EISDIR;
        start = i + 1;
      }
    }
    throw forbidden ? ExecException.ofProgram(name, Errno.EACCES) : ExecException.notOnPath(name);
  }

  /** Returns 0 if the file may be executed. */
  private static int refusal(byte[] file) {
    int errno = (int) -access(file);
    if (errno == 0 && access(join(file, 0, file.length, new byte[] {'.'})) == 0) {
      return Errno.EISDIR;
    }
    return errno;
  }

  private static long access(byte[] file) {
    MemorySegment text = Syscalls.text(file);
    return Syscalls.call(Syscalls.Call.FACCESSAT, AT_FDCWD, text.address(), X_OK);
  }

  /** An empty directory means the current one. */
  private static byte[] join(byte[] directories, int from, int to, byte[] name) {
    ByteArrayOutputStream joined = new ByteArrayOutputStream();
    joined.write(directories, from, to - from);
    if (from == to) {
      joined.write('.');
    }
    joined.write('/');
    joined.writeBytes(name);
    return joined.toByteArray();
  }

  private static boolean contains(byte[] bytes, byte wanted) {
    for (byte it : bytes) {
      if (it == wanted) {
        return true;
      }
    }
    return false;
  }
}
