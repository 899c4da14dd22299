"""Trained autoencoders as files: each is trained once, for all methods of its seed."""

from io import BytesIO
from zipfile import BadZipFile

import numpy as np

from dkm._util.files import write_whole


def write(path, trained, seconds):
    """Keep a trained autoencoder, and the seconds that its training took.

    Parameters
    ----------
    path : Path
    trained : dkm.deep._core.pretraining.TrainedAutoencoder
    seconds : float
    """
    arrays = {f"weight {i}": array for i, array in enumerate(trained.weights)}
    arrays |= {f"moment {i}": array for i, array in enumerate(trained.moments)}
    file = BytesIO()
    np.savez(file, steps=trained.steps, seconds=seconds, **arrays)
    write_whole(path, file.getvalue())


def read(path, network, n_features, latent_dim):
    """What `write` kept.

    Parameters
    ----------
    path : Path
    network : dkm.networks.Dense or dkm.networks.Conv
    n_features, latent_dim : int

    Returns
    -------
    trained : TrainedAutoencoder
    seconds : float

    Raises
    ------
    FileNotFoundError
        If there is none, or it is damaged; then it is to be trained.
    """
    from dkm.deep._core.pretraining import TrainedAutoencoder

    try:
        with np.load(path) as file:
            arrays = dict(file)
        steps, seconds = int(arrays.pop("steps")), float(arrays.pop("seconds"))
    except (BadZipFile, ValueError, KeyError, EOFError) as error:
        raise FileNotFoundError(f"{path} is damaged: {error}") from error

    def all_of(kind):
        n_arrays = sum(name.startswith(kind) for name in arrays)
        return tuple(arrays[f"{kind} {i}"] for i in range(n_arrays))

    form = network, n_features, latent_dim
    return TrainedAutoencoder(*form, all_of("weight"), steps, all_of("moment")), seconds
