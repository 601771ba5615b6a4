"""Stops a thread of another process and keeps it stopped until this program ends (ptrace(2)).

usage: freeze.py THREAD [SYSTEM_CALL]

It stops the thread at once, or where it next enters the system call, and says "frozen". It says
"ended" if the thread ends before.
"""
import ctypes
import os
import platform
import signal
import sys

PTRACE_SYSCALL = 24
PTRACE_SEIZE = 0x4206
PTRACE_INTERRUPT = 0x4207
PTRACE_GET_SYSCALL_INFO = 0x420E
PTRACE_O_TRACESYSGOOD = 1
SYSCALL_STOP = signal.SIGTRAP | 0x80
WALL = 0x40000000
NUMBERS = {"accept4": {"x86_64": 288, "aarch64": 242}}


class SyscallInfo(ctypes.Structure):
    """struct ptrace_syscall_info, as far as it is read."""

    ENTRY = 1
    _fields_ = [
        ("op", ctypes.c_uint8),
        ("arch", ctypes.c_uint32),
        ("instruction_pointer", ctypes.c_uint64),
        ("stack_pointer", ctypes.c_uint64),
        ("number", ctypes.c_uint64),
    ]


libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
libc.ptrace.restype = ctypes.c_long


def ptrace(request, address=None, data=None):
    if libc.ptrace(request, thread, address, data) < 0:
        sys.exit("ptrace: " + os.strerror(ctypes.get_errno()))


def wait():
    """The status of the stopped thread; ends this program if the thread has ended."""
    _, status = os.waitpid(thread, WALL)
    if not os.WIFSTOPPED(status):
        print("ended", flush=True)
        sys.exit()
    return status


def entered():
    """The number of the system call that the stopped thread enters, or None."""
    info = SyscallInfo()
    ptrace(PTRACE_GET_SYSCALL_INFO, ctypes.sizeof(info), ctypes.addressof(info))
    return info.number if info.op == SyscallInfo.ENTRY else None


def run_to(number):
    signal_to_deliver = None
    while True:
        ptrace(PTRACE_SYSCALL, None, signal_to_deliver)
        status = wait()
        signal_to_deliver = None
        if os.WSTOPSIG(status) == SYSCALL_STOP:
            if entered() == number:
                return
        elif status >> 16 == 0:
            signal_to_deliver = os.WSTOPSIG(status)


thread = int(sys.argv[1])
ptrace(PTRACE_SEIZE, None, PTRACE_O_TRACESYSGOOD)
ptrace(PTRACE_INTERRUPT)
wait()
if len(sys.argv) > 2:
    run_to(NUMBERS[sys.argv[2]][platform.machine()])
print("frozen", flush=True)
sys.stdin.read()
