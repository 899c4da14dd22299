"""Read tables from NumPy files: one array (.npy) or several (.npz). Pickles are never loaded."""

from contextlib import contextmanager
from math import prod
from zipfile import ZipFile

import numpy as np
import pandas as pd

from dkm.tables import memory
from dkm.tables.dataset import DataError

POINTS = ("x", "data", "features")  # names of the array of points, in any case
CLASSES = ("y", "labels", "label", "target", "targets")  # names of the array of class labels
_HEADERS = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
}


def read_npy(path):
    """Read the table in a ``.npy`` file.

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
        If it is not a ``.npy`` file, is damaged, is not a numeric table or is too large.
    """
    with wrap_errors(path), open(path, "rb") as file:
        shape, dtype = read_header(file)
        check_dtype(path.name, "the array", dtype)
        memory.check_size(path.name, prod(shape) * dtype.itemsize)
        file.seek(0)
        array = np.lib.format.read_array(file, allow_pickle=False)
    if array.ndim < 2 or array.dtype.kind not in "biuf":
        raise DataError(
            f"{path.name} contains {array.dtype} of shape {array.shape}. Save a numeric array with "
            "rows and columns, shape (n, d)."
        )
    return as_frame(path.name, array)


def read_npz(path):
    """Read the table in a ``.npz`` file.

    The points are the array X (or x, data, features), Keras' x_train followed by x_test, or the
    only array with rows and columns. Arrays with one value per row become columns.

    Parameters
    ----------
    path : Path

    Returns
    -------
    frame : pandas.DataFrame
    notes : list of str
    label : str or None
        The column with the class labels, recognised by its name.

    Raises
    ------
    DataError
        If it is not a ``.npz`` file, is damaged, contains no table or is too large.
    """
    arrays = load_arrays(path)
    if "x_train" in arrays:
        for part in "xy":
            halves = [arrays.pop(f"{part}_{half}", None) for half in ("train", "test")]
            arrays[part] = concatenate(
                path.name, part, [half for half in halves if half is not None]
            )
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
        notes.append(f"Arrays not used: {', '.join(unused)}.")
    label = [key for key in frame if str(key).lower() in CLASSES]
    return frame, notes, label[0] if label else None


def load_arrays(path):
    """Load all arrays of a ``.npz`` file, once their headers have been checked."""
    with wrap_errors(path):
        with ZipFile(path) as archive:
            members = [info for info in archive.infolist() if info.filename.endswith(".npy")]
            memory.check_size(path.name, sum(info.file_size for info in members))
            for info in members:
                with archive.open(info) as file:
                    shape, dtype = read_header(file)
                    expected_size = file.tell() + prod(shape) * dtype.itemsize
                check_dtype(path.name, f"the array {info.filename.removesuffix('.npy')}", dtype)
                if expected_size != info.file_size:
                    raise ValueError("the size of an array does not match its header")
        with np.load(path, allow_pickle=False) as file:
            arrays = {name.removesuffix(".npy"): file[name] for name in file.files}
    return {name: each for name, each in arrays.items() if isinstance(each, np.ndarray)}


@contextmanager
def wrap_errors(path):
    """Convert any error that NumPy or zipfile raises into a DataError."""
    try:
        yield
    except (DataError, MemoryError):
        raise
    except Exception as error:
        raise DataError(
            f"{path.name} is incomplete or damaged ({error}). Copy it again, or save it again with "
            "numpy.savez(file, X=X, y=y)."
        ) from None


def read_header(file):
    """Shape and dtype of an array, from the header of its ``.npy`` file."""
    shape, _, dtype = _HEADERS[np.lib.format.read_magic(file)](file)
    return shape, dtype


def check_dtype(name, what, dtype):
    """Raise if an array contains objects, which only pickle can load."""
    if dtype.hasobject:
        raise DataError(
            f"{name}: {what} contains Python objects. Loading them could run code from the file, "
            "so it is never done. Save plain numbers: X.astype(float)."
        )


def concatenate(name, part, halves):
    """Concatenate the training array and the test array."""
    try:
        return np.concatenate(halves)
    except ValueError:
        shapes = " and ".join(str(half.shape) for half in halves)
        raise DataError(
            f"{name}: {part}_train and {part}_test have incompatible shapes, {shapes}. Save arrays "
            "that differ only in their number of rows."
        ) from None


def find_points(name, arrays):
    """The key of the array of points; None if all arrays are columns."""
    tables = {
        key: array for key, array in arrays.items() if array.ndim > 1 and array.dtype.kind in "biuf"
    }
    for key in tables:
        if key.lower() in POINTS:
            return key
    if len(tables) > 1 or not arrays:
        found = ", ".join(f"{key} {array.shape}" for key, array in arrays.items()) or "no array"
        raise DataError(f"{name} contains {found}. Save the array of points as X.")
    if not tables and len({array.shape for array in arrays.values()}) > 1:
        raise DataError(
            f"{name} contains no array with rows and columns. Save one as X, shape (n, d)."
        )
    return next(iter(tables), None)


def find_names(arrays):
    """Remove the array of column names and return them as a list; None if there is none."""
    key = next((key for key in arrays if key in ("feature_names", "columns")), None)
    return None if key is None else [str(name) for name in arrays.pop(key)]


def as_frame(name, array, names=None):
    """Convert an array to a table, flattening axes beyond the first; returns it with notes."""
    notes = []
    if not array.size:
        raise DataError(
            f"{name} contains an array of shape {array.shape}, which has no values. "
            "Save an array with rows and columns, shape (n, d)."
        )
    if array.ndim > 2:
        shape = " x ".join(map(str, array.shape[1:]))
        notes.append(f"Each row, of shape {shape}, is flattened.")
    table = array.reshape(len(array), -1)
    if names is None or len(names) != table.shape[1]:
        names = [f"column {i + 1}" for i in range(table.shape[1])]
    return pd.DataFrame(table, columns=names), notes
