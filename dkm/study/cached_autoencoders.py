"""Trained autoencoders as files: each is trained once, for all methods of its seed."""

from dkm.models import file_format


def write(path, trained, seconds):
    """Keep a trained autoencoder, and the seconds that its training took.

    Parameters
    ----------
    path : Path
    trained : dkm.deep._core.pretraining.TrainedAutoencoder
    seconds : float
    """
    from dkm.models import deep_estimators  # here, as it loads TensorFlow

    header, arrays = deep_estimators.parts(trained)
    file_format.write(path, header | {"seconds": seconds}, arrays)


def read(path):
    """The trained autoencoder and the seconds that `write` kept.

    Raises
    ------
    ValueError
        If there is no such file, or it is damaged: then the autoencoder has to be trained.
    """
    from dkm.models import deep_estimators  # as above

    header, arrays = file_format.read(path)
    with file_format.as_damaged(path):
        return deep_estimators.rebuilt(header, arrays), header["seconds"]
