"""Measurements in one thread, whatever else the process or the user set."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def one_thread() -> Iterator[None]:
    """Compiled kernels and torch on one processor core; as before afterwards."""
    threads, torch_threads = os.environ.get("MHO_THREADS"), torch.get_num_threads()
    os.environ["MHO_THREADS"] = "1"
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(torch_threads)
        if threads is None:
            del os.environ["MHO_THREADS"]
        else:
            os.environ["MHO_THREADS"] = threads
