"""ONNX graphs under onnxruntime, on the CPU."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any


def session(path: Path) -> Any:
    """An inference session of the graph in a file, which says nothing but errors.

    It takes as many threads as OMP_NUM_THREADS says, which the library by itself does not read; all cores where that says nothing. A graph
    runs once a picture: threads that have nothing to do sleep.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = int(os.environ.get("OMP_NUM_THREADS") or 0)
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
