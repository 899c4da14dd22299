"""The data sets of the course, each with its origin and licence.

What lessons use comes with the packages that are installed, or is made from a seed. Four larger
ones (mnist, fashion_mnist, usps, 20news) are looked for in the folder that the environment variable
DKM_DATA names, in ``~/.cache/dkm``, and where Keras and scikit-learn keep theirs; only when they
are asked for and are in none of these are they downloaded. Introduced in notebook 01.
"""

from dkm.checks import suggest
from dkm.datasets import bundled, images, text, toys
from dkm.datasets.dataset import DataError, Dataset

__all__ = ["DataError", "Dataset", "load", "names"]

_LOADERS = {
    "digits": images.digits,
    "iris": bundled.iris,
    "wine": bundled.wine,
    "blobs": toys.blobs,
    "moons": toys.moons,
    "circles": toys.circles,
    "stretched": toys.stretched,
    "unequal": toys.unequal,
    "uniform": toys.uniform,
    "gaussian": toys.gaussian,
    "mnist": images.mnist,
    "fashion_mnist": images.fashion_mnist,
    "usps": images.usps,
    "20news": text.newsgroups,
}


def load(name):
    """A data set by its name.

    Parameters
    ----------
    name : str
        See `names` for the known ones.

    Returns
    -------
    Dataset

    Raises
    ------
    ValueError
        If there is no data set of that name.
    DataError
        If its file is not on this machine and cannot be downloaded, or holds something else.
    """
    if not isinstance(name, str) or name not in _LOADERS:
        raise ValueError(f"No data set named {name!r}. {suggest(name, list(_LOADERS))}")
    return _LOADERS[name]()


def names():
    """The known data sets: a dict from name to one sentence. None is loaded."""
    return {name: " ".join(loader.__doc__.split()) for name, loader in _LOADERS.items()}
