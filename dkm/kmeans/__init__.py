"""K-Means: the estimators, the two steps of Lloyd's algorithm, and centre initialisation."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
