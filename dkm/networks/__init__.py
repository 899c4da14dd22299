r"""Autoencoder architectures, given by their layers or by name.

An architecture is a value object that builds an encoder and a decoder. It can be printed,
compared, copied and saved, and holds no weights. The encoder :math:`h` maps a row of X, shape
(d,), to its code, shape (p,); the decoder :math:`g` maps the code back. Weights are initialised
with Glorot's uniform distribution [1]_, biases with 0. Introduced in notebook 04.

References
----------
.. [1] X. Glorot and Y. Bengio, "Understanding the difficulty of training deep feedforward neural
   networks", AISTATS 2010.
"""

from dkm.networks.conv import Conv
from dkm.networks.dense import Dense
from dkm.networks.names import NAMES, named
from dkm.networks.regularizers import Contractive, Denoising, Sparsity

__all__ = ["NAMES", "Contractive", "Conv", "Denoising", "Dense", "Sparsity", "named"]
