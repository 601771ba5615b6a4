/* Runs the code of a holder for aarch64, which waits for the end of the parent, and then for 1 ms. */
struct holder {
  char name[16];
  struct {
    int fd;
    short events, revents;
  } broker;
  int streams[4];
  long seconds, nanos;
  long blocked;
  long no_handler[4];
};

/* the bytes of HolderCode, in the working directory */
__asm__(".text\n.balign 4\nholder: .incbin \"holder.bin\"\n");
void holder(struct holder *);

static long call(long number, long argument) {
  register long x8 __asm__("x8") = number;
  register long x0 __asm__("x0") = argument;
  register long x1 __asm__("x1") = 0;
  __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1) : "memory");
  return x0;
}

void _start(void) {
  long parent = call(173, 0); /* getppid */
  struct holder it = {
      .name = "sockbroker-keep",
      .broker = {.fd = call(434, parent) /* pidfd_open */, .events = 1},
      .streams = {0, 1, -1},
      .nanos = 1000000,
  };
  holder(&it);
}
