"""Deep clusterers: one file per method, with its mathematics; `_core` holds what they share."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
