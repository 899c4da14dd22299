"""Fitted clusterers as files that are safe to open: numbers and text, no pickle.

A model file is an uncompressed ``.npz``: `numpy.load` reads its arrays, and its part
``model.json`` says what they are. Introduced in the notebook your_data.
"""

import json
import os
import platform
from io import BytesIO
from pathlib import Path
from typing import NamedTuple
from zipfile import ZIP_STORED, ZipFile, ZipInfo

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

import dkm
from dkm._util.files import write_whole

FORMAT = 1  # raised when files change in a way that older versions cannot read
HEADER = "model.json"

# The classes that can be saved, by their public name, and the fitted attributes that are kept.
# What belongs to the rows that were fitted (labels_) or to the fit itself (history_) is not.
_ALWAYS = ("cluster_centers_", "inertia_", "n_iter_", "n_features_in_")
KEPT = {"KMeans": _ALWAYS, "MiniBatchKMeans": (*_ALWAYS, "counts_", "n_steps_")}


class Model(NamedTuple):
    """What a model file holds.

    Attributes
    ----------
    estimator : KMeans or MiniBatchKMeans
        Fitted: it can predict, transform and score, and has all fitted attributes but ``labels_``
        and ``history_``, which are about the rows that it was fitted on.
    recipe : dkm.tables.loading.Recipe or None
        How a table becomes the numbers that the estimator takes.
    reach : ndarray, shape (n_clusters,), or None
        Greatest distance of a fitted row to its centre, for each cluster.
    """

    estimator: BaseEstimator
    recipe: object
    reach: np.ndarray


def save(path, estimator, recipe=None, reach=None):
    """Write a fitted clusterer to one file, whole or not at all.

    Parameters
    ----------
    path : path-like
        Where to; ``.npz`` is the usual ending. A file of that name is replaced.
    estimator : KMeans or MiniBatchKMeans
        It must be fitted. A ``random_state`` that is no integer is not kept.
    recipe : dkm.tables.loading.Recipe, optional
        How its rows were made from a table: then `dkm predict` can label other tables.
    reach : array-like, shape (n_clusters,), optional
        Greatest distance of a fitted row to its centre, for each cluster, see
        `dkm.labelling.reach`.

    Raises
    ------
    TypeError
        If the estimator is of no class that can be saved.
    sklearn.exceptions.NotFittedError
        If it is not fitted.
    OSError
        If the disk is full, or one may not write there.
    """
    name = type(estimator).__name__
    if name not in KEPT or type(estimator) is not getattr(dkm, name):
        raise TypeError(
            f"A {type(estimator).__module__}.{name} cannot be saved. "
            f"Those of dkm that can: {', '.join(KEPT)}; deep clusterers by dkm.deep.save."
        )
    check_is_fitted(estimator)
    header, arrays = {"format": FORMAT, "class": name, "versions": _versions()}, {}
    for part, values in _parts(estimator).items():
        header[part] = {n: value for n, value in values.items() if not _is_array(value)}
        arrays |= {f"{part}/{n}": np.asarray(v) for n, v in values.items() if _is_array(v)}
    names = getattr(estimator, "feature_names_in_", None)
    header["feature_names"] = None if names is None else [str(each) for each in names]
    header["recipe"] = None if recipe is None else recipe.as_dict()
    if reach is not None:
        arrays["reach"] = np.asarray(reach, dtype=np.float64)
    write_whole(path, pack(header, arrays))


def load(path):
    """Read what `save` wrote.

    Parameters
    ----------
    path : path-like

    Returns
    -------
    Model
        Estimator, recipe, reach. The estimator gives the same labels and distances, bit for bit.

    Raises
    ------
    ValueError
        If there is no such file, or it is none of ours, incomplete, or of a newer version. Nothing
        in a file is ever executed, and nothing larger than the file is held in memory.
    """
    path = Path(path)
    try:
        header, arrays = unpack(path)
    except OSError as error:
        raise ValueError(f"The model file {path} cannot be read: {error.strerror}.") from error
    if header["class"] not in list(KEPT):  # whatever it is: it need not be a str
        raise ValueError(
            f"{path.name} holds a {header['class']!r}; what is read here is {' or '.join(KEPT)}. "
            "A deep clusterer is read by dkm.deep.load, another one by a newer version of dkm."
        )
    try:
        return _rebuilt(header, arrays)
    except Exception as error:  # its parts are those of a model, but may hold anything
        raise ValueError(_damaged(path, error)) from error


def pack(header, arrays):
    """The bytes of a model file.

    Parameters
    ----------
    header : dict
        Plain JSON.
    arrays : dict of str to ndarray
        Numbers only.

    Returns
    -------
    bytes
        The same for the same model: nothing in it tells when it was written.
    """
    buffer = BytesIO()
    with ZipFile(buffer, "w", ZIP_STORED) as archive:
        archive.writestr(ZipInfo(HEADER), json.dumps(header, indent=1))
        for name, values in arrays.items():
            member = BytesIO()
            np.lib.format.write_array(member, values, version=(1, 0), allow_pickle=False)
            archive.writestr(ZipInfo(f"{name}.npy"), member.getvalue())
    return buffer.getvalue()


def unpack(path):
    """The header and the arrays of a model file.

    Parameters
    ----------
    path : Path

    Returns
    -------
    header : dict
    arrays : dict of str to ndarray

    Raises
    ------
    ValueError, OSError
        As in `load`.
    """
    if not path.is_file():
        here = "is no file" if path.exists() else "does not exist"
        raise ValueError(f"{path} {here}. Name a model file, such as model.npz.")
    if not _is_ours(path):
        raise ValueError(
            f"{path.name} is no model file of dkm. `dkm report --data`, dkm.saving.save and "
            "dkm.deep.save make such files."
        )
    try:
        with ZipFile(path) as archive:
            members = {info.filename: archive.read(info) for info in _stored(archive, path)}
        header = json.loads(members.pop(HEADER))
        newer = header["format"] > FORMAT
        said = (header["class"], header["versions"]["dkm"])
    except Exception as error:  # zipfile and json raise many kinds on damaged bytes
        raise ValueError(_damaged(path, error)) from error
    if newer:
        raise ValueError(
            f"{path.name} was written by dkm {said[1]} in a newer format than dkm "
            f"{dkm.__version__} reads ({header['format']}; it reads up to {FORMAT}). "
            "Install a newer version."
        )
    try:
        arrays = {name.removesuffix(".npy"): _array(data) for name, data in members.items()}
    except Exception as error:  # as above
        raise ValueError(_damaged(path, error)) from error
    return header, arrays


def _parts(estimator):
    """Parameters and fitted attributes; numbers of NumPy become plain ones."""
    parameters = estimator.get_params(deep=False)
    if not isinstance(parameters["random_state"], int | np.integer):
        parameters["random_state"] = None
    fitted = {
        name: getattr(estimator, name)
        for name in KEPT[type(estimator).__name__]
        if hasattr(estimator, name)
    }
    return {
        part: {n: v.item() if isinstance(v, np.generic) else v for n, v in values.items()}
        for part, values in (("parameters", parameters), ("fitted", fitted))
    }


def _is_array(value):
    return not isinstance(value, int | float | str | None)


def _versions():
    return {"dkm": dkm.__version__, "numpy": np.__version__, "python": platform.python_version()}


def _is_ours(path):
    """Whether it begins as our files do; a file that was cut short also does."""
    beginning = pack({}, {})[: 30 + len(HEADER)]
    with open(path, "rb") as file:
        head = file.read(len(beginning))
    # What stands between the mark and the name (sizes, a checksum) differs.
    return head[:4] == beginning[:4] and head[30:] == HEADER.encode()


def _stored(archive, path):
    """The members, all of them uncompressed: then they are no larger than the file."""
    members = archive.infolist()
    if any(info.compress_type != ZIP_STORED for info in members):
        raise ValueError("it holds compressed parts, which model files never do")
    if sum(info.file_size for info in members) > os.path.getsize(path):
        raise ValueError("its parts are larger than the file")
    return members


def _array(data):
    """An array from the bytes of a ``.npy``; its shape must be that of the bytes."""
    file = BytesIO(data)
    if np.lib.format.read_magic(file) != (1, 0):
        raise ValueError("an array is of another version")
    shape, fortran, dtype = np.lib.format.read_array_header_1_0(file)
    if dtype.kind not in "fiu":
        raise ValueError(f"an array holds {dtype}, not numbers")
    values = np.frombuffer(data, dtype, offset=file.tell())
    return values.reshape(shape, order="F" if fortran else "C").copy()


def _rebuilt(header, arrays):
    parts = {part: dict(header[part]) for part in ("parameters", "fitted")}
    for name, values in arrays.items():
        part, _, attribute = name.rpartition("/")
        if part:
            parts[part][attribute] = values
    estimator = getattr(dkm, header["class"])(**parts["parameters"])
    for name in KEPT[header["class"]]:
        if name in parts["fitted"]:
            setattr(estimator, name, parts["fitted"][name])
    if header["feature_names"] is not None:
        estimator.feature_names_in_ = np.array(header["feature_names"], dtype=object)
    recipe, reach = _recipe(header["recipe"]), arrays.get("reach")
    _check(estimator, recipe, reach)
    return Model(estimator, recipe, reach)


def _recipe(content):
    if content is None:
        return None
    from dkm.tables.loading import Recipe  # here, as it loads pandas

    return Recipe.from_dict(content)


def _check(estimator, recipe, reach):
    """Raise unless the parts fit each other."""
    centers = estimator.cluster_centers_
    names = getattr(estimator, "feature_names_in_", None)
    if centers.dtype.kind != "f" or centers.ndim != 2 or not np.isfinite(centers).all():
        raise ValueError("its centres are no table of finite numbers")
    if centers.shape[1] != estimator.n_features_in_:
        raise ValueError("its centres have another number of features than it says")
    if names is not None and names.shape != (centers.shape[1],):
        raise ValueError("it has not one name for each feature")
    if recipe is not None and len(recipe.feature_names) != centers.shape[1]:
        raise ValueError("its recipe makes another number of features")
    if reach is not None and reach.shape != (len(centers),):
        raise ValueError("it has not one reach for each cluster")


def _damaged(path, error):
    return (
        f"{path.name} is incomplete or damaged ({error}). Copy it again from where it was made, "
        "or make it again."
    )
