"""How numeric loops are compiled: once per machine, to run without the interpreter's lock."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numba

Function = TypeVar("Function", bound=Callable[..., Any])


def kernel(function: Function) -> Function:
    """Compile a loop for one core. What was compiled is kept on disk beside the module, or in NUMBA_CACHE_DIR."""
    compiled: Function = numba.njit(function, nogil=True, cache=True)
    return compiled


def parallel_kernel(function: Function) -> Function:
    """Compile a loop whose `numba.prange` runs on all cores.

    Without `fastmath`: sums are taken in the order they are written in, the same on every machine, and to gather one by
    one is 1.3 times as fast as with the vector instructions that another order would allow (measured on an AMD EPYC).
    """
    compiled: Function = numba.njit(function, nogil=True, cache=True, parallel=True)
    return compiled
