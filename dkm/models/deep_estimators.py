"""What is kept of a fitted deep clusterer, and of a trained autoencoder.

All that saving needs to know of `dkm.deep` is in here.
"""

from collections import Counter

import keras
import numpy as np
import tensorflow as tf

import dkm
from dkm.deep._core import training
from dkm.deep._core.pretraining import TrainedAutoencoder
from dkm.models import json_parameters

MISFIT = "its arrays are not those of its network"


def parts(estimator):
    """Header and arrays of a fitted deep clusterer, or of a TrainedAutoencoder.

    The variables of the optimizer are kept, so that training can go on; the file is about three
    times as large as the weights.
    """
    if isinstance(estimator, TrainedAutoencoder):
        header, arrays = _autoencoder_parts(estimator)
    else:
        model = estimator.model_
        header, arrays = json_parameters.taken_from(estimator)
        header["model"] = json_parameters.plain(model.get_config())
        arrays["cluster_centers_"] = estimator.cluster_centers_
        values = [variable.numpy() for variable in training.variables(model)]
        arrays |= _numbered("variables", values)
    versions = {"keras": keras.__version__, "tensorflow": tf.__version__}
    return header | {"versions": versions}, arrays


def rebuilt(header, arrays):
    """Rebuild the estimator from its `parts`; raise if they are inconsistent.

    No network is made, and no memory taken for one, before its arrays are known to be there.
    """
    for name, values in arrays.items():
        if not np.isfinite(values).all():
            raise ValueError(f"{name} holds NaN or infinity")
    if header["class"] == TrainedAutoencoder.__name__:
        return _autoencoder(header, arrays)
    kind = getattr(dkm, header["class"])
    estimator = json_parameters.given_to(kind, header, arrays)
    centers, values = arrays["cluster_centers_"], _all_of("variables", arrays)
    config = json_parameters.restored(header["model"])
    check_shapes(config, centers, values)
    model = kind.with_optimizer(kind.model_class(**config))
    training.restore(model, values)
    if centers.shape[1] != model.latent_dim:
        raise ValueError("its centres are not among its codes")
    estimator.model_, estimator.cluster_centers_ = model, centers
    estimator.n_features_in_ = model.n_features
    json_parameters.name_features(estimator, header)
    return estimator


def check_shapes(config, centers, values):
    """Raise unless the arrays of a file are those of the model that it describes.

    Every weight of the networks must be there in its shape, and no other part of the model is
    larger than the centres or one of these weights.

    Parameters
    ----------
    config : dict
        What the model is to be made from, as of its ``get_config``.
    centers : ndarray, shape (k, p)
    values : list of ndarray
        Variables of model and optimizer, in any order.

    Raises
    ------
    ValueError
        If they do not fit.
    """
    if centers.ndim != 2 or centers.dtype.name != config["dtype"]:
        raise ValueError("its centres are not a table in the dtype of its network")
    if config.get("n_clusters", len(centers)) != len(centers):
        raise ValueError("it does not have one centre for each cluster")
    claimed = Counter(_weight_shapes(config, centers.shape[1]))
    if claimed - Counter(array.shape for array in values):
        raise ValueError(MISFIT)


def _weight_shapes(config, n_codes):
    """Shapes of the weights of all networks in a model; the codes have `n_codes` numbers."""
    network, n_features = config["network"], config["n_features"]

    def halves(latent_dim):
        shapes = network.weight_shapes(n_features, latent_dim)
        return shapes[: len(shapes) // 2], shapes[len(shapes) // 2 :]

    if "noise_dim" in config:  # a game of a generator, a critic and a reader
        n_inputs = config["noise_dim"] + config["n_clusters"]
        return [*halves(n_inputs)[1], *halves(1)[0], *halves(n_codes)[0]]
    others = [(config["n_alphas"],)] if "n_alphas" in config else []
    return [*network.weight_shapes(n_features, config["latent_dim"]), *others]


def _autoencoder_parts(trained):
    header = {
        "class": TrainedAutoencoder.__name__,
        "network": json_parameters.plain(trained.network),
        "n_features": int(trained.n_features),
        "latent_dim": int(trained.latent_dim),
        "steps": int(trained.steps),
    }
    return header, _numbered("weights", trained.weights) | _numbered("moments", trained.moments)


def _autoencoder(header, arrays):
    network = json_parameters.restored(header["network"])
    sizes = header["n_features"], header["latent_dim"]
    weights, moments = _all_of("weights", arrays), _all_of("moments", arrays)
    shapes = [array.shape for array in weights]
    if shapes != network.weight_shapes(*sizes):
        raise ValueError(MISFIT)
    if Counter(array.shape for array in moments) != Counter(2 * shapes):
        raise ValueError("it does not have two moments for each weight")
    return TrainedAutoencoder(network, *sizes, weights, int(header["steps"]), moments)


def _numbered(kind, values):
    return {f"{kind}/{i}": array for i, array in enumerate(values)}


def _all_of(kind, arrays):
    """The arrays that `_numbered` named, as a tuple; raises KeyError if one is missing."""
    n_arrays = sum(name.startswith(f"{kind}/") for name in arrays)
    return tuple(arrays[f"{kind}/{i}"] for i in range(n_arrays))
