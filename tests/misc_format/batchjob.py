"""A batch whose job logs each file: python batchjob.py SOURCE DEST WORKERS SECONDS LOG [POISON]."""

from __future__ import annotations

import os
import signal
import sys
import time
from dataclasses import dataclass
from typing import Any

from misc_format.batch.run import Request, run
from misc_format.engine.jobs import Task, file_by_file
from misc_format.engine.pool import StoppedError
from misc_format.engine.rows import Row


@dataclass(frozen=True)
class Upper:
    """Text in capitals, slowly."""

    seconds: float
    log: str
    poison: str = ""
    name: str = "encode"
    endings: tuple[str, ...] = (".txt",)
    suffix: str = ".up"
    columns: tuple[tuple[str, str], ...] = (("output", "string"),)
    max_bytes: int = 2**20
    signature: bytes = b""
    group: int = 1
    light: bool = False

    def prepare(self, limited: bool = False) -> Task:
        def one(data: bytes, name: str) -> Row:
            file = os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
            os.write(file, f"{name}\n".encode(errors="surrogateescape"))
            os.close(file)
            if self.poison and self.poison in name:
                os.kill(os.getpid(), signal.SIGKILL)
            time.sleep(self.seconds)
            return Row(output=data.upper())

        return file_by_file(one)

    def identity(self) -> dict[str, Any]:
        return {}


if __name__ == "__main__":
    source, output, workers, seconds, log, poison = (*sys.argv[1:], "")[:6]
    job = Upper(float(seconds), log, poison)
    try:
        summary = run(Request(job, source, output, unit=5, workers=int(workers)), lambda tally, share: None)
        print(summary.files, summary.failed, summary.done_before)
    except StoppedError as error:
        sys.exit(f"stopped: {error.cause}")
