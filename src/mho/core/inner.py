"""Functions that only compiled kernels call."""

from functools import partial

from numba import njit

inner = partial(njit, no_cpython_wrapper=True, no_cfunc_wrapper=True)
"""As `njit`, without the code for calls from Python, which takes a third of the compilation."""
