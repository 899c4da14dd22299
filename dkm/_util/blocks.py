"""Work on long tables, block by block, one thread a block.

The results of the blocks come back in order. So sums over them do not depend on the threads.
"""

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from threading import Lock

from threadpoolctl import ThreadpoolController

NUMBERS_IN_A_BLOCK = 2**22


def slices(n, width):
    """Slices of equally many of n rows, each with work arrays of about `NUMBERS_IN_A_BLOCK`."""
    n_blocks = max(1, -(-n * width // NUMBERS_IN_A_BLOCK))
    rows = max(1, -(-n // n_blocks))
    return [slice(start, min(start + rows, n)) for start in range(0, n, rows)]


@contextmanager
def over(n, width):
    """A function that maps a function over the blocks of n rows, each given as a slice.

    Meanwhile the linear algebra uses one thread for each of ours: on blocks of this size its own
    threads wait more than they work.
    """
    parts = slices(n, width)
    with _single.use() as threads:
        if min(threads, len(parts)) == 1:
            yield lambda function: map(function, parts)
            return
        with ThreadPoolExecutor(threads) as pool:
            try:
                yield lambda function: pool.map(function, parts)
            except BaseException:  # an interrupt does not wait for the blocks that are queued
                pool.shutdown(cancel_futures=True)
                raise


class SingleThreaded:
    """Keeps the linear algebra of this process to one thread while anybody uses this.

    Fits may run beside each other: the first to come sets the limit, the last to go lifts it.
    """

    def __init__(self):
        self._lock, self._users, self._limit, self._threads = Lock(), 0, None, 1

    @contextmanager
    def use(self):
        """Set the limit; gives the number of threads that there are without it."""
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
    """As many threads as the linear algebra would use by itself."""
    return max((library["num_threads"] for library in linear_algebra().info()), default=1)


@cache
def linear_algebra():
    """The libraries behind matrix products, whose threads can be set."""
    return ThreadpoolController().select(user_api="blas")
