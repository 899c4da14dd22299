"""Read a table from a file of any supported type."""

from pathlib import Path
from typing import NamedTuple

import pandas as pd
import pyarrow as pa
from pyarrow import parquet

from dkm.tables import delimited, file_types, memory, numpy_files
from dkm.tables.dataset import DataError


class Table(NamedTuple):
    """The content of a file, before any column is interpreted.

    Attributes
    ----------
    frame : pandas.DataFrame
    notes : list of str
        What was detected in the file, in sentences.
    decimal : {".", ","}
        Decimal mark for text in which a number is ambiguous, such as 1.234.
    label : str or None
        The column that the file itself marks as the class labels.
    """

    frame: pd.DataFrame
    notes: list
    decimal: str = "."
    label: str | None = None


def read(path):
    """Read a table from a file.

    Parameters
    ----------
    path : str or path-like
        A ``.csv``, ``.tsv``, ``.npz``, ``.npy`` or ``.parquet`` file.

    Returns
    -------
    Table

    Raises
    ------
    DataError
        If the file does not exist, cannot be read, is of another type or is too large. Nothing in
        a file is ever executed.
    """
    path = Path(path).expanduser()
    extension = file_types.check_path(path)
    try:
        if extension == ".npy":
            return Table(*numpy_files.read_npy(path))
        if extension == ".npz":
            frame, notes, label = numpy_files.read_npz(path)
            return Table(frame, notes, label=label)
        if extension == ".parquet":
            return Table(*read_parquet(path))
        memory.check_size(path.name, path.stat().st_size)
        file_types.check_is_text(path)
        return Table(*delimited.read(path))
    except OSError as error:
        raise DataError(f"{path} could not be read: {error.strerror or error}.") from error


def read_parquet(path):
    """Read the table in a ``.parquet`` file.

    Parameters
    ----------
    path : Path

    Returns
    -------
    frame : pandas.DataFrame
    notes : list of str

    Raises
    ------
    DataError
        If it is not a Parquet file, is damaged, is empty or is too large.
    """
    try:
        with parquet.ParquetFile(path) as file:
            metadata, schema = file.metadata, file.schema_arrow
            uncompressed = sum(
                metadata.row_group(i).total_byte_size for i in range(metadata.num_row_groups)
            )
            size = max(uncompressed, metadata.num_rows * metadata.num_columns * 8)
            memory.check_size(path.name, size)
            flat = [field.name for field in schema if not pa.types.is_nested(field.type)]
            table = file.read(columns=flat)
    except (pa.ArrowException, OSError, ValueError) as error:
        if isinstance(error, DataError):
            raise
        reason = str(error).splitlines()[0][:150]
        raise DataError(
            f"{path.name} is incomplete or not a Parquet file ({reason}). Copy it again."
        ) from error
    nested = [field.name for field in schema if pa.types.is_nested(field.type)]
    notes = [f"Columns of lists or records left out: {', '.join(nested)}."] if nested else []
    names = delimited.make_unique(table.column_names)
    frame = table.rename_columns(names).to_pandas(ignore_metadata=True, types_mapper=pd.ArrowDtype)
    if not frame.size:
        raise DataError(
            f"{path.name} has {len(frame)} rows and {len(names)} readable columns. "
            "At least one of each is required."
        )
    return frame, notes
