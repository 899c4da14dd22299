"""Fitted deep clusterers as files that are safe to open: numbers and text, no pickle.

The files are of the same kind as those of `dkm.saving`: an uncompressed ``.npz`` whose part
``model.json`` says what its arrays are.
"""

import dataclasses
import os
import platform
from contextlib import contextmanager
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from keras.src.backend.common import global_state
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

import dkm
from dkm import deep, networks, saving
from dkm._util.files import write_whole
from dkm.deep._core import training
from dkm.deep._core.base import DeepClusterer

DESCRIPTIONS = ("Dense", "Conv", "Denoising", "Sparsity", "Contractive")  # of dkm.networks


def save(path, clusterer):
    """Write a fitted deep clusterer to one file, whole or not at all.

    Parameters
    ----------
    path : path-like
        Where to; ``.npz`` is the usual ending. A file of that name is replaced, and folders that
        are missing are made.
    clusterer : AutoencoderKMeans, DeepKMeans or another clusterer of `dkm.deep`
        It must be fitted. Of its parameters, a ``random_state`` that is no integer and an
        ``autoencoder`` that was handed in are not kept; of what it found, not ``labels_`` and
        ``history_``, which are about the rows that it was fitted on.

    Raises
    ------
    TypeError
        If the clusterer is of no class that can be saved, or `path` is no path.
    sklearn.exceptions.NotFittedError
        If it is not fitted.
    OSError
        If the disk is full, or one may not write there.

    Notes
    -----
    The optimizer's variables are kept, so that training can go on; the file is about three times as
    large as the weights.
    """
    check_path(path, "save(path, clusterer)")
    name = type(clusterer).__name__
    if name not in _known() or getattr(deep, name) is not type(clusterer):
        elsewhere = f" {name} is saved by dkm.saving.save." if name in saving.KEPT else ""
        if not elsewhere and isinstance(clusterer, BaseEstimator):
            elsewhere = " pickle keeps it, for those who trust the file."
        raise TypeError(
            f"{clusterer!r} is no deep clusterer of dkm.{elsewhere} Here a fitted one can be saved "
            f"of: {', '.join(_known())}."
        )
    check_is_fitted(clusterer)
    model = clusterer.model_
    names = getattr(clusterer, "feature_names_in_", None)
    header = {
        "format": saving.FORMAT,
        "class": name,
        "versions": _versions(),
        "parameters": _plain(_kept_parameters(clusterer)),
        "model": _plain(model.get_config()),
        "feature_names": None if names is None else [str(each) for each in names],
    }
    arrays = {f"variables/{i}": v.numpy() for i, v in enumerate(training.variables(model))}
    write_whole(path, saving.pack(header, {"cluster_centers": clusterer.cluster_centers_} | arrays))


def load(path):
    """Read what `save` wrote.

    Parameters
    ----------
    path : path-like

    Returns
    -------
    AutoencoderKMeans, DeepKMeans or another clusterer of `dkm.deep`
        It gives the same codes and labels, bit for bit.

    Raises
    ------
    TypeError
        If `path` is no path.
    ValueError
        If there is no such file, or it is none of ours, incomplete, or of a newer version. Nothing
        in a file is ever executed, and nothing larger than the file is held in memory.
    """
    check_path(path, "load(path)")
    path = Path(path)
    try:
        header, arrays = saving.unpack(path)
    except OSError as error:
        raise ValueError(f"The model file {path} cannot be read: {error.strerror}.") from error
    kind = getattr(deep, header["class"], None) if header["class"] in _known() else None
    if kind is None:
        elsewhere = " dkm.saving.load reads it." if header["class"] in list(saving.KEPT) else ""
        raise ValueError(
            f"{path.name} holds a {header['class']!r}, which is no deep clusterer of this version "
            f"of dkm.{elsewhere} It has: {', '.join(_known())}."
        )
    try:
        return _rebuilt(kind, header, arrays)
    except Exception as error:  # its parts are those of a model, but may hold anything
        raise ValueError(
            f"{path.name} is incomplete or damaged ({error}). Copy it again from where it was "
            "made, or make it again."
        ) from error


def check_path(path, call):
    """Raise unless `path` is a path; `call` says where it stands."""
    if not isinstance(path, str | os.PathLike):
        raise TypeError(f"path={path!r} is no path. Give it first, as text: {call}.")


def _known():
    public = [getattr(deep, name) for name in deep.__all__]
    return [c.__name__ for c in public if isinstance(c, type) and issubclass(c, DeepClusterer)]


def _kept_parameters(clusterer):
    parameters = clusterer.get_params(deep=False)
    if not isinstance(parameters["random_state"], int | np.integer):
        parameters["random_state"] = None
    if "autoencoder" in parameters:
        parameters["autoencoder"] = None
    return parameters


def _plain(value):
    """The value as JSON has it: a description becomes a dict that names its class."""
    if dataclasses.is_dataclass(value):
        fields = {f.name: getattr(value, f.name) for f in dataclasses.fields(value)}
        return {"description": type(value).__name__, **_plain(fields)}
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, tuple | list | np.ndarray):
        return [_plain(each) for each in value]
    return value.item() if isinstance(value, np.generic) else value


def _restored(value):
    """What `_plain` was given, with tuples for all sequences."""
    if isinstance(value, list):
        return tuple(_restored(each) for each in value)
    if not isinstance(value, dict):
        return value
    fields = {name: _restored(each) for name, each in value.items()}
    kind = fields.pop("description", None)
    if kind is None:
        return fields
    if kind not in DESCRIPTIONS:
        raise ValueError(f"it holds an unknown network, {kind!r}")
    return getattr(networks, kind)(**fields)


def _rebuilt(kind, header, arrays):
    centers = arrays.pop("cluster_centers")
    values = [arrays[f"variables/{i}"] for i in range(len(arrays))]
    if not all(np.isfinite(each).all() for each in (centers, *values)):
        raise ValueError("it holds NaN or infinity")
    clusterer = kind(**_restored(header["parameters"]))
    clusterer.model_ = _model(kind, _restored(header["model"]), values)
    clusterer.cluster_centers_ = centers
    clusterer.n_features_in_ = clusterer.model_.n_features
    latent_dim = clusterer.model_.latent_dim
    if centers.ndim != 2 or centers.shape[1] != latent_dim or centers.dtype.kind != "f":
        raise ValueError("its centres are not among its codes")
    names = header["feature_names"]
    if names is not None:
        if len(names) != clusterer.n_features_in_:
            raise ValueError("it has not one name for each feature")
        clusterer.feature_names_in_ = np.array([str(each) for each in names], dtype=object)
    return clusterer


def _model(kind, config, values):
    """The model of these arrays; nothing is allocated before their shapes are known to fit."""
    with without_memory():
        wanted = [tuple(weight.shape) for weight in kind.model_class(**config).weights]
    if wanted != [value.shape for value in values[: len(wanted)]]:
        raise ValueError("its arrays are not those of its network")
    model = kind.with_optimizer(kind.model_class(**config))
    training.restore(model, values)
    return model


@contextmanager
def without_memory():
    """Keras models that are made in here have shapes, and no memory."""
    pending = "uninitialized_variables"
    before = list(global_state.get_global_attribute(pending, None) or [])
    try:
        with keras.StatelessScope(initialize_variables=False):
            yield
    finally:
        # Else Keras would fill them when it leaves the next scope of this kind.
        global_state.set_global_attribute(pending, before)


def _versions():
    return {
        "dkm": dkm.__version__,
        "keras": keras.__version__,
        "numpy": np.__version__,
        "python": platform.python_version(),
        "tensorflow": tf.__version__,
    }
