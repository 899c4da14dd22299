"""Training towards periodically updated targets: what DEC, IDEC and DEKM share."""

import keras
import tensorflow as tf
from sklearn.exceptions import ConvergenceWarning

from dkm._util import checks
from dkm.deep._core.keras_models import JointModel, squared_distances
from dkm.deep._core.settling import SettlingClusterer


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

    def allocate_target(self, n_rows, n_columns):
        """Allocate the target."""
        self.target = tf.Variable(tf.zeros((n_rows, n_columns), self.dtype), trainable=False)


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


class TargetClusterer(SettlingClusterer):
    """A clusterer whose model is a `TargetModel`, with `update_interval` and `tol`."""

    _renews = True

    def _check_parameters(self):
        super()._check_parameters()
        checks.check_integer("update_interval", self.update_interval, at_least=1)

    def _interval(self):
        return self.update_interval

    def _renew(self, model, X):
        return model.renew(X)

    def _train(self, model, X, rngs, callback):
        warn_of_one_target(self.epochs, self._n_batches(X), self.update_interval)
        centers, history = super()._train(model, X, rngs, callback)
        del model.target
        return centers, history


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
