"""Files of tables: which are read, and what is said of those that are not what they seem."""

import difflib
import os
from pathlib import Path
from typing import NamedTuple
from zipfile import BadZipFile, ZipFile

import pandas as pd
import pyarrow as pa
from pyarrow import parquet

from dkm.tables import delimited, numpy_files
from dkm.tables.dataset import DataError

KINDS = (".csv", ".tsv", ".npz", ".npy", ".parquet")
SHARE = 4  # a table may take one part in so many of the memory: it is held more than once
UNKNOWN_MEMORY = 8 * 2**30  # bytes, where the system does not tell

_AS_CSV = "Open it in the program that it comes from and save it as CSV (UTF-8)."
_OTHERS = {
    ".xlsx": _AS_CSV,
    ".xls": _AS_CSV,
    ".ods": _AS_CSV,
    ".json": "Turn it into a table: pandas.read_json(file).to_csv('my.csv', index=False).",
    ".txt": "If it is a table of text, rename it to .csv.",
    ".pkl": "A pickle can run any program when it is read, so it is never read here. Where you "
    "trust it: pandas.read_pickle(file).to_parquet('my.parquet').",
    ".gz": "Unpack it first.",
    ".zip": "Unpack it first.",
}
_OTHERS[".pickle"] = _OTHERS[".pkl"]
_SIGNS = {
    b"\x1f\x8b": ("a gzip archive", "Unpack it first: gunzip, or a double click."),
    b"BZh": ("a bzip2 archive", "Unpack it first."),
    b"\xfd7zXZ": ("an xz archive", "Unpack it first."),
    b"7z\xbc\xaf": ("a 7z archive", "Unpack it first."),
    b"\xd0\xcf\x11\xe0": ("an old Excel workbook (.xls)", _AS_CSV),
    b"%PDF": ("a PDF document", "A table must be exported as CSV from where it comes from."),
    b"PAR1": ("a Parquet file", "Rename it to .parquet."),
    b"\x93NUMPY": ("a NumPy array", "Rename it to .npy."),
    b"SQLite format 3": ("an SQLite database", "Export a table of it as CSV."),
    b"\x89PNG": ("a picture", "A table is needed."),
    b"\x80\x04\x95": ("a Python pickle", _OTHERS[".pkl"]),
    b"\x80\x05\x95": ("a Python pickle", _OTHERS[".pkl"]),
}
_PAGES = ("<!doctype", "<html", "<?xml", "<table", "<head", "<body")


class Table(NamedTuple):
    """A file as it was read, before anything is judged.

    Attributes
    ----------
    frame : pandas.DataFrame
    notes : list of str
        What was found out about the file, in sentences.
    decimal : {".", ","}
        The decimal mark where a number in a text leaves it open.
    label : str or None
        The column that the file itself calls the classes.
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
        A ``.csv``, ``.tsv``, ``.npz``, ``.npy`` or ``.parquet``.

    Returns
    -------
    Table

    Raises
    ------
    DataError
        If there is no such file, it cannot be read, is of another kind, or is too large. Nothing
        in a file is ever executed.
    """
    path = Path(path).expanduser()
    kind = check_file(path)
    limit = memory() // SHARE
    try:
        if kind == ".npy":
            return Table(*numpy_files.read_npy(path, limit))
        if kind == ".npz":
            frame, notes, label = numpy_files.read_npz(path, limit)
            return Table(frame, notes, label=label)
        if kind == ".parquet":
            return Table(*read_parquet(path, limit))
        numpy_files.check_size(path.name, path.stat().st_size, limit)
        refuse_other_content(path)
        return Table(*delimited.read(path))
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror or error}.") from error


def check_file(path):
    """The kind of a file that is there and can be opened: its ending in small letters."""
    try:
        kind, there = path.suffix.lower(), path.exists()
        if path.is_dir():
            raise DataError(f"{path} is a folder. Name a file{near(path, path)}.")
        if kind not in KINDS:
            raise DataError(f"{path}: {refusal(kind)}")
        if there and not path.is_file():
            raise DataError(f"{path} is no file that can be read as a table.")
        if not there:
            raise DataError(f"There is no file {path}{near(path.parent, path)}.")
        with open(path, "rb"):
            return kind
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}.") from error


def refusal(kind):
    """Why files with this ending are not read, and what to do."""
    said = f"Files that end in '{kind}' are not read" if kind else "A file needs an ending"
    remedy = f" {_OTHERS[kind]}" if kind in _OTHERS else ""
    return f"{said}. Known: {', '.join(KINDS)}.{remedy}"


def near(folder, path):
    """The tables in a folder, those with the most similar names."""
    try:
        names = sorted(p.name for p in folder.iterdir() if p.suffix.lower() in KINDS)
    except OSError:
        return ""
    close = difflib.get_close_matches(path.name, names, n=3, cutoff=0.5) or names[:5]
    return f". In {folder} there are {', '.join(close)}" if close else ""


def refuse_other_content(path):
    """Raise if a file that is called CSV begins as something else does."""
    with open(path, "rb") as file:
        head = file.read(1000)
    if head.startswith(b"PK\x03\x04"):
        raise DataError(f"{path.name} is no text but {zip_content(path)}")
    for sign, (what, remedy) in _SIGNS.items():
        if head.startswith(sign):
            raise DataError(f"{path.name} is no text but {what}. {remedy}")
    start = head.decode(errors="ignore").lstrip("\ufeff \t\r\n").lower()
    if start.startswith(_PAGES):
        raise DataError(
            f"{path.name} is a web page and no table; often it is what a server shows instead of "
            "the file. Open it in a browser to see what it says, and download the table again."
        )
    if start.startswith(("{", "[{", "[[")):
        raise DataError(f"{path.name} is JSON and no table. {_OTHERS['.json']}")


def zip_content(path):
    """What a zip archive is, and the remedy."""
    try:
        with ZipFile(path) as archive:
            names = archive.namelist()
    except BadZipFile:
        names = []
    if any(name.startswith("xl/") for name in names):
        return f"an Excel workbook. {_AS_CSV}"
    if "content.xml" in names:
        return f"an OpenDocument file. {_AS_CSV}"
    if names and all(name.endswith(".npy") for name in names):
        return "NumPy arrays. Rename it to .npz."
    return "a zip archive. Unpack it first."


def read_parquet(path, limit):
    """The table in a ``.parquet`` file, and notes."""
    try:
        with parquet.ParquetFile(path) as file:
            about, schema = file.metadata, file.schema_arrow
            packed = sum(about.row_group(i).total_byte_size for i in range(about.num_row_groups))
            size = max(packed, about.num_rows * about.num_columns * 8)
            numpy_files.check_size(path.name, size, limit)
            flat = [field.name for field in schema if not pa.types.is_nested(field.type)]
            table = file.read(columns=flat)
    except (pa.ArrowException, OSError, ValueError) as error:
        if isinstance(error, DataError):
            raise
        reason = str(error).splitlines()[0][:150]
        raise DataError(
            f"{path.name} is incomplete or no Parquet file ({reason}). Copy it again."
        ) from error
    nested = [field.name for field in schema if pa.types.is_nested(field.type)]
    notes = [f"Columns of lists or records are left out: {', '.join(nested)}."] if nested else []
    names = delimited.unique(table.column_names)
    frame = table.rename_columns(names).to_pandas(ignore_metadata=True, types_mapper=pd.ArrowDtype)
    if not frame.size:
        raise DataError(f"{path.name} has {len(frame)} rows and {len(names)} columns to read.")
    return frame, notes


def memory():
    """Bytes of memory of this machine."""
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):  # Windows has no sysconf
        return UNKNOWN_MEMORY
