"""Failing and counting a running process's system calls, by strace."""

import contextlib
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

WRITING = "pwrite64,fdatasync,fsync"


@contextlib.contextmanager
def traced(strace: Path, pid: int, *inject: str, calls: str = WRITING, log: Path | None = None) -> Iterator[None]:
    """For the time of the block, every thread of ``pid`` makes ``calls`` under the eyes of strace.

    ``inject`` are strace's expressions, for instance ``fdatasync:error=EIO``; a count in them (``:when=3``) is of the
    calls that one thread makes from now on. ``log`` receives a line per call.
    """
    command = [str(strace), "-f", "-e", f"trace={calls}", "-e", "signal=none", "-p", str(pid)]
    command += [part for expression in inject for part in ("-e", f"inject={expression}")]
    command += ["-o", str(log or "/dev/null")]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    said = process.stderr.readline()
    if "attached" not in said:
        process.kill()
        process.wait()
        raise RuntimeError(f"strace does not attach: {said}")
    drain = threading.Thread(target=process.stderr.read)
    drain.start()
    try:
        yield
    finally:
        process.terminate()  # strace lets go of the process, which goes on
        try:
            process.wait(1)
        except subprocess.TimeoutExpired:  # it waits for a process that it killed itself
            process.kill()
            process.wait()
        drain.join()
        process.stderr.close()


def calls_made(log: Path) -> list[str]:
    """The names of the calls in a log, in order."""
    lines = [line.split(maxsplit=1)[1] for line in log.read_text("utf-8", "replace").splitlines()]
    return [line.split("(")[0] for line in lines if "(" in line and not line.startswith("<...")]
