"""Autoencoders of convolutions."""

from dataclasses import dataclass
from math import isqrt, prod

import keras

from dkm import checks
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
        *size, channels = (*self.image_shape, 1)[:3]
        sizes = [tuple(size)]
        for _ in self.filters:
            sizes.append(tuple(-(-side // 2) for side in sizes[-1]))
        options = {"dtype": dtype, "rng": rng}
        there = [keras.layers.Reshape((*sizes[0], channels), dtype=dtype)]
        for i, n_filters in enumerate(self.filters):
            there.append(self._halving(f"encoder_{i}", n_filters, **options))
        there.append(keras.layers.Flatten(LAST, dtype=dtype))
        there.append(common.dense("code", latent_dim, None, **options))

        innermost = (*sizes[-1], self.filters[-1])
        back = [
            common.dense("decoder_dense", prod(innermost), "relu", **options),
            keras.layers.Reshape(innermost, dtype=dtype),
        ]
        wanted = zip(reversed(sizes[:-1]), (*self.filters[-2::-1], channels), strict=True)
        for i, (size, n_filters) in enumerate(wanted):
            last = i == len(self.filters) - 1
            name, activation = ("restored", self.output) if last else (f"decoder_{i}", "relu")
            back.append(self._doubling(name, n_filters, activation, **options))
            # Doubling what was rounded up gives a row or column too many.
            too_many = tuple((0, side % 2) for side in size)
            back.append(keras.layers.Cropping2D(too_many, LAST, dtype=dtype))
        back.append(keras.layers.Reshape((n_features,), dtype=dtype))
        encoder = common.chain("encoder", n_features, there, dtype)
        return encoder, common.chain("decoder", latent_dim, back, dtype)

    def _halving(self, name, n_filters, dtype, rng):
        return keras.layers.Conv2D(n_filters, **self._convolution(name, "relu", dtype, rng))

    def _doubling(self, name, n_filters, activation, dtype, rng):
        options = self._convolution(name, activation, dtype, rng)
        return keras.layers.Conv2DTranspose(n_filters, **options)

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
