"""What keeps an autoencoder from learning to copy."""

from dataclasses import dataclass

import keras
import tensorflow as tf

from dkm._util import checks


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
