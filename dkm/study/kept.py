"""Cached autoencoders: each is trained once and shared by all methods with the same seed."""

from dkm.models import fileformat


def write(path, trained, seconds):
    """Save a trained autoencoder and its training time.

    Parameters
    ----------
    path : Path
    trained : dkm.deep._core.pretraining.TrainedAutoencoder
    seconds : float
    """
    from dkm.models import networks  # imported late: it loads TensorFlow

    header, arrays = networks.parts(trained)
    fileformat.write(path, header | {"seconds": seconds}, arrays)


def read(path):
    """The trained autoencoder and the training time saved by `write`.

    Raises
    ------
    ValueError
        If the file does not exist or is damaged, so the autoencoder must be trained again.
    """
    from dkm.models import networks  # imported late, as above

    header, arrays = fileformat.read(path)
    with fileformat.damage_told(path):
        return networks.rebuilt(header, arrays), header["seconds"]
