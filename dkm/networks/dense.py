"""Fully connected autoencoders."""

from dataclasses import dataclass
from itertools import pairwise

from dkm.networks import common
from dkm.networks.regularizers import Contractive, Denoising, Sparsity


@dataclass(frozen=True)
class Dense:
    """Fully connected autoencoder with layer sizes d, `hidden`, p and the mirror image.

    Attributes
    ----------
    hidden : tuple of int, default=(500, 500, 2000)
        Numbers of units in the encoder's hidden layers, each followed by a ReLU. The default is
        the architecture of the Deep K-Means paper. With ``()``, encoder and decoder are linear.
    output : {"linear", "sigmoid"}, default="linear"
        Output activation of the decoder; "sigmoid" requires data in [0, 1]. The code is linear.
    regularizer : Denoising, Sparsity, Contractive or None, default=None
        Regularisation that prevents the autoencoder from learning the identity.
    """

    hidden: tuple = (500, 500, 2000)
    output: str = "linear"
    regularizer: Denoising | Sparsity | Contractive | None = None

    def __post_init__(self):
        object.__setattr__(self, "hidden", common.check_sizes("hidden", self.hidden))
        common.check_common(self)

    def check(self, X):
        """Raise unless the rows of X, shape (n, d), can be reconstructed."""
        common.check_reach(self.output, X)

    def build(self, n_features, latent_dim, dtype, rng):
        """Build an encoder and a decoder with newly initialised weights.

        Parameters
        ----------
        n_features, latent_dim : int
            The dimensions d of the data and p of the code.
        dtype : {"float32", "float64"}
        rng : numpy.random.Generator
            Source of the initial weights.

        Returns
        -------
        encoder, decoder : keras.Model, keras.Model
        """
        encoder = self.encoder(n_features, latent_dim, dtype, rng)
        return encoder, self.decoder(n_features, latent_dim, dtype, rng)

    def weight_shapes(self, n_features, latent_dim):
        """Shapes of the weights that `build` makes, without building anything.

        Returns
        -------
        list of tuple of int
            In the order of the weights: one half is the encoder's, the other the decoder's.
        """
        sizes = (n_features, *self.hidden, latent_dim, *reversed(self.hidden), n_features)
        return [shape for n, m in pairwise(sizes) for shape in ((n, m), (m,))]

    def encoder(self, n_features, latent_dim, dtype, rng, *, name="encoder", activation="relu"):
        """Build the encoder only; its layers are named after `name`."""
        layers = [
            common.dense(f"{name}_{i}", units, activation, dtype, rng)
            for i, units in enumerate(self.hidden)
        ]
        layers.append(common.dense("code", latent_dim, None, dtype, rng))
        return common.chain(name, n_features, layers, dtype)

    def decoder(self, n_features, latent_dim, dtype, rng, *, name="decoder"):
        """Build the decoder only; its layers are named after `name`."""
        layers = [
            common.dense(f"{name}_{i}", units, "relu", dtype, rng)
            for i, units in enumerate(reversed(self.hidden))
        ]
        layers.append(common.dense("reconstruction", n_features, self.output, dtype, rng))
        return common.chain(name, latent_dim, layers, dtype)
