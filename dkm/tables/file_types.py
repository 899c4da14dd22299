"""Which files can be read as tables, and what to do with those that cannot."""

import difflib
from zipfile import BadZipFile, ZipFile

from dkm.tables.dataset import DataError

EXTENSIONS = (".csv", ".tsv", ".npz", ".npy", ".parquet")

_SAVE_AS_CSV = "Open it in the program that created it and save it as CSV (UTF-8)."
_UNPACK = "Unpack it first."
_PICKLE = (
    "Loading a pickle can run arbitrary code, so pickles are never loaded here. If you trust the "
    "file, convert it: pandas.read_pickle(file).to_parquet('my.parquet')."
)
_CONVERT_JSON = "Convert it to a table: pandas.read_json(file).to_csv('my.csv', index=False)."
_REMEDIES = {
    ".xlsx": _SAVE_AS_CSV,
    ".xls": _SAVE_AS_CSV,
    ".ods": _SAVE_AS_CSV,
    ".json": _CONVERT_JSON,
    ".txt": "If it is a text table, rename it to .csv.",
    ".pkl": _PICKLE,
    ".pickle": _PICKLE,
    ".gz": _UNPACK,
    ".zip": _UNPACK,
}
_SIGNATURES = {
    b"\x1f\x8b": ("a gzip archive", "Unpack it first, with gunzip or a double click."),
    b"BZh": ("a bzip2 archive", _UNPACK),
    b"\xfd7zXZ": ("an xz archive", _UNPACK),
    b"7z\xbc\xaf": ("a 7z archive", _UNPACK),
    b"\xd0\xcf\x11\xe0": ("an old Excel workbook (.xls)", _SAVE_AS_CSV),
    b"%PDF": ("a PDF document", "Export the table as CSV from its original source."),
    b"PAR1": ("a Parquet file", "Rename it to .parquet."),
    b"\x93NUMPY": ("a NumPy array", "Rename it to .npy."),
    b"SQLite format 3": ("an SQLite database", "Export one of its tables as CSV."),
    b"\x89PNG": ("an image", "A table is required."),
    b"\x80\x04\x95": ("a Python pickle", _PICKLE),
    b"\x80\x05\x95": ("a Python pickle", _PICKLE),
}
_MARKUP = ("<!doctype", "<html", "<?xml", "<table", "<head", "<body")


def check_path(path):
    """Check that a file exists, is supported and can be opened.

    Parameters
    ----------
    path : Path

    Returns
    -------
    str
        Its extension in lower case, one of `EXTENSIONS`.

    Raises
    ------
    DataError
    """
    try:
        extension, exists = path.suffix.lower(), path.exists()
        if path.is_dir():
            raise DataError(f"{path} is a folder. Name a file{similar_files(path, path)}.")
        if extension not in EXTENSIONS:
            raise DataError(f"{path}: {unsupported(extension)}")
        if exists and not path.is_file():
            raise DataError(f"{path} is not a regular file and cannot be read as a table.")
        if not exists:
            raise DataError(f"There is no file {path}{similar_files(path.parent, path)}.")
        with open(path, "rb"):
            return extension
    except OSError as error:
        raise DataError(f"{path} could not be read: {error.strerror}.") from error


def unsupported(extension):
    """Why files with this extension are not read, and what to do instead."""
    reason = f"'{extension}' files are not supported" if extension else "The file has no extension"
    remedy = f" {_REMEDIES[extension]}" if extension in _REMEDIES else ""
    return f"{reason}. Supported: {', '.join(EXTENSIONS)}.{remedy}"


def similar_files(folder, path):
    """The end of a message: the supported files in a folder with the most similar names."""
    try:
        names = sorted(p.name for p in folder.iterdir() if p.suffix.lower() in EXTENSIONS)
    except OSError:
        return ""
    close = difflib.get_close_matches(path.name, names, n=3, cutoff=0.5) or names[:5]
    return f". Files in {folder}: {', '.join(close)}" if close else ""


def check_is_text(path):
    """Raise if the content of a ``.csv`` or ``.tsv`` file is something other than a text table."""
    with open(path, "rb") as file:
        head = file.read(1000)
    if head.startswith(b"PK\x03\x04"):
        raise DataError(f"{path.name} is not a text file but {zip_content(path)}")
    for signature, (content, remedy) in _SIGNATURES.items():
        if head.startswith(signature):
            raise DataError(f"{path.name} is not a text file but {content}. {remedy}")
    start = head.decode(errors="ignore").lstrip("\ufeff \t\r\n").lower()
    if start.startswith(_MARKUP):
        raise DataError(
            f"{path.name} is a web page, not a table. Servers often send an error or login page "
            "instead of the file. Open it in a browser to see what it says, then download the "
            "table again."
        )
    if start.startswith(("{", "[{", "[[")):
        raise DataError(f"{path.name} is JSON, not a table. {_CONVERT_JSON}")


def zip_content(path):
    """What a zip archive contains, and what to do with it."""
    try:
        with ZipFile(path) as archive:
            names = archive.namelist()
    except BadZipFile:
        names = []
    if any(name.startswith("xl/") for name in names):
        return f"an Excel workbook. {_SAVE_AS_CSV}"
    if "content.xml" in names:
        return f"an OpenDocument file. {_SAVE_AS_CSV}"
    if names and all(name.endswith(".npy") for name in names):
        return "NumPy arrays. Rename it to .npz."
    return f"a zip archive. {_UNPACK}"
