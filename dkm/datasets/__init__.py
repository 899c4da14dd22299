"""The data sets of the course, each with its origin and licence.

What lessons use comes with the packages that are installed, or is made from a seed: nothing is
fetched. Introduced in notebook 01.
"""

from dkm.checks import suggest
from dkm.datasets import images, toys
from dkm.datasets.dataset import Dataset

__all__ = ["Dataset", "load", "names"]

_LOADERS = {
    "digits": images.digits,
    "blobs": toys.blobs,
    "moons": toys.moons,
    "circles": toys.circles,
    "stretched": toys.stretched,
    "unequal": toys.unequal,
    "uniform": toys.uniform,
    "gaussian": toys.gaussian,
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
    """
    if not isinstance(name, str) or name not in _LOADERS:
        raise ValueError(f"No data set named {name!r}. {suggest(name, list(_LOADERS))}")
    return _LOADERS[name]()


def names():
    """The known data sets: a dict from name to one sentence."""
    return {name: loader.__doc__ for name, loader in _LOADERS.items()}
