"""Files of images as Keras has them: arrays x_train, y_train, x_test, y_test; read, checked."""

import gzip
from dataclasses import dataclass
from io import BytesIO

import numpy as np

from dkm._util.blocks import slices
from dkm.tables.dataset import DataError

ARRAYS = ("x_train", "y_train", "x_test", "y_test")
# Smallest and largest number that such files come with; both ends become 0 and 1.
RANGES = {(0, 255), (0, 1), (-1, 1)}


@dataclass(frozen=True)
class Expected:
    """What a file must hold to be the data set that it is named after.

    Attributes
    ----------
    title : str
    image_shape : tuple of int
        (height, width).
    train, test : tuple of int
        Number of images of each class.
    moments : tuple of float or None
        Mean and standard deviation of all numbers of the training images in [0, 1], where known.
    """

    title: str
    image_shape: tuple
    train: tuple
    test: tuple
    moments: tuple | None = None


def read(path):
    """The four arrays of an ``.npz`` file.

    Parameters
    ----------
    path : Path, or file open for reading

    Returns
    -------
    dict of str to ndarray

    Raises
    ------
    DataError
        If it is no such file. Pickles are not read.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            return {name: file[name] for name in ARRAYS}
    except Exception as error:  # a broken file can fail in zip, in zlib and in NumPy
        raise DataError(
            f"{path} is no .npz file with the arrays {', '.join(ARRAYS)} ({error}). "
            "Replace it or take it away."
        ) from None


def read_idx(content):
    """The array in a compressed file of the kind in which MNIST and Fashion-MNIST first came.

    Parameters
    ----------
    content : bytes
        By gzip: two zeros, the type (8 for uint8), the number of axes, their lengths as big-endian
        integers of four bytes, and the numbers.

    Returns
    -------
    ndarray of uint8

    Raises
    ------
    ValueError, OSError, EOFError, zlib.error
        If it is no such file.
    """
    raw = gzip.decompress(content)
    if raw[:3] != b"\x00\x00\x08":
        raise ValueError("it does not begin as an idx file of bytes does")
    n_axes = raw[3]
    shape = np.frombuffer(raw, ">i4", count=n_axes, offset=4)
    return np.frombuffer(raw, np.uint8, offset=4 + 4 * n_axes).reshape(shape)


def as_npz(arrays):
    """The content of an ``.npz`` file with these arrays, as bytes."""
    content = BytesIO()
    np.savez_compressed(content, **arrays)
    return content.getvalue()


def stack(arrays, expected, path):
    """All images, those for training first, as the rows of a table in [0, 1].

    Parameters
    ----------
    arrays : dict of str to ndarray
        From `read`: images, shape (n, height, width) or (n, height * width); labels, shape (n,).
    expected : Expected
    path : path-like
        Where they come from, for errors.

    Returns
    -------
    X : ndarray, shape (n, height * width), float32
    y : ndarray, shape (n,), int64

    Raises
    ------
    DataError
        If shapes, classes, range or moments are not those of the data set.
    """
    try:
        for part in ("train", "test"):
            check_part(arrays[f"x_{part}"], arrays[f"y_{part}"], expected, part)
        images = [arrays["x_train"], arrays["x_test"]]
        X = to_unit(np.concatenate([x.reshape(len(x), -1) for x in images], dtype=np.float32))
        if expected.moments is not None:
            check_moments(X[: sum(expected.train)], expected.moments)
    except DataError as error:
        raise DataError(
            f"{path} is not {expected.title}: {error} Replace it or take it away."
        ) from None
    return X, np.concatenate([arrays["y_train"], arrays["y_test"]]).astype(np.int64)


def check_part(x, y, expected, part):
    """Raise unless images and labels have the shapes and the number of each class."""
    counts = getattr(expected, part)
    n, (height, width) = sum(counts), expected.image_shape
    if x.shape not in {(n, height, width), (n, height * width)} or x.dtype.kind not in "fiu":
        raise DataError(
            f"x_{part} holds {x.dtype} of shape {x.shape}, expected are numbers of shape "
            f"{(n, height, width)}."
        )
    if y.shape != (n,):
        raise DataError(f"y_{part} has shape {y.shape}, expected is {(n,)}.")
    found = tuple(np.count_nonzero(y == c) for c in range(len(counts)))
    if found != counts:
        raise DataError(
            f"y_{part} holds {_listed(found)} of the classes 0 to {len(counts) - 1}, expected are "
            f"{_listed(counts)}."
        )


def to_unit(X):
    """X, changed in place so that its known range becomes [0, 1]."""
    low, high = float(X.min()), float(X.max())
    if (low, high) not in RANGES:
        raise DataError(
            f"its numbers go from {low:g} to {high:g}, expected are 0 to 255, 0 to 1 or -1 to 1."
        )
    X -= low
    X /= high - low
    return X


def check_moments(X, moments):
    """Raise unless mean and standard deviation of the numbers in X are these, to six decimals."""
    total = squares = 0.0
    for rows in slices(*X.shape):
        block = X[rows].astype(np.float64).ravel()
        total += block.sum()
        squares += block @ block
    mean = total / X.size
    found = mean, np.sqrt(squares / X.size - mean**2)
    if max(abs(a - b) for a, b in zip(found, moments, strict=True)) > 1e-6:
        raise DataError(
            f"its training images have mean {found[0]:.6f} and deviation {found[1]:.6f}, expected "
            f"are {moments[0]:.6f} and {moments[1]:.6f}."
        )


def _listed(counts):
    return ", ".join(map(str, counts))
