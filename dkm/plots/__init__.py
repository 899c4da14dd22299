"""Figures with alt text generated from the plotted data.

Every function returns a `Plot`; `show` displays it. Introduced in notebook 01.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
