"""Figures with alt text generated from the plotted data.

Every function returns a `Plot`; `show` displays it. Introduced in notebook 01.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "assignments": ["soft_regions"],
        "clusters": ["images", "lloyd_frames", "panels", "sample", "scatter"],
        "game": ["sheet", "surfaces"],
        "measures": ["evidence", "lines", "slope", "strips"],
        "page": ["Plot", "show"],
        "pointing": ["image_map"],
        "profiles": ["differences"],
        "steps": ["stepper"],
    },
)
