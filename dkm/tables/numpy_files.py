"""Tables in NumPy's files: a .npy with one array, a .npz with several. Pickles are never read."""

from math import prod
from zipfile import ZipFile

import numpy as np
import pandas as pd

from dkm.tables.dataset import DataError

POINTS, CLASSES = ("x", "data", "features"), ("y", "labels", "label", "target", "targets")
_HEADERS = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
}


def read_npy(path, limit):
    """The table in a ``.npy`` file.

    Parameters
    ----------
    path : Path
    limit : int
        Bytes that the array may take.

    Returns
    -------
    frame : pandas.DataFrame
    notes : list of str

    Raises
    ------
    DataError
        If it is no such file, or too large.
    """
    with opened(path), open(path, "rb") as file:
        shape, dtype = read_header(file)
        check_dtype(path.name, "its array", dtype)
        check_size(path.name, prod(shape) * dtype.itemsize, limit)
        file.seek(0)
        array = np.lib.format.read_array(file, allow_pickle=False)
    if array.ndim < 2 or array.dtype.kind not in "biuf":
        raise DataError(
            f"{path.name} holds {array.dtype} of shape {array.shape}. It needs numbers in rows and "
            "columns, shape (n, d)."
        )
    return as_frame(path.name, array)


def read_npz(path, limit):
    """The table in a ``.npz`` file.

    Points are the array X (or x, data, features), Keras' x_train and x_test one after the other, or
    the only array with rows and columns. Arrays with one value for each row become columns.

    Parameters
    ----------
    path : Path
    limit : int
        Bytes that the arrays may take when they are unpacked.

    Returns
    -------
    frame : pandas.DataFrame
    notes : list of str
    label : str or None
        The column that holds the classes, by its name.

    Raises
    ------
    DataError
        If it is no such file, or too large.
    """
    arrays = load_arrays(path, limit)
    if "x_train" in arrays:
        for part in "xy":
            halves = [arrays.pop(f"{part}_{half}", None) for half in ("train", "test")]
            arrays[part] = stacked(path.name, part, [half for half in halves if half is not None])
    name = find_points(path.name, arrays)
    if name is None:
        frame, notes = pd.DataFrame(), []
    else:
        frame, notes = as_frame(path.name, arrays.pop(name), find_names(arrays))
    unused = []
    for key, array in arrays.items():
        if array.ndim == 1 and len(array) and (frame.empty or len(array) == len(frame)):
            frame[key] = array
        else:
            unused.append(key)
    if unused:
        notes.append(f"Arrays that are not used: {', '.join(unused)}.")
    label = [key for key in frame if str(key).lower() in CLASSES]
    return frame, notes, label[0] if label else None


def load_arrays(path, limit):
    """All arrays of a ``.npz``, after a look at what their headers promise."""
    with opened(path):
        with ZipFile(path) as archive:
            members = [info for info in archive.infolist() if info.filename.endswith(".npy")]
            check_size(path.name, sum(info.file_size for info in members), limit)
            for info in members:
                with archive.open(info) as file:
                    shape, dtype = read_header(file)
                    promised = file.tell() + prod(shape) * dtype.itemsize
                check_dtype(path.name, f"its array {info.filename.removesuffix('.npy')}", dtype)
                if promised != info.file_size:
                    raise ValueError("an array is larger than its file")
        with np.load(path, allow_pickle=False) as file:
            arrays = {name.removesuffix(".npy"): file[name] for name in file.files}
    return {name: each for name, each in arrays.items() if isinstance(each, np.ndarray)}


class opened:
    """Turns what goes wrong inside NumPy and zip into words."""

    def __init__(self, path):
        self.name = path.name

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        if error is None or isinstance(error, DataError | MemoryError | KeyboardInterrupt):
            return
        raise DataError(
            f"{self.name} is incomplete or damaged ({error}). Copy it again, or save it again with "
            "numpy.savez(file, X=X, y=y)."
        ) from None


def read_header(file):
    """Shape and type that a ``.npy`` says that its array has."""
    shape, _, dtype = _HEADERS[np.lib.format.read_magic(file)](file)
    return shape, dtype


def check_dtype(name, what, dtype):
    """Raise if an array holds what only pickle can read."""
    if dtype.hasobject:
        raise DataError(
            f"{name}: {what} holds Python objects. To read them a program in the file would have "
            "to be run, which is never done. Save plain numbers: X.astype(float)."
        )


def check_size(name, size, limit):
    """Raise if so many bytes are too many."""
    if size > limit:
        raise DataError(
            f"{name} would take {size / 1e9:.1f} GB of memory, more than the {limit / 1e9:.1f} GB "
            "(a quarter of this machine's) that a table may take. Give a part of its rows or "
            "columns."
        )


def stacked(name, part, halves):
    """The arrays for training and testing, one below the other."""
    try:
        return np.concatenate(halves)
    except ValueError:
        shapes = " and ".join(str(half.shape) for half in halves)
        raise DataError(
            f"{name}: {part}_train and {part}_test do not fit together, their shapes are {shapes}."
        ) from None


def find_points(name, arrays):
    """The key of the array with the points; None if all arrays are columns."""
    tables = {
        key: array for key, array in arrays.items() if array.ndim > 1 and array.dtype.kind in "biuf"
    }
    for key in tables:
        if key.lower() in POINTS:
            return key
    if len(tables) > 1 or not arrays:
        held = ", ".join(f"{key} {array.shape}" for key, array in arrays.items()) or "no array"
        raise DataError(f"{name} holds {held}. Call the array with the points X.")
    if not tables and len({array.shape for array in arrays.values()}) > 1:
        raise DataError(
            f"{name} holds no array with rows and columns. Save one as X, shape (n, d)."
        )
    return next(iter(tables), None)


def find_names(arrays):
    """The names of the columns, if the file has them."""
    key = next((key for key in arrays if key in ("feature_names", "columns")), None)
    return None if key is None else [str(name) for name in arrays.pop(key)]


def as_frame(name, array, names=None):
    """An array as a table, what has more than two axes row by row, and notes."""
    notes = []
    if not array.size:
        raise DataError(f"{name} holds an array of shape {array.shape}, which has no values.")
    if array.ndim > 2:
        shape = " x ".join(map(str, array.shape[1:]))
        notes.append(f"Each row of shape {shape} is laid out as one line of numbers.")
    table = array.reshape(len(array), -1)
    if names is None or len(names) != table.shape[1]:
        names = [f"column {i + 1}" for i in range(table.shape[1])]
    return pd.DataFrame(table, columns=names), notes
