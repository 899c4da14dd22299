"""K-Means: the estimators, the two half-steps of Lloyd's algorithm, and where centres start."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
