r"""The Keras models that methods extend: an autoencoder, and one with centres among its codes."""

import keras
import numpy as np
import tensorflow as tf


def reconstruction_error(x, reconstructed):
    r""":math:`\frac1B \sum_i \lVert x_i - \hat x_i \rVert^2`: summed over features, a scalar."""
    return tf.reduce_mean(tf.reduce_sum(tf.square(x - reconstructed), axis=1))


def squared_distances(codes, centers):
    r""":math:`D_{ik} = \lVert h(x_i) - r_k \rVert^2`, shape (B, k)."""
    return tf.reduce_sum(tf.square(codes[:, None] - centers), axis=2)


class AutoencoderModel(keras.Model):
    r"""Encoder :math:`h`, decoder :math:`g`, and the loss of a batch of B rows.

    .. math:: \frac1B \sum_i \lVert x_i - g(h(x_i)) \rVert^2 + \text{penalty of the regulariser}

    Summed over the d features, averaged over the batch. Called on rows, the model gives their
    codes.

    Parameters
    ----------
    network : dkm.networks.Dense or dkm.networks.Conv
        Or another description with `build` and `regularizer`.
    n_features, latent_dim : int
    dtype : {"float32", "float64"}
    rng : numpy.random.Generator, optional
        Source of the weights and of the regulariser's noise.
    """

    centers = None  # none among the codes; a method that has them sets this

    def __init__(self, network, n_features, latent_dim, dtype, rng=None):
        super().__init__(dtype=dtype, name="model")  # see dkm.networks.common on names
        rng = np.random.default_rng(rng)
        self.network, self.n_features, self.latent_dim = network, n_features, latent_dim
        self.encoder, self.decoder = network.build(n_features, latent_dim, dtype, rng)
        self.noise = keras.random.SeedGenerator(int(rng.integers(2**31)), name="noise")
        self.recorded = [keras.metrics.Mean("loss", dtype)]
        self.built = True

    @property
    def metrics(self):
        """What is recorded of an epoch, "loss" first, all in this model's own dtype."""
        return self.recorded

    def call(self, x, training=False):
        """Codes of a batch, shape (B, p); in training, of rows that the regulariser corrupts."""
        if training and self.network.regularizer:
            x = self.network.regularizer.corrupt(x, self.noise)
        return self.encoder(x)

    def compute_loss(self, x, y=None, y_pred=None, sample_weight=None, training=True):
        """The loss above; `y_pred` is Keras' name for the codes."""
        code, loss = y_pred, reconstruction_error(x, self.decoder(y_pred))
        if self.network.regularizer:
            loss += self.network.regularizer.penalty(x, code, self.encoder)
        return loss

    def train_step(self, data):
        """One step on a batch; returns the means of the epoch so far, by name."""
        x, rows, _ = keras.utils.unpack_x_y_sample_weight(data)
        with tf.GradientTape() as tape:
            loss = self.compute_loss(x, y=rows, y_pred=self(x, training=True))
        weights = self.trainable_weights
        self.optimizer.apply(tape.gradient(loss, weights), weights)
        self.recorded[0].update_state(loss, sample_weight=tf.shape(x)[0])
        return self.get_metrics_result()

    def get_config(self):
        """Constructor arguments, for serialization."""
        return {
            "network": self.network,
            "n_features": self.n_features,
            "latent_dim": self.latent_dim,
            "dtype": self.dtype,
        }


class JointModel(AutoencoderModel):
    r"""The autoencoder with centres :math:`r_k` among its codes.

    The loss of a batch is that of the autoencoder plus :math:`\lambda` times `cluster_loss`, which
    a method defines: a mean over the batch. :math:`\lambda` is 0 until `start_clustering`, so the
    same compiled step first trains the autoencoder alone.

    Parameters
    ----------
    n_clusters : int
    **architecture
        As for `AutoencoderModel`.
    """

    learns_centers = True  # by gradients

    def __init__(self, n_clusters, **architecture):
        super().__init__(**architecture)
        self.n_clusters = n_clusters
        self.centers = self.add_weight(
            shape=(n_clusters, self.latent_dim),
            initializer="zeros",
            trainable=self.learns_centers,
            name="centers",
        )
        self.cluster_weight = self._constant("cluster_weight")
        self.clustering = self._constant("clustering", dtype="int64")  # 1 once it has started
        means = ("autoencoder_loss", "cluster_loss")
        self.means = [keras.metrics.Mean(name, self.dtype) for name in means]
        self.occupied = Occupied(n_clusters, dtype=self.dtype)
        self.recorded += [*self.means, self.occupied]

    def start_clustering(self, centers, cluster_weight):
        """Turn the clustering on, with these first centres and this weight."""
        self.centers.assign(centers)
        self.cluster_weight.assign(cluster_weight)
        self.clustering.assign(1)

    def compute_loss(self, x, y=None, y_pred=None, sample_weight=None, training=True):
        """The loss above; `y_pred` is Keras' name for the codes, `y` holds the rows' indices."""
        D = squared_distances(y_pred, self.centers)
        losses = super().compute_loss(x, y_pred=y_pred), self.cluster_loss(y_pred, y)
        for mean, loss in zip(self.means, losses, strict=True):
            mean.update_state(loss, sample_weight=tf.shape(x)[0])
        self.occupied.update_state(D)
        return losses[0] + self.cluster_weight * losses[1]

    def cluster_loss(self, codes, rows):
        """The method's own part of the loss, a scalar.

        Parameters
        ----------
        codes : Tensor, shape (B, p)
        rows : Tensor of int64, shape (B,), or None
            Their indices in X.
        """
        raise NotImplementedError

    def get_config(self):
        """Constructor arguments, for serialization."""
        return {"n_clusters": self.n_clusters, **super().get_config()}

    def _constant(self, name, shape=(), dtype=None):
        return self.add_weight(
            shape=shape, initializer="zeros", dtype=dtype, trainable=False, name=name
        )


class Occupied(keras.metrics.Metric):
    """Number of centres that were nearest to at least one row."""

    def __init__(self, n_clusters, name="clusters", dtype="float32"):
        super().__init__(name=name, dtype=dtype)
        self.nearest = self.add_weight(shape=(n_clusters,), initializer="zeros", name="nearest")

    def update_state(self, D, sample_weight=None):
        """Record the squared distances of a batch, shape (B, k)."""
        self.record(tf.argmin(D, axis=1))

    def record(self, labels):
        """Record the clusters of a batch, shape (B,)."""
        mine = tf.one_hot(labels, self.nearest.shape[0], dtype=self.nearest.dtype)
        self.nearest.assign(tf.maximum(self.nearest, tf.reduce_max(mine, axis=0)))

    def result(self):
        """Return the number."""
        return tf.reduce_sum(self.nearest)
