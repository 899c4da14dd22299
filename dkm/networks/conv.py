"""Autoencoders of convolutions."""

from dataclasses import dataclass
from math import isqrt, prod

import keras

from dkm._util import checks
from dkm.networks import common
from dkm.networks.regularizers import Contractive, Denoising, Sparsity

LAST = "channels_last"  # whatever Keras is set to


@dataclass(frozen=True)
class Conv:
    """Autoencoder of convolutions, for rows of X that are images.

    Each convolution halves height and width (rounded up), with ReLU; a dense layer leads to the
    code. The decoder is the mirror image, with transposed convolutions.

    Attributes
    ----------
    image_shape : tuple of int
        (height, width) or (height, width, channels) of the image that a row of X holds.
    filters : tuple of int, default=(32, 64)
        Channels after each convolution.
    kernel_size : int, default=3
        Side of the square that a convolution looks at, in pixels.
    output, regularizer
        As in `Dense`.
    """

    image_shape: tuple
    filters: tuple = (32, 64)
    kernel_size: int = 3
    output: str = "linear"
    regularizer: Denoising | Sparsity | Contractive | None = None

    def __post_init__(self):
        for name in ("image_shape", "filters"):
            object.__setattr__(self, name, common.check_sizes(name, getattr(self, name)))
        checks.check_integer("kernel_size", self.kernel_size, at_least=1)
        common.check_common(self)
        if len(self.image_shape) not in (2, 3):
            raise ValueError(
                f"image_shape={self.image_shape} is no image. Give (height, width) or (height, "
                "width, channels)."
            )
        least = 2 ** len(self.filters)
        if not self.filters or min(self.image_shape[:2]) < least:
            raise ValueError(
                f"filters={self.filters} does not fit image_shape={self.image_shape}: each of its "
                f"{len(self.filters)} convolutions halves the image, which takes {least} pixels a "
                "side. Give at least one number, and fewer for small images."
            )

    def check(self, X):
        """Raise unless the rows of X, shape (n, d), are such images."""
        if X.shape[1] != prod(self.image_shape):
            side = isqrt(X.shape[1])
            perhaps = f", perhaps {(side, side)}" if side**2 == X.shape[1] else ""
            raise ValueError(
                f"image_shape={self.image_shape} means rows of {prod(self.image_shape)} values, "
                f"but X has n_features={X.shape[1]}. Give the (height, width) or (height, width, "
                f"channels) of your images{perhaps}."
            )
        common.check_reach(self.output, X)

    def build(self, n_features, latent_dim, dtype, rng):
        """Encoder and decoder with new weights, as in `Dense.build`."""
        encoder = self.encoder(n_features, latent_dim, dtype, rng)
        return encoder, self.decoder(n_features, latent_dim, dtype, rng)

    def encoder(self, n_features, latent_dim, dtype, rng, *, name="encoder", activation="relu"):
        """The first of the two alone; its layers are called after it."""
        layers = [keras.layers.Reshape((*self._sizes()[0], self._channels), dtype=dtype)]
        for i, n_filters in enumerate(self.filters):
            options = self._convolution(f"{name}_{i}", activation, dtype, rng)
            layers.append(keras.layers.Conv2D(n_filters, **options))
        layers.append(keras.layers.Flatten(LAST, dtype=dtype))
        layers.append(common.dense("code", latent_dim, None, dtype, rng))
        return common.chain(name, n_features, layers, dtype)

    def decoder(self, n_features, latent_dim, dtype, rng, *, name="decoder"):
        """The second of the two alone; its layers are called after it."""
        *outer, last = self._sizes()
        innermost = (*last, self.filters[-1])
        layers = [
            common.dense(f"{name}_dense", prod(innermost), "relu", dtype, rng),
            keras.layers.Reshape(innermost, dtype=dtype),
        ]
        wanted = zip(reversed(outer), (*self.filters[-2::-1], self._channels), strict=True)
        for i, (size, n_filters) in enumerate(wanted):
            final = i == len(self.filters) - 1
            called, activation = ("restored", self.output) if final else (f"{name}_{i}", "relu")
            options = self._convolution(called, activation, dtype, rng)
            layers.append(keras.layers.Conv2DTranspose(n_filters, **options))
            # Doubling what was rounded up gives a row or column too many.
            too_many = tuple((0, side % 2) for side in size)
            layers.append(keras.layers.Cropping2D(too_many, LAST, dtype=dtype))
        layers.append(keras.layers.Reshape((n_features,), dtype=dtype))
        return common.chain(name, latent_dim, layers, dtype)

    @property
    def _channels(self):
        return (*self.image_shape, 1)[2]

    def _sizes(self):
        """Height and width of the image, then after each convolution."""
        sizes = [self.image_shape[:2]]
        for _ in self.filters:
            sizes.append(tuple(-(-side // 2) for side in sizes[-1]))
        return sizes

    def _convolution(self, name, activation, dtype, rng):
        return {
            "kernel_size": self.kernel_size,
            "strides": 2,
            "padding": "same",
            "data_format": LAST,
            "activation": activation,
            "kernel_initializer": common.glorot(rng),
            "dtype": dtype,
            "name": name,
        }
