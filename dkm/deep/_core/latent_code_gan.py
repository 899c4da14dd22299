"""GANs whose generator is given a cluster, and whose reader recovers it: so rows get clusters."""

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import ArrayLike, NDArray
from sklearn.utils.validation import check_is_fitted

from dkm.deep._core import training
from dkm.deep._core.base import DeepClusterer
from dkm.deep._core.gan_diagnostics import COUNTED, warn_of_few_moves, warn_of_spread
from dkm.deep._core.generator_and_critic import Players, check_players, described, with_two_adams
from dkm.deep._core.keras_models import Occupied, reconstruction_error
from dkm.deep._core.sampling import Sampling


class Probabilities(keras.layers.Layer):
    """The softmax of the last `n_clusters` inputs; those before them stay as they are."""

    def __init__(self, n_clusters, **options):
        super().__init__(**options)
        self.n_clusters = n_clusters

    def call(self, outputs):
        """The first inputs and the probabilities, side by side."""
        others, logits = outputs[:, : -self.n_clusters], outputs[:, -self.n_clusters :]
        return tf.concat([others, tf.nn.softmax(logits)], axis=1)

    def compute_output_shape(self, input_shape):
        """That of the inputs."""
        return input_shape


class CodedPlayers(Players):
    r"""A generator that is given a cluster, a critic, and a reader that recovers the cluster.

    Samples are generated from :math:`z = (z_n, z_c)`: noise :math:`z_n \sim N(0, \sigma^2 I)` and a
    cluster :math:`z_c = e_k`, each of the K with the same probability. The reader is trained
    together with the generator. Called on rows, the model gives their codes.

    A method is a subclass that defines ``_read_noise``, ``decoder``, ``terms`` and ``extra_loss``.

    Parameters
    ----------
    n_clusters, noise_dim : int
    sigma : float
    **architecture
        As for `Players`, without `z_dim`.
    """

    _read_noise = False  # whether the reader recovers the noise, too

    def __init__(self, n_clusters, noise_dim, sigma, **architecture):
        super().__init__(z_dim=noise_dim + n_clusters, **architecture)
        self.n_clusters, self.noise_dim, self.sigma = n_clusters, noise_dim, sigma
        self.latent_dim = self.z_dim if self._read_noise else n_clusters
        self.reader = self.beside("reader", self.latent_dim)
        last = Probabilities(n_clusters, dtype=self.dtype, name="probabilities")
        self.encoder = keras.Model(self.reader.input, last(self.reader.output), name="encoder")
        self.occupied = Occupied(n_clusters, dtype=self.dtype)
        self.recorded += [self.mean("code_accuracy"), self.occupied]

    @property
    def partners(self):
        """The reader, which is trained together with the generator."""
        return [self.reader]

    def draw(self, n):
        """Inputs of the generator for `n` samples, shape (n, noise_dim + n_clusters)."""
        noise = self.sigma * self.normal((n, self.noise_dim))
        clusters = keras.random.randint((n,), 0, self.n_clusters, dtype="int32", seed=self.seed)
        return tf.concat([noise, tf.one_hot(clusters, self.n_clusters, dtype=self.dtype)], axis=1)

    def logits(self, outputs):
        """The reader's scores of the clusters, shape (B, n_clusters), before the softmax."""
        return outputs[:, -self.n_clusters :]

    def record(self, x, z, fake, scores, loss, penalty):
        """Record a batch, as it was before the critic's update."""
        super().record(x, z, fake, scores, loss, penalty)
        n = tf.shape(x)[0]
        outputs = self.reader(tf.concat([x, fake], axis=0))
        self.occupied.record(tf.argmax(self.logits(outputs[:n]), axis=1))
        found = tf.argmax(self.logits(outputs[n:]), axis=1)
        right = tf.equal(found, tf.argmax(z[:, -self.n_clusters :], axis=1))
        self.note({"code_accuracy": tf.reduce_mean(tf.cast(right, x.dtype))}, n)
        self.note(self.terms(z, outputs[n:]), n)

    def terms(self, z, outputs):
        """The terms that a method adds to the game, by name; each has a metric of `mean`."""
        raise NotImplementedError

    def call(self, x, training=False):
        """Codes, shape (B, latent_dim)."""
        return self.encoder(x)

    def compute_loss(self, x, y=None, y_pred=None, sample_weight=None, training=True):
        """The sum of all losses and of the reconstruction error, to see whether they are finite."""
        return super().compute_loss(x) + reconstruction_error(x, self.decoder(y_pred))

    def get_config(self):
        """Constructor arguments, for serialization."""
        return {
            "n_clusters": self.n_clusters,
            "noise_dim": self.noise_dim,
            **super().get_config(),
        }


class CodedClusterer(Sampling, DeepClusterer):
    """A clusterer whose model is a `CodedPlayers`.

    A method is a subclass that defines, besides what `DeepClusterer` asks for, ``_settings(X)``:
    the constructor arguments of its model that other methods do not have.
    """

    with_optimizer = staticmethod(with_two_adams)
    _cure = (
        "train for more epochs, choose fewer clusters, or another random_state: which clusters a "
        "GAN finds depends on its start."
    )

    def predict_proba(self, X: ArrayLike) -> NDArray[np.floating]:
        """Probability of each cluster for each row.

        Parameters
        ----------
        X : array-like, shape (n, d)

        Returns
        -------
        ndarray, shape (n, n_clusters)
            Rows add up to 1. `predict` takes the largest.
        """
        check_is_fitted(self)
        return self._codes(self._checked(X, reset=False))[:, -self.model_.n_clusters :]

    def _check_parameters(self):
        check_players(self)

    def _build(self, X, rng):
        model = self.model_class(
            n_clusters=int(self.n_clusters),
            noise_dim=int(self.noise_dim),
            network=described(self.network, self.hidden, X),
            n_features=X.shape[1],
            dtype=X.dtype.name,
            rng=rng,
            **self._settings(X),
        )
        return with_two_adams(model, float(self.learning_rate), self.betas)

    def _train(self, model, X, rngs, callback):
        n_rows, rate = min(self.batch_size, len(X)), self.learning_rate
        warn_of_few_moves(self.epochs, len(X), n_rows, model.n_critic, rate)
        train = training.trainer(model, X, batch_size=self.batch_size, sampler="permutation")
        with training.progress(self.verbose, self.epochs) as bar:
            on_epoch = self._on_epoch(model, "training", self.epochs, bar, callback)
            recorded = train(self.epochs, rngs[0], on_epoch)
        names = [metric.name for metric in model.metrics]
        history = {name: np.array([epoch[name] for epoch in recorded]) for name in names}
        clusters = rngs[1].integers(self.n_clusters, size=COUNTED)
        z = from_clusters(model, clusters, rngs[1]).astype(X.dtype)
        if not model.diverged:
            model.diverged = warn_of_spread(training.in_batches(model.generator, z), X, "")
        return self._centers(model), history

    def _centers(self, model):
        one_of_each = np.eye(model.n_clusters, dtype=model.dtype)
        noise = np.zeros((model.n_clusters, model.latent_dim - model.n_clusters), model.dtype)
        return np.hstack([noise, one_of_each])

    def _assign(self, Z):
        return Z[:, -self.model_.n_clusters :].argmax(axis=1).astype(np.int32)

    def _draw_codes(self, clusters, rng):
        return from_clusters(self.model_, clusters, rng)


def from_clusters(model, clusters, rng):
    """Inputs of the generator for the given clusters, shape (n, noise_dim + n_clusters)."""
    noise = model.sigma * rng.standard_normal((len(clusters), model.noise_dim))
    return np.hstack([noise, np.eye(model.n_clusters)[clusters]])
