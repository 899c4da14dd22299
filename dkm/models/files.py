"""Fitted estimators to files, and back."""

import os
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

import dkm
from dkm.models import fileformat, kmeans

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
KNOWN = (*kmeans.KEPT, *DEEP, "TrainedAutoencoder")


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

    estimator: BaseEstimator
    recipe: object
    reach: np.ndarray


def save(path, estimator, recipe=None, reach=None):
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
    check_path(path, "save(path, estimator)")
    name = check_class(estimator, KNOWN, "dkm.models.save")
    if isinstance(estimator, BaseEstimator):
        check_is_fitted(estimator)
    reach = None if reach is None else np.asarray(reach, dtype=np.float64)
    _check_extras(estimator, recipe, reach)
    header, arrays = _kind(name).parts(estimator)
    header["recipe"] = None if recipe is None else recipe.as_dict()
    if reach is not None:
        arrays["reach"] = reach
    fileformat.write(path, header, arrays)


def load(path):
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
    check_path(path, "load(path)")
    path = Path(path)
    header, arrays = fileformat.read(path)
    return rebuilt(path, header, arrays, KNOWN)


def rebuilt(path, header, arrays, known):
    """The Model of a file whose content was read, if its class is among the known ones."""
    name = header.get("class")
    if name not in list(known):  # whatever it is: it need not be a str
        elsewhere = "dkm.models.load reads it." if name in list(KNOWN) else "Install a newer one."
        raise ValueError(
            f"{path.name} holds a {name!r}, and what this version of dkm reads here is one of: "
            f"{', '.join(known)}. {elsewhere}"
        )
    with fileformat.damage_told(path):
        estimator = _kind(name).rebuilt(header, arrays)
        recipe, reach = _recipe(header.get("recipe")), arrays.get("reach")
        _check_extras(estimator, recipe, reach)
        return Model(estimator, recipe, reach)


def save_deep(path, clusterer):
    """Write a fitted deep clusterer to one file, whole or not at all.

    The same as `dkm.models.save`, for the clusterers of `dkm.deep` alone.

    Parameters
    ----------
    path : path-like
        Where to; ``.safetensors`` is the usual ending.
    clusterer : AutoencoderKMeans, DeepKMeans or another clusterer of `dkm.deep`
        It must be fitted.

    Raises
    ------
    TypeError, sklearn.exceptions.NotFittedError, OSError
        As `dkm.models.save` does.
    """
    check_path(path, "save(path, clusterer)")
    check_class(clusterer, DEEP, "dkm.deep.save")
    save(path, clusterer)


def load_deep(path):
    """Read a deep clusterer that `dkm.deep.save` or `dkm.models.save` wrote.

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
        As `dkm.models.load` does, and if the file holds another kind of estimator.
    """
    check_path(path, "load(path)")
    path = Path(path)
    header, arrays = fileformat.read(path)
    return rebuilt(path, header, arrays, DEEP).estimator


def check_path(path, call):
    """Raise unless `path` is a path; `call` says where it stands."""
    if not isinstance(path, str | os.PathLike):
        raise TypeError(f"path={path!r} is not a path. Give it first, as text: {call}.")


def check_class(estimator, known, function):
    """The name of the estimator's class; raises unless it is one of the known ones."""
    name = type(estimator).__name__
    if name in known and type(estimator) is _class_of(name):
        return name
    elsewhere = ""
    if name in kmeans.KEPT and type(estimator) is _class_of(name):
        elsewhere = f" dkm.models.save saves a {name}."
    elif isinstance(estimator, BaseEstimator):
        elsewhere = " Other estimators can be pickled; open a pickle only if you trust its source."
    raise TypeError(
        f"{function} cannot save {estimator!r:.80} of {type(estimator).__module__}. Give a fitted "
        f"estimator of dkm: {', '.join(known)}.{elsewhere}"
    )


def _class_of(name):
    if name == "TrainedAutoencoder":
        return import_module("dkm.models.networks").TrainedAutoencoder
    return getattr(dkm, name)


def _kind(name):
    """The module that knows what is kept of a class; that of networks loads TensorFlow."""
    return kmeans if name in kmeans.KEPT else import_module("dkm.models.networks")


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
