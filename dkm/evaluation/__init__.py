"""How good a clustering is, how many clusters there are, and what sets each of them apart.

`metrics` scores a clustering, with or without known classes; `choose_k` gathers the evidence for a
number of clusters; `profiles` describes each cluster by the columns of its table, and `wording`
says so in words.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
