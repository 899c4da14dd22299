from collections.abc import Iterable
from os import PathLike

from dkm.tables.dataset import Column, DataError, Dataset

__all__ = ["Column", "DataError", "Dataset", "load", "names"]

def load(
    name: str | PathLike[str],
    *,
    label: str | None = None,
    row_id: str | None = None,
    leave_out: Iterable[str] = (),
    standardize: bool = True,
) -> Dataset: ...
def names() -> dict[str, str]: ...
