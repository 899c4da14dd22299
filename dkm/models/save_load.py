"""Fitted estimators to files, and back."""

import os
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

import dkm
from dkm.models import file_format, kmeans_estimators

# By name, so that a K-Means is written and read without loading TensorFlow.
DEEP = (
    "AutoencoderKMeans",
    "ClusterGAN",
    "DCN",
    "DEC",
    "DEKM",
    "DeepKMeans",
    "IDEC",
    "InfoGAN",
    "VaDE",
)
KNOWN = (*kmeans_estimators.KEPT, *DEEP, "TrainedAutoencoder")


class Model(NamedTuple):
    """What a model file holds.

    Attributes
    ----------
    estimator : KMeans, MiniBatchKMeans, a clusterer of `dkm.deep`, or TrainedAutoencoder
        A clusterer is fitted: it can predict, transform and score, and has all fitted attributes
        but ``labels_`` and ``history_``, which are about the rows that it was fitted on.
    recipe : dkm.tables.loading.Recipe or None
        How a table becomes the numbers that the estimator takes.
    reach : ndarray, shape (n_clusters,), or None
        Greatest distance of a fitted row to its centre, for each cluster.
    """

    estimator: BaseEstimator | object
    recipe: object
    reach: np.ndarray | None


def save(
    path: str | os.PathLike[str],
    estimator: BaseEstimator,
    recipe: object = None,
    reach: ArrayLike | None = None,
) -> None:
    """Write a fitted estimator to one file, whole or not at all.

    Parameters
    ----------
    path : path-like
        Where to; ``.safetensors`` is the usual ending. A file of that name is replaced, and missing
        folders are made.
    estimator : KMeans, MiniBatchKMeans, a clusterer of `dkm.deep`, or TrainedAutoencoder
        A clusterer must be fitted. A ``random_state`` that is not an integer is not kept, nor is an
        ``autoencoder`` that was handed in.
    recipe : dkm.tables.loading.Recipe, optional
        How its rows were made from a table: then `dkm predict` can label other tables.
    reach : array-like, shape (n_clusters,), optional
        Greatest distance of a fitted row to its centre, for each cluster, see
        `dkm.models.predict.reach`.

    Raises
    ------
    TypeError
        If the estimator is of a class that cannot be saved, or `path` is not a path.
    ValueError
        If `recipe` or `reach` does not fit the estimator.
    sklearn.exceptions.NotFittedError
        If the estimator is not fitted.
    OSError
        If the disk is full, or writing there is not allowed.
    """
    _check_path(path, "save(path, estimator)")
    name = _check_class(estimator)
    if isinstance(estimator, BaseEstimator):
        check_is_fitted(estimator)
    reach = None if reach is None else np.asarray(reach, dtype=np.float64)
    _check_extras(estimator, recipe, reach)
    header, arrays = _kind(name).parts(estimator)
    header["recipe"] = None if recipe is None else recipe.as_dict()
    if reach is not None:
        arrays["reach"] = reach
    file_format.write(path, header, arrays)


def load(path: str | os.PathLike[str]) -> Model:
    """Read what `save` wrote.

    Parameters
    ----------
    path : path-like

    Returns
    -------
    Model
        Estimator, recipe, reach. The estimator gives the same labels, distances and codes, bit for
        bit.

    Raises
    ------
    TypeError
        If `path` is not a path.
    ValueError
        If there is no such file, or it is not ours, incomplete, of the former format or of a newer
        one. Nothing in a file is ever executed, and no network is made before its weights are known
        to be in the file.
    """
    _check_path(path, "load(path)")
    path = Path(path)
    header, arrays = file_format.read(path)
    name = header.get("class")
    if name not in list(KNOWN):  # whatever it is: it need not be a str
        raise ValueError(
            f"{path.name} holds a {name!r}, and this version of dkm reads one of: "
            f"{', '.join(KNOWN)}. Install a newer version."
        )
    with file_format.as_damaged(path):
        estimator = _kind(name).rebuilt(header, arrays)
        recipe, reach = _recipe(header.get("recipe")), arrays.get("reach")
        _check_extras(estimator, recipe, reach)
        return Model(estimator, recipe, reach)


def save_deep(path, clusterer):
    """Write a fitted deep clusterer to one file: what `dkm.deep.save` is.

    Parameters
    ----------
    path : path-like
        Where to; ``.safetensors`` is the usual ending.
    clusterer : AutoencoderKMeans, DeepKMeans or another clusterer of `dkm.deep`
        It must be fitted.

    Raises
    ------
    TypeError, sklearn.exceptions.NotFittedError, OSError
        As `dkm.models.save` does, and if it is not a deep clusterer.
    """
    _check_path(path, "save(path, clusterer)")
    if _check_class(clusterer) not in DEEP:
        raise TypeError(f"{clusterer!r:.80} is not a deep clusterer. Give it to dkm.models.save.")
    save(path, clusterer)


def load_deep(path):
    """Read a fitted deep clusterer from its file: what `dkm.deep.load` is.

    Parameters
    ----------
    path : path-like

    Returns
    -------
    AutoencoderKMeans, DeepKMeans or another clusterer of `dkm.deep`
        It gives the same codes and labels, bit for bit.

    Raises
    ------
    TypeError, ValueError
        As `dkm.models.load` does, and if the file does not hold a deep clusterer.
    """
    estimator = load(path).estimator
    name = type(estimator).__name__
    if name not in DEEP:
        raise ValueError(
            f"{Path(path).name} holds a {name}, which is not a deep clusterer. dkm.models.load "
            "reads it."
        )
    return estimator


def _check_path(path, call):
    """Raise unless `path` is a path; `call` says where it stands."""
    if not isinstance(path, str | os.PathLike):
        raise TypeError(f"path={path!r} is not a path. Give it first, as text: {call}.")


def _check_class(estimator):
    """The name of the estimator's class; raises unless it can be saved."""
    name = type(estimator).__name__
    if name in KNOWN and type(estimator) is _class_of(name):
        return name
    raise TypeError(
        f"{estimator!r:.80} of {type(estimator).__module__} cannot be saved here. What can is a "
        f"fitted estimator of dkm: {', '.join(KNOWN)}. For another one use pickle, and open a "
        "pickle only if you trust its source."
    )


def _class_of(name):
    if name == "TrainedAutoencoder":
        return import_module("dkm.models.deep_estimators").TrainedAutoencoder
    return getattr(dkm, name)


def _kind(name):
    """The module that knows what is kept of a class; that of networks loads TensorFlow."""
    if name in kmeans_estimators.KEPT:
        return kmeans_estimators
    return import_module("dkm.models.deep_estimators")


def _recipe(content):
    if content is None:
        return None
    from dkm.tables.loading import Recipe  # here, as it loads pandas

    return Recipe.from_dict(content)


def _check_extras(estimator, recipe, reach):
    """Raise unless recipe and reach are about this estimator."""
    if not isinstance(estimator, BaseEstimator) and not (recipe is None and reach is None):
        raise ValueError(
            "A trained autoencoder has no clusters and labels no table. Save it without recipe and "
            "reach."
        )
    if recipe is not None and len(recipe.feature_names) != estimator.n_features_in_:
        raise ValueError(
            f"The recipe makes {len(recipe.feature_names)} features, but the estimator takes "
            f"{estimator.n_features_in_}. Give the recipe of the table that it was fitted on."
        )
    if reach is None:
        return
    n_clusters = len(estimator.cluster_centers_)
    if reach.shape != (n_clusters,) or not np.isfinite(reach).all():
        raise ValueError(
            f"reach={reach!r:.80} does not fit {n_clusters} clusters. Give one finite number for "
            "each, as dkm.models.predict.reach does."
        )
