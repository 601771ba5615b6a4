/*
 * The program of a holder (dev.sockbroker.broker.os.Holder): the process that keeps the broker's open files if the
 * broker is killed. HolderCode contains its machine code. These commands make it, for x86-64:
 *
 *   gcc-12 -Os -fpic -ffreestanding -fno-asynchronous-unwind-tables -fno-stack-protector -fcf-protection=none
 *       -Wall -Wextra -c holder.c -o holder.o
 *   objcopy -O binary -j .text holder.o holder.bin
 *   objdump -d holder.o
 *
 * and for aarch64 the same with the prefix aarch64-linux-gnu- and without -fcf-protection. HolderCodeTest runs them and
 * compares the bytes. Another GCC may produce others.
 *
 * The code runs at any address. It uses no library, no header, and no memory but its stack and the structure. It has one
 * function, so .text begins with it. The parent has blocked signals, because the handlers are the JVM's.
 */

#define SIGTERM 15
#define SIG_SETMASK 2
#define PR_SET_NAME 15
#define PR_SET_PTRACER 0x59616d61
#define PR_SET_PTRACER_ANY -1
#define EINTR 4

#if defined __x86_64__
#define NR_close 3
#define NR_rt_sigaction 13
#define NR_rt_sigprocmask 14
#define NR_nanosleep 35
#define NR_setsid 112
#define NR_prctl 157
#define NR_exit_group 231
#define NR_ppoll 271
#elif defined __aarch64__
#define NR_close 57
#define NR_nanosleep 101
#define NR_rt_sigaction 134
#define NR_rt_sigprocmask 135
#define NR_setsid 157
#define NR_prctl 167
#define NR_exit_group 94
#define NR_ppoll 73
#else
#error "no holder code for this architecture"
#endif

/* HolderMemory writes it. */
struct holder {
  char name[16]; /* the name of the process */
  struct {
    int fd; /* the broker's pidfd */
    short events, revents;
  } broker;
  int streams[4]; /* which files are closed when the broker has ended: three numbers, or -1 */
  struct {
    long seconds, nanos;
  } grace;            /* how long the files are kept from then on */
  long blocked;       /* the signals that are blocked: all but SIGTERM */
  long no_handler[4]; /* zeros, as a struct sigaction: the default action */
};

static inline __attribute__((always_inline)) long call(long number, long a, long b, long c, long d, long e) {
#if defined __x86_64__
  register long r10 __asm__("r10") = d;
  register long r8 __asm__("r8") = e;
  long result;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8)
                   : "rcx", "r11", "memory");
  return result;
#else
  register long x8 __asm__("x8") = number;
  register long x0 __asm__("x0") = a;
  register long x1 __asm__("x1") = b;
  register long x2 __asm__("x2") = c;
  register long x3 __asm__("x3") = d;
  register long x4 __asm__("x4") = e;
  __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4) : "memory");
  return x0;
#endif
}

void holder(struct holder *it) {
  /* A session of its own: signals to the broker's process group do not reach it, nor does the end of its terminal. */
  call(NR_setsid, 0, 0, 0, 0, 0);
  /* Ends at SIGTERM, so that it does not delay a service manager or a machine that stops. */
  call(NR_rt_sigaction, SIGTERM, (long)it->no_handler, 0, sizeof it->blocked, 0);
  call(NR_rt_sigprocmask, SIG_SETMASK, (long)&it->blocked, 0, sizeof it->blocked, 0);
  /* Otherwise Yama's ptrace_scope 1 would let only an ancestor take files, which the next broker is not. */
  call(NR_prctl, PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0);
  /* The last step before it waits: by the name the broker sees that it is ready. */
  call(NR_prctl, PR_SET_NAME, (long)it->name, 0, 0, 0);
  long result;
  do {
    result = call(NR_ppoll, (long)&it->broker, 1, 0, 0, 0);
  } while (result == -EINTR);
  if (result == 1) {
    /* Programs that read the output of the broker see its end now. */
    for (int i = 0; i < 3; i++) {
      call(NR_close, it->streams[i], 0, 0, 0, 0);
    }
    call(NR_nanosleep, (long)&it->grace, 0, 0, 0, 0);
  }
  for (;;) {
    call(NR_exit_group, 0, 0, 0, 0, 0);
  }
}
