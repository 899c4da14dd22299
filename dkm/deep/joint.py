"""What methods share that train the network and the centres together."""

import keras
import numpy as np
import tensorflow as tf

from dkm._util import checks
from dkm.deep import training
from dkm.deep.autoencoder import AutoencoderModel
from dkm.deep.pretraining import PretrainedClusterer, warn_of_divergence


def squared_distances(codes, centers):
    r""":math:`D_{ik} = \lVert h(x_i) - r_k \rVert^2`, shape (B, k)."""
    return tf.reduce_sum(tf.square(codes[:, None] - centers), axis=2)


class Occupied(keras.metrics.Metric):
    """Number of centres that were the nearest to some row."""

    def __init__(self, n_clusters, name="clusters", dtype="float32"):
        super().__init__(name=name, dtype=dtype)
        self.nearest = self.add_weight(shape=(n_clusters,), initializer="zeros", name="nearest")

    def update_state(self, D, sample_weight=None):
        """Take note of the squared distances of a batch, shape (B, k)."""
        self.take(tf.argmin(D, axis=1))

    def take(self, labels):
        """Take note of the clusters of a batch, shape (B,)."""
        mine = tf.one_hot(labels, self.nearest.shape[0], dtype=self.nearest.dtype)
        self.nearest.assign(tf.maximum(self.nearest, tf.reduce_max(mine, axis=0)))

    def result(self):
        """How many there are."""
        return tf.reduce_sum(self.nearest)


class JointModel(AutoencoderModel):
    r"""The autoencoder with centres :math:`r_k` among its codes.

    The loss of a batch is that of the autoencoder, plus :math:`\lambda` times `cluster_loss`, which
    a method defines: a mean over the batch. :math:`\lambda` is 0 until `start_clustering`: the
    autoencoder alone is trained then, by the same compiled step.

    Parameters
    ----------
    n_clusters : int
    **form
        As for `AutoencoderModel`.
    """

    learns_centers = True  # by gradients

    def __init__(self, n_clusters, **form):
        super().__init__(**form)
        self.n_clusters = n_clusters
        self.centers = self.add_weight(
            shape=(n_clusters, self.latent_dim),
            initializer="zeros",
            trainable=self.learns_centers,
            name="centers",
        )
        self.cluster_weight = self._constant("cluster_weight")
        means = ("autoencoder_loss", "cluster_loss")
        self.means = [keras.metrics.Mean(name, self.dtype) for name in means]
        self.occupied = Occupied(n_clusters, dtype=self.dtype)
        self.recorded += [*self.means, self.occupied]

    def start_clustering(self, centers, cluster_weight):
        """From now on the clusters count."""
        self.centers.assign(centers)
        self.cluster_weight.assign(cluster_weight)

    def compute_loss(self, x, y=None, y_pred=None, sample_weight=None, training=True):
        """The loss above; Keras calls the code `y_pred`, and `y` says which rows of X these are."""
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
            Which rows of X they are.
        """
        raise NotImplementedError

    def get_config(self):
        """What makes such a model again, apart from its weights."""
        return {"n_clusters": self.n_clusters, **super().get_config()}

    def _constant(self, name, shape=(), dtype=None):
        return self.add_weight(
            shape=shape, initializer="zeros", dtype=dtype, trainable=False, name=name
        )


class JointClusterer(PretrainedClusterer):
    """A clusterer whose model is a `JointModel`.

    A method is a subclass that defines, besides what `DeepClusterer` says,
    ``_start_clustering(model, X, rng)``, which gives the pretrained model its centres, and
    ``_recorded``, what its history has of each epoch.
    """

    _recorded = ("loss", "autoencoder_loss", "cluster_loss", "clusters")

    def _check_parameters(self):
        super()._check_parameters()
        checks.check_integer("epochs", self.epochs, at_least=0)

    def _train(self, model, X, rngs, between=None):
        pretrain_epochs = self._pretrain_epochs()
        with training.progress(self.verbose, pretrain_epochs + self.epochs) as bar:
            train = self._trainer(model, X, bar, between)
            before = train(pretrain_epochs, rngs[0])
            self._start_clustering(model, X, rngs[1])
            stopped = len(before) < pretrain_epochs
            recorded = train(0 if stopped else self.epochs, rngs[2])
        history = {"pretrain_loss": np.array([epoch["loss"] for epoch in before])}
        history |= {name: np.array([epoch[name] for epoch in recorded]) for name in self._recorded}
        losses = [*history["pretrain_loss"], *history.get("autoencoder_loss", ())]
        warn_of_divergence(model, X, losses, self.learning_rate)
        return model.centers.numpy(), history


def check_reach(name, value, dtype):
    """Raise if a number is infinite in the dtype that the network computes in."""
    largest = float(np.finfo(dtype).max)
    if float(value) > largest:
        raise ValueError(
            f"{name}={value:g} is out of range for {dtype}, the dtype of X, which ends at "
            f"{largest:.2g}. Give a lower number, or X as float64."
        )
