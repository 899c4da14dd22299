r"""Autoencoders by their shape: a description that builds an encoder and a decoder.

A description is a value: it can be printed, compared, copied and saved, and holds no weights. The
encoder :math:`h` leads from a row of X, shape (d,), to its code, shape (p,); the decoder :math:`g`
leads back. Weights start as Glorot's uniform [1]_, biases as 0. Introduced in notebook 04.

References
----------
.. [1] X. Glorot and Y. Bengio, "Understanding the difficulty of training deep feedforward neural
   networks", AISTATS 2010.
"""

import numbers
from dataclasses import dataclass
from math import prod

import keras
import tensorflow as tf

from dkm import checks

OUTPUTS = ("linear", "sigmoid")
LAST = "channels_last"  # whatever Keras is set to


@dataclass(frozen=True)
class Denoising:
    """Train to restore rows of which a random share of the values was set to 0.

    Attributes
    ----------
    rate : float, default=0.2
        Probability of each value to be set to 0, anew at every step; in [0, 1).

    References
    ----------
    P. Vincent, H. Larochelle, Y. Bengio and P.-A. Manzagol, "Extracting and composing robust
    features with denoising autoencoders", ICML 2008.
    """

    rate: float = 0.2

    def __post_init__(self):
        checks.check_real("rate", self.rate, at_least=0)
        if self.rate >= 1:
            raise ValueError(f"rate={self.rate} leaves no value of X. Give a number below 1.")

    def corrupt(self, x, seed):
        """The rows of which some values are 0, shape (B, d)."""
        kept = keras.random.uniform(tf.shape(x), dtype=x.dtype, seed=seed) >= self.rate
        return tf.where(kept, x, tf.zeros_like(x))

    def penalty(self, x, code, encoder):
        """Nothing: what is restored is the clean row."""
        return 0.0


@dataclass(frozen=True)
class Sparsity:
    r"""Keep codes near 0: adds :math:`w \frac1B \sum_i \lVert h(x_i) \rVert_1` to the loss.

    Attributes
    ----------
    weight : float, default=0.01
        The :math:`w` above: of a sum over the code, averaged over the batch.
    """

    weight: float = 0.01

    def __post_init__(self):
        checks.check_real("weight", self.weight, at_least=0)

    def corrupt(self, x, seed):
        """The rows as they are."""
        return x

    def penalty(self, x, code, encoder):
        """The term of the loss, a scalar."""
        return self.weight * tf.reduce_mean(tf.reduce_sum(tf.abs(code), axis=1))


@dataclass(frozen=True)
class Contractive:
    r"""Keep the code steady: adds :math:`w \frac1B \sum_i \lVert \partial h / \partial x_i \rVert_F^2`.

    Attributes
    ----------
    weight : float, default=0.01
        The :math:`w` above: of a sum over all entries of the Jacobian, averaged over the batch.

    Notes
    -----
    Costs a pass backwards through the encoder for each dimension of the code.

    References
    ----------
    S. Rifai, P. Vincent, X. Muller, X. Glorot and Y. Bengio, "Contractive auto-encoders", ICML 2011.
    """  # noqa: E501

    weight: float = 0.01

    def __post_init__(self):
        checks.check_real("weight", self.weight, at_least=0)

    def corrupt(self, x, seed):
        """The rows as they are."""
        return x

    def penalty(self, x, code, encoder):
        """The term of the loss, a scalar."""
        with tf.GradientTape(persistent=True) as tape:
            tape.watch(x)
            units = tf.unstack(encoder(x), axis=1)
        rows_of_jacobian = [tape.gradient(unit, x) for unit in units]
        squares = [tf.reduce_sum(tf.square(row), axis=1) for row in rows_of_jacobian]
        return self.weight * tf.reduce_mean(tf.add_n(squares))


@dataclass(frozen=True)
class Dense:
    """Autoencoder of dense layers: d, hidden, p and back in mirror image.

    Attributes
    ----------
    hidden : tuple of int, default=(500, 500, 2000)
        Units of the encoder's layers between X and the code, each with ReLU; those of the deep
        K-Means paper. With ``()`` both halves are linear.
    output : {"linear", "sigmoid"}, default="linear"
        Last step of the decoder. "sigmoid" is for values in [0, 1] alone. The code is linear.
    regularizer : Denoising, Sparsity, Contractive or None, default=None
        What keeps the autoencoder from learning to copy.
    """

    hidden: tuple = (500, 500, 2000)
    output: str = "linear"
    regularizer: Denoising | Sparsity | Contractive | None = None

    def __post_init__(self):
        object.__setattr__(self, "hidden", check_sizes("hidden", self.hidden))
        check_common(self)

    def check(self, X):
        """Raise unless the rows of X, shape (n, d), can go in and come out again."""
        check_reach(self.output, X)

    def build(self, n_features, latent_dim, dtype, rng):
        """Encoder and decoder with new weights.

        Parameters
        ----------
        n_features, latent_dim : int
            The d and the p above.
        dtype : {"float32", "float64"}
        rng : numpy.random.Generator
            Source of the weights.

        Returns
        -------
        encoder, decoder : keras.Model, keras.Model
        """
        there = [_dense(units, "relu", dtype, rng) for units in self.hidden]
        there.append(_dense(latent_dim, None, dtype, rng))
        back = [_dense(units, "relu", dtype, rng) for units in reversed(self.hidden)]
        back.append(_dense(n_features, self.output, dtype, rng))
        return _chain(n_features, there, dtype), _chain(latent_dim, back, dtype)


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
            object.__setattr__(self, name, check_sizes(name, getattr(self, name)))
        checks.check_integer("kernel_size", self.kernel_size, at_least=1)
        check_common(self)
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
            raise ValueError(
                f"Conv takes images of shape {self.image_shape}, which are rows of "
                f"{prod(self.image_shape)} values, but X has n_features={X.shape[1]}. "
                "Give the image_shape of your images."
            )
        check_reach(self.output, X)

    def build(self, n_features, latent_dim, dtype, rng):
        """Encoder and decoder with new weights, as in `Dense.build`."""
        *size, channels = (*self.image_shape, 1)[:3]
        sizes = [tuple(size)]
        for _ in self.filters:
            sizes.append(tuple(-(-side // 2) for side in sizes[-1]))
        there = [keras.layers.Reshape((*sizes[0], channels), dtype=dtype)]
        for n_filters in self.filters:
            there.append(_conv(keras.layers.Conv2D, n_filters, self, "relu", dtype, rng))
        there += [keras.layers.Flatten(LAST, dtype=dtype), _dense(latent_dim, None, dtype, rng)]

        innermost = (*sizes[-1], self.filters[-1])
        back = [
            _dense(prod(innermost), "relu", dtype, rng),
            keras.layers.Reshape(innermost, dtype=dtype),
        ]
        for n_filters, size in zip(
            (*self.filters[-2::-1], channels), reversed(sizes[:-1]), strict=True
        ):
            last = size == sizes[0]
            activation = self.output if last else "relu"
            back.append(
                _conv(keras.layers.Conv2DTranspose, n_filters, self, activation, dtype, rng)
            )
            # Doubling what was rounded up gives a row or column too many.
            too_many = tuple((0, side % 2) for side in size)
            back.append(keras.layers.Cropping2D(too_many, LAST, dtype=dtype))
        back.append(keras.layers.Reshape((n_features,), dtype=dtype))
        return _chain(n_features, there, dtype), _chain(latent_dim, back, dtype)


def _dense(units, activation, dtype, rng):
    return keras.layers.Dense(units, activation, kernel_initializer=_glorot(rng), dtype=dtype)


def _conv(layer, n_filters, network, activation, dtype, rng):
    return layer(
        n_filters,
        network.kernel_size,
        strides=2,
        padding="same",
        data_format=LAST,
        activation=activation,
        kernel_initializer=_glorot(rng),
        dtype=dtype,
    )


def _glorot(rng):
    return keras.initializers.GlorotUniform(seed=int(rng.integers(2**31)))


def _chain(n_inputs, layers, dtype):
    x = inputs = keras.Input((n_inputs,), dtype=dtype)
    for layer in layers:
        x = layer(x)
    return keras.Model(inputs, x)


def check_sizes(name, sizes):
    """The sizes as a tuple of int, each at least 1."""
    if isinstance(sizes, numbers.Integral | str) or not hasattr(sizes, "__iter__"):
        raise TypeError(
            f"{name}={sizes!r} is no tuple of integers. Give one such as (500, 2000), "
            "or (500,) for a single one."
        )
    sizes = tuple(sizes)
    for size in sizes:
        checks.check_integer(f"a number in {name}", size, at_least=1)
    return tuple(int(size) for size in sizes)


def check_common(network):
    """Raise unless output and regularizer are what they should be."""
    checks.check_choice("output", network.output, OUTPUTS)
    if not isinstance(network.regularizer, Denoising | Sparsity | Contractive | None):
        raise TypeError(
            f"regularizer={network.regularizer!r} is unknown. Give Denoising(), Sparsity(), "
            "Contractive() or None."
        )


def check_reach(output, X):
    """Raise if X, shape (n, d), holds values that the decoder's last step cannot reach."""
    if output == "sigmoid" and (X.min() < 0 or X.max() > 1):
        raise ValueError(
            f"X holds values from {X.min():.3g} to {X.max():.3g}, but output='sigmoid' reaches "
            "only 0 to 1. Scale X to [0, 1], or choose output='linear'."
        )
