"""Takes from Python what Windows does not have. A process that has this folder on PYTHONPATH, and all processes that it starts, run so.

What libraries need on Linux stays: `os.uname` for NumPy, `subprocess`, which starts programs without `os.fork`.
"""

import asyncio  # noqa: F401 - the standard library has what it needs before it is taken away
import errno
import fcntl
import multiprocessing.util  # noqa: F401
import os
import signal
import stat
import subprocess  # noqa: F401
import sys
import tempfile  # noqa: F401

MODULES = ("resource", "fcntl", "pwd", "grp", "termios", "pty", "tty", "readline")
OF_OS = (
    "fork", "forkpty", "getuid", "geteuid", "getgid", "getegid", "killpg", "getpgid", "setsid", "sched_getaffinity", "mkfifo", "O_NONBLOCK",
    "nice", "statvfs", "fchmod",
)  # fmt: skip
OF_SIGNAL = (
    "SIGPIPE",
    "SIGHUP",
    "SIGALRM",
    "SIGPROF",
    "SIGUSR1",
    "ITIMER_PROF",
    "setitimer",
    "alarm",
    "pthread_sigmask",
)

for module, names in ((os, OF_OS), (signal, OF_SIGNAL)):
    for name in names:
        if hasattr(module, name):
            delattr(module, name)


def _fsync(file, sync=os.fsync, flags=fcntl.fcntl, get=fcntl.F_GETFL):
    """Windows syncs no file that is open for reading only. It opens no folder, but the programs do not try where `os.name` is "nt"."""
    if stat.S_ISREG(os.fstat(file).st_mode) and flags(file, get) & os.O_ACCMODE == os.O_RDONLY:
        raise OSError(errno.EBADF, os.strerror(errno.EBADF))
    sync(file)


os.fsync = _fsync


class Missing:
    """Finds no module of Windows' lack."""

    def find_spec(self, name, path=None, target=None):
        if name in MODULES:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


for name in MODULES:
    sys.modules.pop(name, None)
sys.meta_path.insert(0, Missing())
