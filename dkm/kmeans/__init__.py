"""K-Means: the estimators, the two steps of Lloyd's algorithm, and centre initialisation."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={"kmeans": ["KMeans"], "minibatch": ["MiniBatchKMeans"]},
)
