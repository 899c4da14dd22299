"""Block-wise, multithreaded computation on tables with many rows.

Results are returned in block order, so sums over blocks do not depend on the number of threads.
"""

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from threading import Lock

from threadpoolctl import ThreadpoolController

VALUES_PER_BLOCK = 2**22


def slices(n, width):
    """Split n rows into slices of nearly equal size.

    `width` is the number of values per row in the work arrays; a block of work arrays then has
    about `VALUES_PER_BLOCK` values.
    """
    n_blocks = max(1, -(-n * width // VALUES_PER_BLOCK))
    rows = max(1, -(-n // n_blocks))
    return [slice(start, min(start + rows, n)) for start in range(0, n, rows)]


@contextmanager
def over(n, width):
    """Context manager that yields a ``map`` over blocks of n rows, each passed as a slice.

    Inside the context BLAS runs single-threaded and the blocks run in parallel: on blocks of this
    size, BLAS threads spend more time waiting than working.
    """
    parts = slices(n, width)
    with _single.use() as threads:
        if min(threads, len(parts)) == 1:
            yield lambda function: map(function, parts)
            return
        with ThreadPoolExecutor(threads) as pool:
            try:
                yield lambda function: pool.map(function, parts)
            except BaseException:  # on an interrupt, do not wait for queued blocks
                pool.shutdown(cancel_futures=True)
                raise


class SingleThreaded:
    """Limit BLAS to a single thread while at least one user is active.

    Fits may run concurrently: the first user sets the limit and the last one restores it.
    """

    def __init__(self):
        self._lock, self._users, self._limit, self._threads = Lock(), 0, None, 1

    @contextmanager
    def use(self):
        """Set the limit; yields the number of threads available without it."""
        with self._lock:
            if self._users == 0:
                self._threads = n_threads()
                self._limit = linear_algebra().limit(limits=1)
            self._users += 1
            threads = self._threads
        try:
            yield threads
        finally:
            with self._lock:
                self._users -= 1
                if self._users == 0:
                    self._limit.restore_original_limits()


_single = SingleThreaded()


def n_threads():
    """Number of threads that BLAS uses by default."""
    return max((library["num_threads"] for library in linear_algebra().info()), default=1)


@cache
def linear_algebra():
    """The loaded BLAS libraries, as a controller that can limit their threads."""
    return ThreadpoolController().select(user_api="blas")
