package dev.sockbroker.broker.os;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.HexFormat;

/**
 * The machine code of a {@link Holder}, for each architecture. It is compiled from {@code
 * broker/src/build/c/holder.c}, where the commands are. HolderCodeTest compiles it again and
 * compares the bytes.
 *
 * <p>Each line below has the bytes of one instruction, and the instruction as objdump writes it.
 * The pointer to struct holder is in r9 on x86-64, and in x5 on aarch64. The code for aarch64 has
 * run on an emulated machine with Linux 6.1, out of a program in C, but not out of a JVM.
 */
final class HolderCode {
  private static final String X86_64 =
      """
      31d2           xor    %edx,%edx
      55             push   %rbp
      4989f9         mov    %rdi,%r9
      4531d2         xor    %r10d,%r10d
      53             push   %rbx
      4531c0         xor    %r8d,%r8d
      b870000000     mov    $0x70,%eax               setsid()
      4889d7         mov    %rdx,%rdi
      4889d6         mov    %rdx,%rsi
      0f05           syscall
      bd0f000000     mov    $0xf,%ebp                rt_sigaction(SIGTERM, no_handler, NULL, 8)
      498d7140       lea    0x40(%r9),%rsi
      41ba08000000   mov    $0x8,%r10d
      b80d000000     mov    $0xd,%eax
      4889ef         mov    %rbp,%rdi
      0f05           syscall
      b80e000000     mov    $0xe,%eax                rt_sigprocmask(SIG_SETMASK, &blocked,
      498d7138       lea    0x38(%r9),%rsi               NULL, 8)
      bf02000000     mov    $0x2,%edi
      0f05           syscall
      bb9d000000     mov    $0x9d,%ebx               prctl(PR_SET_PTRACER,
      4531d2         xor    %r10d,%r10d
      bf616d6159     mov    $0x59616d61,%edi             PR_SET_PTRACER_ANY)
      4883ceff       or     $0xffffffffffffffff,%rsi
      4889d8         mov    %rbx,%rax
      0f05           syscall
      4889d8         mov    %rbx,%rax                prctl(PR_SET_NAME, name)
      4889ef         mov    %rbp,%rdi
      4c89ce         mov    %r9,%rsi
      0f05           syscall
      bb0f010000     mov    $0x10f,%ebx              ppoll(&broker, 1, NULL, NULL, 0)
      498d7910       lea    0x10(%r9),%rdi
      be01000000     mov    $0x1,%esi
      4531d2         xor    %r10d,%r10d              72:
      4531c0         xor    %r8d,%r8d
      31d2           xor    %edx,%edx
      4889d8         mov    %rbx,%rax
      0f05           syscall
      4883f8fc       cmp    $0xfffffffffffffffc,%rax while EINTR
      74ed           je     72
      48ffc8         dec    %rax                     any other error: exit
      752e           jne    b8
      bb03000000     mov    $0x3,%ebx                close(streams[0])
      49637918       movslq 0x18(%r9),%rdi
      4889d6         mov    %rdx,%rsi
      4889d8         mov    %rbx,%rax
      0f05           syscall
      4963791c       movslq 0x1c(%r9),%rdi           close(streams[1])
      4889d8         mov    %rbx,%rax
      0f05           syscall
      49637920       movslq 0x20(%r9),%rdi           close(streams[2])
      4889d8         mov    %rbx,%rax
      0f05           syscall
      b823000000     mov    $0x23,%eax               nanosleep(&grace, NULL)
      498d7928       lea    0x28(%r9),%rdi
      0f05           syscall
      41b9e7000000   mov    $0xe7,%r9d               b8: exit_group(0)
      31d2           xor    %edx,%edx                be:
      4531d2         xor    %r10d,%r10d
      4531c0         xor    %r8d,%r8d
      4c89c8         mov    %r9,%rax
      4889d7         mov    %rdx,%rdi
      4889d6         mov    %rdx,%rsi
      0f05           syscall
      ebeb           jmp    be
      """;

  private static final String AARCH64 =
      """
      e50300aa       mov    x5, x0
      a81380d2       mov    x8, #0x9d                setsid()
      000080d2       mov    x0, #0x0
      010080d2       mov    x1, #0x0
      020080d2       mov    x2, #0x0
      030080d2       mov    x3, #0x0
      040080d2       mov    x4, #0x0
      010000d4       svc    #0x0
      c81080d2       mov    x8, #0x86                rt_sigaction(SIGTERM, no_handler, NULL, 8)
      e00180d2       mov    x0, #0xf
      a1000191       add    x1, x5, #0x40
      030180d2       mov    x3, #0x8
      010000d4       svc    #0x0
      e81080d2       mov    x8, #0x87                rt_sigprocmask(SIG_SETMASK, &blocked,
      400080d2       mov    x0, #0x2                     NULL, 8)
      a1e00091       add    x1, x5, #0x38
      010000d4       svc    #0x0
      20ac8dd2       mov    x0, #0x6d61              prctl(PR_SET_PTRACER,
      e81480d2       mov    x8, #0xa7
      202cabf2       movk   x0, #0x5961, lsl #16
      01008092       mov    x1, #0xffffffffffffffff      PR_SET_PTRACER_ANY)
      030080d2       mov    x3, #0x0
      010000d4       svc    #0x0
      e00180d2       mov    x0, #0xf                 prctl(PR_SET_NAME, name)
      e10305aa       mov    x1, x5
      010000d4       svc    #0x0
      a6400091       add    x6, x5, #0x10            ppoll(&broker, 1, NULL, NULL, 0)
      e00306aa       mov    x0, x6                   6c:
      280980d2       mov    x8, #0x49
      210080d2       mov    x1, #0x1
      020080d2       mov    x2, #0x0
      030080d2       mov    x3, #0x0
      040080d2       mov    x4, #0x0
      010000d4       svc    #0x0
      1f1000b1       cmn    x0, #0x4                 while EINTR
      00ffff54       b.eq   6c
      1f0001eb       cmp    x0, x1                   any other error: exit
      e1010054       b.ne   d0
      a6600091       add    x6, x5, #0x18            close(streams[0]), [1] and [2]
      a7900091       add    x7, x5, #0x24
      c04480b8       ldrsw  x0, [x6], #4             a0:
      280780d2       mov    x8, #0x39
      010080d2       mov    x1, #0x0
      020080d2       mov    x2, #0x0
      030080d2       mov    x3, #0x0
      040080d2       mov    x4, #0x0
      010000d4       svc    #0x0
      df0007eb       cmp    x6, x7
      01ffff54       b.ne   a0
      a0a00091       add    x0, x5, #0x28            nanosleep(&grace, NULL)
      a80c80d2       mov    x8, #0x65
      010000d4       svc    #0x0                     cc:
      c80b80d2       mov    x8, #0x5e                d0: exit_group(0)
      000080d2       mov    x0, #0x0
      010080d2       mov    x1, #0x0
      020080d2       mov    x2, #0x0
      030080d2       mov    x3, #0x0
      040080d2       mov    x4, #0x0
      f9ffff17       b      cc
      """;

  private HolderCode() {}

  /**
   * Returns the code. It can run at any address.
   *
   * @param architecture as in the system property {@code os.arch}
   * @throws IOException if there is none for this architecture
   */
  static byte[] of(String architecture) throws IOException {
    return switch (architecture) {
      case "amd64" -> bytes(X86_64);
      case "aarch64" -> bytes(AARCH64);
      default -> throw new IOException("no holder code for " + architecture);
    };
  }

  private static byte[] bytes(String listing) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    listing
        .lines()
        .map(line -> line.substring(0, line.indexOf(' ')))
        .forEach(it -> bytes.writeBytes(HexFormat.of().parseHex(it)));
    return bytes.toByteArray();
  }
}
