"""Trained autoencoders as files: each is trained once, for all methods of its seed."""

from dkm.models import fileformat


def write(path, trained, seconds):
    """Keep a trained autoencoder, and the seconds that its training took.

    Parameters
    ----------
    path : Path
    trained : dkm.deep._core.pretraining.TrainedAutoencoder
    seconds : float
    """
    from dkm.models import networks  # here, as it loads TensorFlow

    header, arrays = networks.parts(trained)
    fileformat.write(path, header | {"seconds": seconds}, arrays)


def read(path):
    """The trained autoencoder and the seconds that `write` kept.

    Raises
    ------
    ValueError
        If there is no such file, or it is damaged: then the autoencoder has to be trained.
    """
    from dkm.models import networks  # as above

    header, arrays = fileformat.read(path)
    with fileformat.damage_told(path):
        return networks.rebuilt(header, arrays), header["seconds"]
