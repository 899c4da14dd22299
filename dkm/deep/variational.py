"""The network of Variational Deep Embedding, and its loss."""

import keras
import numpy as np
import tensorflow as tf

from dkm.deep.autoencoder import AutoencoderModel
from dkm.deep.joint import Occupied
from dkm.deep.mixture import LOG_2PI, divergences, log_joint

PARTS = ("reconstruction", "kl_code", "kl_cluster", "autoencoder_loss", "entropy")
NARROW = 0.01  # variance of q(z|x) at the start, where clusters have the variance 1
SURE = 1e-7  # how near to 0 and 1 a probability of the Bernoulli likelihood may come


class VaDEModel(AutoencoderModel):
    r"""The autoencoder, made variational, with a mixture of Gaussians among its codes.

    Until `start_clustering` it is the autoencoder, whose code is the mean of :math:`q(z | x)`; then
    the loss is minus the evidence lower bound, see `VaDE`.

    Parameters
    ----------
    n_clusters : int
    likelihood : {"gaussian", "bernoulli"}
    learns_noise : bool
        Whether :math:`s^2` is trained, too.
    **form
        As for `AutoencoderModel`.

    Attributes
    ----------
    posterior : keras.Model
        From rows, shape (B, d), to the mean and the logarithm of the variance of :math:`q(z | x)`,
        each of shape (B, p). The mean is what `encoder` gives; the other comes from a dense layer
        of its own, which gets what the encoder's last layer gets.
    logits, centers, log_variances : tf.Variable, shapes (k,), (k, p), (k, p)
        The mixture; its weights are the softmax of `logits`.
    log_noise : tf.Variable, a scalar
        :math:`\log s^2`; not used by the Bernoulli likelihood.
    """

    def __init__(self, n_clusters, likelihood, learns_noise, rng=None, **form):
        rng = np.random.default_rng(rng)
        super().__init__(rng=rng, **form)
        self.n_clusters, self.likelihood, self.learns_noise = n_clusters, likelihood, learns_noise
        self.width = keras.layers.Dense(
            self.latent_dim, kernel_initializer="zeros", dtype=self.dtype, name="log_variance"
        )
        outputs = self.encoder.output, self.width(self.encoder.layers[-1].input)
        self.posterior = keras.Model(self.encoder.input, outputs, name="posterior")
        self.logits = self._zeros("logits", (n_clusters,))
        self.centers = self._zeros("centers", (n_clusters, self.latent_dim))
        self.log_variances = self._zeros("log_variances", (n_clusters, self.latent_dim))
        self.log_noise = self._zeros("log_noise", (), trainable=learns_noise)
        self.clustering = self._zeros("clustering", (), trainable=False)
        self.draws = keras.random.SeedGenerator(int(rng.integers(2**31)), name="draws")
        self.means = [keras.metrics.Mean(name, self.dtype) for name in PARTS]
        self.occupied = Occupied(n_clusters, dtype=self.dtype)
        self.recorded += [*self.means, self.occupied]

    def _zeros(self, name, shape, trainable=True):
        return self.add_weight(shape=shape, initializer="zeros", trainable=trainable, name=name)

    def start_clustering(self, weights, centers, variances, noise):
        """From now on the loss is minus the bound, with this mixture and this variance of noise.

        :math:`q(z | x)` has a tenth of the clusters' standard deviation, the same for all rows.
        """
        self.logits.assign(np.log(weights))
        self.centers.assign(centers)
        self.log_variances.assign(np.log(variances))
        self.width.bias.assign(np.log(NARROW * (weights @ variances)))
        self.log_noise.assign(np.log(noise))
        self.clustering.assign(1)

    def log_shares(self, codes):
        r""":math:`\log \gamma_c = \log p(c | z)`, shape (B, k)."""
        mixture = self.log_weights(), self.centers, self.log_variances
        return tf.nn.log_softmax(
            log_joint(codes, *(tf.cast(each, codes.dtype) for each in mixture))
        )

    def log_weights(self):
        r""":math:`\log \pi_c`, shape (k,)."""
        return tf.nn.log_softmax(self.logits)

    def parts(self, x, noise):
        r"""What minus the bound is the sum of, at one code of each row.

        Parameters
        ----------
        x : Tensor, shape (B, d)
        noise : Tensor, shape (B, p)
            Drawn from the standard normal distribution: the code is
            :math:`z = \tilde\mu + \tilde\sigma \epsilon`.

        Returns
        -------
        dict of str to Tensor, shape (B,)
            "reconstruction", "kl_code" and "kl_cluster" are these summands; "autoencoder_loss" is
            the squared error, summed over features, and "entropy" that of the shares.
        shares : Tensor, shape (B, k)
        """
        mean, log_variance = self.posterior(x)
        z = mean + tf.exp(log_variance / 2) * noise
        restored, log_shares = self.decoder(z), self.log_shares(z)
        shares = tf.exp(log_shares)
        to_clusters = divergences(mean, log_variance, self.centers, self.log_variances)
        error = tf.reduce_sum(tf.square(x - restored), axis=1)
        return {
            "reconstruction": self.surprise(x, restored, error),
            "kl_code": tf.reduce_sum(shares * to_clusters, axis=1),
            "kl_cluster": tf.reduce_sum(shares * (log_shares - self.log_weights()), axis=1),
            "autoencoder_loss": error,
            "entropy": -tf.reduce_sum(shares * log_shares, axis=1),
        }, shares

    def surprise(self, x, restored, error):
        r""":math:`-\log p(x | z)`, a sum over features, shape (B,); `error` is the squared one."""
        if self.likelihood == "bernoulli":
            p = tf.clip_by_value(restored, SURE, 1 - SURE)
            return -tf.reduce_sum(x * tf.math.log(p) + (1 - x) * tf.math.log1p(-p), axis=1)
        constant = self.n_features * (self.log_noise + LOG_2PI)
        return 0.5 * (error * tf.exp(-self.log_noise) + constant)

    def minus_bound(self, x, noise):
        """Minus the bound, shape (B,), as `parts` has it, with these parts and the shares."""
        parts, shares = self.parts(x, noise)
        return sum(parts[name] for name in PARTS[:3]), parts, shares

    def drawn(self, x):
        """New standard normal noise, for as many rows, shape (B, p)."""
        shape = tf.shape(x)[0], self.latent_dim
        return keras.random.normal(shape, dtype=self.dtype, seed=self.draws)

    def compute_loss(self, x, y=None, y_pred=None, sample_weight=None, training=True):
        """The loss above, a mean over the batch; Keras calls the code `y_pred`."""
        return tf.cond(
            self.clustering > 0,
            lambda: tf.reduce_mean(self.minus_bound(x, self.drawn(x))[0]),
            lambda: self._autoencoder_loss(x, y_pred),
        )

    def _autoencoder_loss(self, x, code):
        return super().compute_loss(x, y_pred=code)

    def train_step(self, data):
        """A step of the autoencoder, then, once the clustering has started, one on the bound."""
        x, _, _ = keras.utils.unpack_x_y_sample_weight(data)
        tf.cond(self.clustering > 0, lambda: self._step(x), lambda: self._autoencoder_step(x))
        return self.get_metrics_result()

    def _autoencoder_step(self, x):
        with tf.GradientTape() as tape:
            loss = self._autoencoder_loss(x, self(x, training=True))
        self._apply(tape, loss, [*self.encoder.trainable_weights, *self.decoder.trainable_weights])
        self.recorded[0].update_state(loss, sample_weight=tf.shape(x)[0])

    def _step(self, x):
        with tf.GradientTape() as tape:
            losses, parts, shares = self.minus_bound(x, self.drawn(x))
            loss = tf.reduce_mean(losses)
        self._apply(tape, loss, self.trainable_weights)
        means = self.recorded[0], *self.means
        for mean, values in zip(means, (losses, *parts.values()), strict=True):
            mean.update_state(values)
        self.occupied.take(tf.argmax(shares, axis=1))

    def _apply(self, tape, loss, weights):
        self.optimizer.apply(tape.gradient(loss, weights), weights)

    def get_config(self):
        """What makes such a model again, apart from its weights."""
        return {
            "n_clusters": self.n_clusters,
            "likelihood": self.likelihood,
            "learns_noise": self.learns_noise,
            **super().get_config(),
        }
