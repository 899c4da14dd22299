r"""Autoencoders by their shape or by name: descriptions that build an encoder and a decoder.

A description is a value: it can be printed, compared, copied and saved, and holds no weights. The
encoder :math:`h` leads from a row of X, shape (d,), to its code, shape (p,); the decoder :math:`g`
leads back. Weights start as Glorot's uniform [1]_, biases as 0. Introduced in notebook 04.

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
