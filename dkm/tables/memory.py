"""How much memory a table may take."""

import os

from dkm.tables.dataset import DataError

SHARE = 4  # a table may take 1/SHARE of the memory, as there are several copies of it at a time
DEFAULT_TOTAL = 8 * 2**30  # bytes, assumed where the system does not report its memory


def total():
    """Physical memory of this machine, in bytes."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):  # Windows has no sysconf
        return DEFAULT_TOTAL


def check_size(name, size):
    """Raise if a table of `size` bytes is too large for this machine."""
    limit = total() // SHARE
    if size > limit:
        raise DataError(
            f"{name} would take {size / 1e9:.1f} GB of memory. The limit is {limit / 1e9:.1f} GB, "
            "a quarter of this machine's memory. Use fewer rows or columns."
        )
