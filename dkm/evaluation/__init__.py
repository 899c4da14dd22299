"""Clustering evaluation: scores, the number of clusters and descriptions of each cluster.

`metrics` scores a clustering, with or without known classes; `choose_k` assembles evidence for a
number of clusters; `profiles` describes each cluster in terms of the columns of its table, and
`wording` turns these descriptions into text.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
