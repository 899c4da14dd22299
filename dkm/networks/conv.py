"""Convolutional autoencoders."""

from dataclasses import dataclass
from itertools import pairwise
from math import isqrt, prod

import keras

from dkm._util import checks
from dkm.networks import common
from dkm.networks.regularizers import Contractive, Denoising, Sparsity

LAST = "channels_last"  # explicit, regardless of the Keras configuration


@dataclass(frozen=True)
class Conv:
    """Convolutional autoencoder, for rows of X that are images.

    Each convolution halves the height and width (rounded up) and is followed by a ReLU; a dense
    layer produces the code. The decoder mirrors the encoder with transposed convolutions.

    Attributes
    ----------
    image_shape : tuple of int
        (height, width) or (height, width, channels) of the image in each row of X.
    filters : tuple of int, default=(32, 64)
        Output channels of each convolution.
    kernel_size : int, default=3
        Height and width of the convolution kernels, in pixels.
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
                f"image_shape={self.image_shape} is not an image shape. Give (height, width) or "
                "(height, width, channels)."
            )
        least = 2 ** len(self.filters)
        if not self.filters or min(self.image_shape[:2]) < least:
            raise ValueError(
                f"filters={self.filters} does not fit image_shape={self.image_shape}: each "
                f"convolution halves the image, so {len(self.filters)} of them need at least "
                f"{least} pixels per side. Give at least one filter count, and fewer for small "
                "images."
            )

    def check(self, X):
        """Raise unless the rows of X, shape (n, d), are images of this shape."""
        if X.shape[1] != prod(self.image_shape):
            side = isqrt(X.shape[1])
            hint = f", perhaps {(side, side)}" if side**2 == X.shape[1] else ""
            raise ValueError(
                f"image_shape={self.image_shape} implies {prod(self.image_shape)} values per row, "
                f"but X has n_features={X.shape[1]}. Give the (height, width) or (height, width, "
                f"channels) of your images{hint}."
            )
        common.check_reach(self.output, X)

    def build(self, n_features, latent_dim, dtype, rng):
        """Encoder and decoder with new weights, as in `Dense.build`."""
        encoder = self.encoder(n_features, latent_dim, dtype, rng)
        return encoder, self.decoder(n_features, latent_dim, dtype, rng)

    def weight_shapes(self, n_features, latent_dim):
        """Shapes of the weights that `build` makes, as in `Dense.weight_shapes`."""
        side, units = self.kernel_size, prod(self._sizes()[-1]) * self.filters[-1]
        channels = list(pairwise((self._channels, *self.filters)))
        shapes = [shape for n, m in channels for shape in ((side, side, n, m), (m,))]
        shapes += [(units, latent_dim), (latent_dim,), (latent_dim, units), (units,)]
        return shapes + [s for n, m in reversed(channels) for s in ((side, side, n, m), (n,))]

    def encoder(self, n_features, latent_dim, dtype, rng, *, name="encoder", activation="relu"):
        """Build the encoder only; its layers are named after `name`."""
        layers = [keras.layers.Reshape((*self._sizes()[0], self._channels), dtype=dtype)]
        for i, n_filters in enumerate(self.filters):
            options = self._convolution(f"{name}_{i}", activation, dtype, rng)
            layers.append(keras.layers.Conv2D(n_filters, **options))
        layers.append(keras.layers.Flatten(LAST, dtype=dtype))
        layers.append(common.dense("code", latent_dim, None, dtype, rng))
        return common.chain(name, n_features, layers, dtype)

    def decoder(self, n_features, latent_dim, dtype, rng, *, name="decoder"):
        """Build the decoder only; its layers are named after `name`."""
        *outer, last = self._sizes()
        innermost = (*last, self.filters[-1])
        layers = [
            common.dense(f"{name}_dense", prod(innermost), "relu", dtype, rng),
            keras.layers.Reshape(innermost, dtype=dtype),
        ]
        targets = zip(reversed(outer), (*self.filters[-2::-1], self._channels), strict=True)
        for i, (size, n_filters) in enumerate(targets):
            final = i == len(self.filters) - 1
            layer_name = "reconstruction" if final else f"{name}_{i}"
            activation = self.output if final else "relu"
            options = self._convolution(layer_name, activation, dtype, rng)
            layers.append(keras.layers.Conv2DTranspose(n_filters, **options))
            # Doubling a size that was rounded up yields one row or column too many.
            excess = tuple((0, side % 2) for side in size)
            layers.append(keras.layers.Cropping2D(excess, LAST, dtype=dtype))
        layers.append(keras.layers.Reshape((n_features,), dtype=dtype))
        return common.chain(name, latent_dim, layers, dtype)

    @property
    def _channels(self):
        return (*self.image_shape, 1)[2]

    def _sizes(self):
        """Height and width of the image, followed by those after each convolution."""
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
