"""Read and validate image files in the layout of Keras: x_train, y_train, x_test, y_test."""

import gzip
from dataclasses import dataclass
from io import BytesIO

import numpy as np

from dkm._util.blocks import slices
from dkm.tables.dataset import DataError

ARRAYS = ("x_train", "y_train", "x_test", "y_test")
# The (minimum, maximum) of the values in such files; they are rescaled to (0, 1).
RANGES = {(0, 255), (0, 1), (-1, 1)}


@dataclass(frozen=True)
class Expected:
    """What a file must contain to be a given data set.

    Attributes
    ----------
    title : str
    image_shape : tuple of int
        (height, width).
    train, test : tuple of int
        Number of images of each class.
    moments : tuple of float or None
        Mean and standard deviation of all values of the training images in [0, 1], if known.
    """

    title: str
    image_shape: tuple
    train: tuple
    test: tuple
    moments: tuple | None = None


def read(path):
    """Read the four arrays of an ``.npz`` file.

    Parameters
    ----------
    path : Path or binary file object

    Returns
    -------
    dict of str to ndarray

    Raises
    ------
    DataError
        If it is not such a file. Pickles are never loaded.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            return {name: file[name] for name in ARRAYS}
    except Exception as error:  # a damaged file can raise errors of zipfile, zlib or NumPy
        raise DataError(
            f"{path} is not an .npz file with the arrays {', '.join(ARRAYS)} ({error}). "
            "Replace or delete it."
        ) from None


def read_idx(content):
    """Decode a gzip-compressed IDX file, the original format of MNIST and Fashion-MNIST.

    Parameters
    ----------
    content : bytes
        Once decompressed: two zero bytes, the type (8 for uint8), the number of axes, their lengths
        as big-endian 4-byte integers, and the values.

    Returns
    -------
    ndarray of uint8

    Raises
    ------
    ValueError, OSError, EOFError, zlib.error
        If it is not such a file.
    """
    raw = gzip.decompress(content)
    if raw[:3] != b"\x00\x00\x08":
        raise ValueError("it does not start with the header of an IDX file of bytes")
    n_axes = raw[3]
    shape = np.frombuffer(raw, ">i4", count=n_axes, offset=4)
    return np.frombuffer(raw, np.uint8, offset=4 + 4 * n_axes).reshape(shape)


def as_npz(arrays):
    """Encode arrays as the content of an ``.npz`` file, in bytes."""
    content = BytesIO()
    np.savez_compressed(content, **arrays)
    return content.getvalue()


def stack(arrays, expected, path):
    """Stack all images, training images first, as rows with values in [0, 1].

    Parameters
    ----------
    arrays : dict of str to ndarray
        From `read`: images, shape (n, height, width) or (n, height * width); labels, shape (n,).
    expected : Expected
    path : path-like
        Where they come from, for error messages.

    Returns
    -------
    X : ndarray, shape (n, height * width), float32
    y : ndarray, shape (n,), int64

    Raises
    ------
    DataError
        If the shapes, classes, value range or moments are not those of the data set.
    """
    try:
        for part in ("train", "test"):
            check_part(arrays[f"x_{part}"], arrays[f"y_{part}"], expected, part)
        images = [arrays["x_train"], arrays["x_test"]]
        X = to_unit(np.concatenate([x.reshape(len(x), -1) for x in images], dtype=np.float32))
        if expected.moments is not None:
            check_moments(X[: sum(expected.train)], expected.moments)
    except DataError as error:
        raise DataError(f"{path} is not {expected.title}: {error} Replace or delete it.") from None
    return X, np.concatenate([arrays["y_train"], arrays["y_test"]]).astype(np.int64)


def check_part(x, y, expected, part):
    """Raise unless images and labels have the expected shapes and class sizes."""
    counts = getattr(expected, part)
    n, (height, width) = sum(counts), expected.image_shape
    if x.shape not in {(n, height, width), (n, height * width)} or x.dtype.kind not in "fiu":
        raise DataError(
            f"x_{part} contains {x.dtype} of shape {x.shape}; expected numbers of shape "
            f"{(n, height, width)}."
        )
    if y.shape != (n,):
        raise DataError(f"y_{part} has shape {y.shape}; expected {(n,)}.")
    found = tuple(np.count_nonzero(y == c) for c in range(len(counts)))
    if found != counts:
        raise DataError(
            f"y_{part} contains {_join(found)} images of the classes 0 to {len(counts) - 1}; "
            f"expected {_join(counts)}."
        )


def to_unit(X):
    """Rescale X in place from its known range to [0, 1], and return it."""
    low, high = float(X.min()), float(X.max())
    if (low, high) not in RANGES:
        raise DataError(
            f"its values range from {low:g} to {high:g}; expected 0 to 255, 0 to 1 or -1 to 1."
        )
    X -= low
    X /= high - low
    return X


def check_moments(X, moments):
    """Raise unless the values in X have this mean and standard deviation, within 1e-6."""
    total = squares = 0.0
    for rows in slices(*X.shape):
        block = X[rows].astype(np.float64).ravel()
        total += block.sum()
        squares += block @ block
    mean = total / X.size
    found = mean, np.sqrt(squares / X.size - mean**2)
    if max(abs(a - b) for a, b in zip(found, moments, strict=True)) > 1e-6:
        raise DataError(
            f"its training images have mean {found[0]:.6f} and standard deviation {found[1]:.6f}; "
            f"expected {moments[0]:.6f} and {moments[1]:.6f}."
        )


def _join(counts):
    return ", ".join(map(str, counts))
