"""Regularisers that prevent an autoencoder from learning the identity."""

from dataclasses import dataclass

import keras
import tensorflow as tf

from dkm._util import checks


@dataclass(frozen=True)
class Denoising:
    """Train to reconstruct rows in which a random subset of the values was set to 0.

    Attributes
    ----------
    rate : float, default=0.2
        Probability that a value is set to 0, drawn anew at every training step; in [0, 1).

    References
    ----------
    P. Vincent, H. Larochelle, Y. Bengio and P.-A. Manzagol, "Extracting and composing robust
    features with denoising autoencoders", ICML 2008.
    """

    rate: float = 0.2

    def __post_init__(self):
        checks.check_real("rate", self.rate, at_least=0)
        if self.rate >= 1:
            raise ValueError(f"rate={self.rate} would set all of X to 0. Give a number below 1.")

    def corrupt(self, x, seed):
        """Return the rows with some values set to 0, shape (B, d)."""
        kept = keras.random.uniform(tf.shape(x), dtype=x.dtype, seed=seed) >= self.rate
        return tf.where(kept, x, tf.zeros_like(x))

    def penalty(self, x, code, encoder):
        """No penalty: the reconstruction is compared with the clean row."""
        return 0.0


@dataclass(frozen=True)
class Sparsity:
    r"""Penalise large codes: adds :math:`w \frac1B \sum_i \lVert h(x_i) \rVert_1` to the loss.

    Attributes
    ----------
    weight : float, default=0.01
        The factor :math:`w`; the norm sums over the code and is averaged over the batch.
    """

    weight: float = 0.01

    def __post_init__(self):
        checks.check_real("weight", self.weight, at_least=0)

    def corrupt(self, x, seed):
        """Return the rows unchanged."""
        return x

    def penalty(self, x, code, encoder):
        """The penalty term of the loss, a scalar."""
        return self.weight * tf.reduce_mean(tf.reduce_sum(tf.abs(code), axis=1))


@dataclass(frozen=True)
class Contractive:
    r"""Penalise sensitive codes: adds :math:`w \frac1B \sum_i \lVert \partial h / \partial x_i \rVert_F^2`.

    Attributes
    ----------
    weight : float, default=0.01
        The factor :math:`w`; the squared norm sums over all entries of the Jacobian and is averaged over
        the batch.

    Notes
    -----
    Each dimension of the code costs one backward pass through the encoder.

    References
    ----------
    S. Rifai, P. Vincent, X. Muller, X. Glorot and Y. Bengio, "Contractive auto-encoders", ICML 2011.
    """  # noqa: E501

    weight: float = 0.01

    def __post_init__(self):
        checks.check_real("weight", self.weight, at_least=0)

    def corrupt(self, x, seed):
        """Return the rows unchanged."""
        return x

    def penalty(self, x, code, encoder):
        """The penalty term of the loss, a scalar."""
        with tf.GradientTape(persistent=True) as tape:
            tape.watch(x)
            units = tf.unstack(encoder(x), axis=1)
        rows_of_jacobian = [tape.gradient(unit, x) for unit in units]
        squares = [tf.reduce_sum(tf.square(row), axis=1) for row in rows_of_jacobian]
        return self.weight * tf.reduce_mean(tf.add_n(squares))
