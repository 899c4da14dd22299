"""Fitted estimators as files that are safe to open, and labelling new rows with them.

`save` and `load` write and read `dkm.KMeans`, `dkm.MiniBatchKMeans`, every clusterer of `dkm.deep`,
and a trained autoencoder. All files have one format, safetensors: numbers and text, nothing that
could be executed. `predict` labels the rows of a table by such a file. Introduced in the notebook
your_data.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
