"""ONNX graphs run by onnxruntime on the CPU."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any


def open_session(path: Path) -> Any:
    """An inference session of the graph in a file. It logs nothing but errors.

    The number of threads is that of OMP_NUM_THREADS, which onnxruntime does not read by itself, or all cores. A graph runs only a few
    times for each picture, so idle threads sleep.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = int(os.environ.get("OMP_NUM_THREADS") or 0)
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
