"""The bytes of a model file: a header and arrays, in the safetensors format.

A safetensors file holds numbers and text, no code, and the library checks every size in it against
the length of the file before it reads an array. Our header is JSON text under a single key of the
file's metadata: several keys would be written in no fixed order.
"""

import hashlib
import json
import platform
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from safetensors import safe_open
from safetensors.numpy import save

import dkm
from dkm._util.files import write_atomically

FORMAT = 2  # raised when files change in a way that older versions cannot read
KEY = "dkm"  # of the header, in the metadata
# How a model file begins: after the eight bytes that say how long the beginning is, or, in the
# format of dkm 0.1.0, after the first 30 bytes of an .npz.
BEGINNING = b'{"__metadata__":{"dkm":'
OLD_START, OLD_NAME = b"PK\x03\x04", b"model.json"


def write(path, header, arrays):
    """Write a model file, whole or not at all.

    Parameters
    ----------
    path : path-like
    header : dict
        Plain JSON. The format and the versions of what made the model are added.
    arrays : dict of str to ndarray
        Of integers or floats, any shape.

    Raises
    ------
    TypeError
        If an array or the header holds something else; nothing is written then.
    OSError
        If the disk is full, or writing there is not allowed.
    """
    versions = {
        "dkm": dkm.__version__,
        "numpy": np.__version__,
        "python": platform.python_version(),
        **header.get("versions", {}),
    }
    write_atomically(path, pack({"format": FORMAT, **header, "versions": versions}, arrays))


def pack(header, arrays):
    """The bytes of a model file: the same bytes for the same model, whenever they are written."""
    arrays = {name: np.asarray(values, order="C") for name, values in arrays.items()}
    for name, values in arrays.items():
        if values.dtype.kind not in "fiu":
            raise TypeError(f"{name} holds {values.dtype}. Only integers and floats can be saved.")
    text = json.dumps(header | {"checksum": _checksum(header, arrays)}, ensure_ascii=False)
    return save(arrays, {KEY: text})


def read(path):
    """The header and the arrays of a model file.

    Parameters
    ----------
    path : path-like

    Returns
    -------
    header : dict
    arrays : dict of str to ndarray

    Raises
    ------
    ValueError
        If there is no such file, or it is not ours, incomplete, of the former format or of a newer
        one. Nothing in a file is executed, and its arrays take as much memory as the file is long.
    """
    path = Path(path)
    try:
        _check_beginning(path)
    except OSError as error:
        raise ValueError(f"The model file {path} cannot be read: {error.strerror}.") from error
    with as_damaged(path), safe_open(path, framework="np") as file:
        header = json.loads(file.metadata()[KEY])
        version, newer = header["versions"]["dkm"], header["format"] > FORMAT
        arrays = {} if newer else {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    if newer:
        raise ValueError(
            f"{path.name} was written by dkm {version} in a newer format than dkm "
            f"{dkm.__version__} reads ({header['format']}; it reads up to {FORMAT}). "
            "Install a newer version."
        )
    with as_damaged(path):
        _check_content(header, arrays)
    return header, arrays


@contextmanager
def as_damaged(path):
    """Report any exception raised in the block as a damaged file: its parts may hold anything."""
    try:
        yield
    except Exception as error:
        raise ValueError(
            f"{path.name} is incomplete or damaged ({str(error).rstrip('.')}). Copy it again from "
            "where it was made, or make it again."
        ) from error


def _check_beginning(path):
    """Raise unless the file starts like a dkm model file; a truncated one passes."""
    if not path.is_file():
        problem = "is not a file" if path.exists() else "does not exist"
        raise ValueError(f"{path} {problem}. Name a model file, such as model.safetensors.")
    with open(path, "rb") as file:
        head = file.read(64)
    if head.startswith(OLD_START) and head[30:].startswith(OLD_NAME):
        raise ValueError(
            f"{path.name} is a model file in the old format (.npz) of dkm 0.1.0, which is no "
            "longer read. Make it again: run `dkm report --data` once more, or fit the estimator "
            "again and call dkm.models.save."
        )
    if not head[8:].startswith(BEGINNING):
        raise ValueError(
            f"{path.name} is not a model file of dkm. `dkm report --data`, dkm.models.save and "
            "dkm.deep.save make such files."
        )


def _check_content(header, arrays):
    for name, values in arrays.items():
        if values.dtype.kind not in "fiu":
            raise ValueError(f"{name} holds {values.dtype}, not numbers")
    if header.pop("checksum") != _checksum(header, arrays):
        raise ValueError("its checksum does not match")


def _checksum(header, arrays):
    """SHA-256 of header and arrays: it detects damage (safetensors does not), not malice."""
    total = hashlib.sha256(json.dumps(header, ensure_ascii=False).encode())
    for name in sorted(arrays):
        values = arrays[name]
        total.update(f"{name} {values.dtype.name} {values.shape}".encode())
        total.update(values.astype(values.dtype.newbyteorder("<"), copy=False).tobytes())
    return total.hexdigest()
