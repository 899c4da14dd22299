"""Training towards periodically updated targets: what DEC, IDEC and DEKM share."""

import sys

import keras
import numpy as np
import tensorflow as tf
from sklearn.exceptions import ConvergenceWarning

from dkm._util import checks
from dkm.deep._core.base import AutoencoderBased
from dkm.deep._core.keras_models import JointModel, squared_distances


class TargetModel(JointModel):
    """A `JointModel` whose cluster loss pulls each row towards a target of its own.

    A method defines, besides `cluster_loss`, ``renew(X)``: it recomputes `target` and returns the
    cluster of each row, or None if codes are not finite.

    Attributes
    ----------
    target : tf.Variable, shape (n, any), or None
        One row for each row of X; only while the model is trained.
    """

    target = None

    def __init__(self, n_clusters, **architecture):
        super().__init__(n_clusters, **architecture)
        self.clustering = self._constant("clustering", dtype="int64")

    def allocate_target(self, n_rows, n_columns):
        """Allocate the target."""
        self.target = tf.Variable(tf.zeros((n_rows, n_columns), self.dtype), trainable=False)

    def start_clustering(self, centers, cluster_weight):
        """Turn the clustering on, with these first centres and this weight."""
        super().start_clustering(centers, cluster_weight)
        self.clustering.assign(1)


class EncoderOnly:
    """For a `TargetModel` that leaves the decoder alone once the clustering has started."""

    def train_step(self, data):
        """Before the clustering, a step of the autoencoder; then, one of encoder and centres."""
        tf.cond(
            self.clustering > 0,
            lambda: self._encoder_step(data),
            lambda: self._autoencoder_step(data),
        )
        return self.get_metrics_result()

    def _autoencoder_step(self, data):
        super().train_step(data)

    def _encoder_step(self, data):
        x, rows, _ = keras.utils.unpack_x_y_sample_weight(data)
        with tf.GradientTape() as tape:
            codes = self(x, training=True)
            loss = self.cluster_loss(codes, rows)
        weights = [*self.encoder.trainable_weights]
        if self.learns_centers:
            weights.append(self.centers)
        self.optimizer.apply(tape.gradient(loss, weights), weights)
        for mean in (self.recorded[0], self.means[1]):  # "loss" and "cluster_loss" are the same
            mean.update_state(loss, sample_weight=tf.shape(x)[0])
        self.occupied.update_state(squared_distances(codes, self.centers))


class Refresh:
    """Renews the target of a `TargetModel`, and ends the training when labels settle.

    Called between two steps, see `dkm.deep._core.training.trainer`.

    Parameters
    ----------
    model : TargetModel
    X : ndarray, shape (n, d)
    interval : int
        Steps from one target to the next; the first is computed before the first step.
    tol : float
        Training ends when a smaller share of the rows changed cluster since the last target.

    Attributes
    ----------
    changed : list of float
        That share, for each target but the first.
    """

    def __init__(self, model, X, interval, tol):
        self.model, self.X, self.interval, self.tol = model, X, interval, tol
        self.labels, self.changed, self.due = None, [], None

    def __call__(self):
        """Return the steps that may pass before the next call; 0 ends the training."""
        step = int(self.model.optimizer.iterations)
        if not int(self.model.clustering):
            return sys.maxsize
        if self.due is not None and step < self.due:
            return self.due - step
        self.due = step + self.interval
        labels, before = self.model.renew(self.X), self.labels
        if labels is None:
            return self.interval  # reported at the end of the epoch, see `trainer`
        self.labels = labels
        if before is not None:
            self.changed.append(float(np.mean(labels != before)))
            if self.changed[-1] < self.tol:
                return 0
        return self.interval


class TargetClusterer(AutoencoderBased):
    """A clusterer whose model is a `TargetModel`, with `update_interval` and `tol`."""

    def _check_parameters(self):
        super()._check_parameters()
        checks.check_integer("update_interval", self.update_interval, at_least=1)
        checks.check_real("tol", self.tol, at_least=0)

    def _train(self, model, X, rngs, callback):
        warn_of_one_target(self.epochs, self._n_batches(X), self.update_interval)
        refresh = Refresh(model, X, self.update_interval, self.tol)
        centers, history = super()._train(model, X, rngs, callback, between=refresh)
        del model.target
        return centers, history | {"changed": np.array(refresh.changed)}


def warn_of_one_target(epochs, batches, update_interval):
    """Warn if training ends before its first target is ever renewed."""
    steps = epochs * batches
    if 0 < steps <= update_interval:
        checks.warn(
            f"The target is computed only once: update_interval={update_interval}, and training "
            f"has {steps} steps (epochs={epochs}, each of {batches} batches). Give more epochs, a "
            "smaller batch_size, or a smaller update_interval.",
            ConvergenceWarning,
        )
