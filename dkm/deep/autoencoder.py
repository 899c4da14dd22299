"""An autoencoder, then K-Means on its code."""

import keras
import numpy as np
import tensorflow as tf

from dkm.deep import training
from dkm.deep.base import encode
from dkm.deep.pretraining import PretrainedClusterer, kmeans_centers, warn_of_divergence


class AutoencoderModel(keras.Model):
    r"""Encoder :math:`h`, decoder :math:`g`, and the loss of a batch of B rows.

    .. math:: \frac1B \sum_i \lVert x_i - g(h(x_i)) \rVert^2 + \text{penalty of the regulariser}

    The error is summed over the d features and averaged over the batch. Called on rows it gives
    their codes.

    Parameters
    ----------
    network : dkm.networks.Dense or dkm.networks.Conv
        Or another description with `build` and `regularizer`.
    n_features, latent_dim : int
    dtype : {"float32", "float64"}
    rng : numpy.random.Generator, optional
        Source of the weights and of the noise.
    """

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
        """What is recorded of an epoch: "loss" first, all in this model's own dtype."""
        return self.recorded

    def call(self, x, training=False):
        """Codes of a batch, shape (B, p); in training, of rows that the regulariser corrupts."""
        if training and self.network.regularizer:
            x = self.network.regularizer.corrupt(x, self.noise)
        return self.encoder(x)

    def compute_loss(self, x, y=None, y_pred=None, sample_weight=None, training=True):
        """The loss above; Keras calls the code `y_pred`."""
        code, loss = y_pred, reconstruction_error(x, self.decoder(y_pred))
        if self.network.regularizer:
            loss += self.network.regularizer.penalty(x, code, self.encoder)
        return loss

    def train_step(self, data):
        """One step on a batch; the means of the epoch so far, by name."""
        x, rows, _ = keras.utils.unpack_x_y_sample_weight(data)
        with tf.GradientTape() as tape:
            loss = self.compute_loss(x, y=rows, y_pred=self(x, training=True))
        weights = self.trainable_weights
        self.optimizer.apply(tape.gradient(loss, weights), weights)
        self.recorded[0].update_state(loss, sample_weight=tf.shape(x)[0])
        return self.get_metrics_result()

    def get_config(self):
        """What makes such a model again, apart from its weights."""
        return {
            "network": self.network,
            "n_features": self.n_features,
            "latent_dim": self.latent_dim,
            "dtype": self.dtype,
        }


def reconstruction_error(x, restored):
    """Squared error, summed over features and averaged over the batch: a scalar."""
    return tf.reduce_mean(tf.reduce_sum(tf.square(x - restored), axis=1))


class AutoencoderKMeans(PretrainedClusterer):
    r"""K-Means on the code of an autoencoder.

    The encoder :math:`h` and the decoder :math:`g` are trained to restore the rows,

    .. math:: \min_{h, g} \frac1B \sum_i \lVert x_i - g(h(x_i)) \rVert^2

    (summed over features, averaged over a batch of B rows), then `dkm.KMeans` with ten starts
    clusters the codes :math:`h(x_i)`. The network knows nothing of the clusters: this is the
    baseline of deep clustering. Introduced in notebook 04.

    Parameters
    ----------
    n_clusters : int, default=8
    latent_dim : int or None, default=None
        Dimensions of the code. None: as many as clusters, as in the deep K-Means paper [1]_.
    hidden : tuple of int, default=(500, 500, 2000)
        Units of the encoder's layers before the code; see `dkm.networks.Dense`.
    network : {"dense", "conv"}, dkm.networks.Dense or dkm.networks.Conv, optional
        Form of the autoencoder. "dense", as if none were given, has the layers `hidden`; "conv" is
        for rows that are square images; the others say more, such as a regulariser.
    autoencoder : TrainedAutoencoder, optional
        One that was trained before, the ``autoencoder_`` of a fitted clusterer. It is copied and
        not trained further; `hidden` and `pretrain_epochs` are not used then.
    pretrain_epochs : int, default=50
        Epochs that the autoencoder is trained for. With 0 its random weights are used. Count
        steps, not epochs: an epoch has n / `batch_size` of them, and at the usual learning rate
        some hundreds are needed.
    batch_size : int, default=256
        Rows of a batch; all of X if it has fewer.
    learning_rate : float, default=0.001
        Of Adam.
    sampler : {"permutation", "independent"}, default="permutation"
        An epoch is a pass over all rows in a new order; or as many batches, each drawn anew from
        all rows, as in the paper's own code.
    random_state : int, Generator, RandomState or None, default=None
        Source of all random draws. The same integer gives the same labels; no generator of Keras,
        TensorFlow or NumPy that others use is touched.
    verbose : int, default=0
        With 1, a progress bar.

    Attributes
    ----------
    cluster_centers_ : ndarray, shape (n_clusters, latent_dim), dtype of X
        Centres among the codes; `decode` shows what they look like.
    labels_ : ndarray of int32, shape (n,)
    model_ : keras.Model
        With ``model_.encoder`` and ``model_.decoder``.
    autoencoder_ : TrainedAutoencoder
        A copy of the autoencoder, to hand to other methods.
    history_ : dict of ndarray, shape (pretrain_epochs,)
        ``history_["pretrain_loss"]``: mean loss in each epoch.
    n_features_in_ : int
    feature_names_in_ : ndarray of str, shape (d,)
        Where X has names of columns.

    References
    ----------
    .. [1] M. Moradi Fard, T. Thonet and E. Gaussier, "Deep k-Means: jointly clustering with
       k-Means and learning representations", Pattern Recognition Letters 138, 2020.

    Examples
    --------
    >>> from dkm import AutoencoderKMeans, datasets
    >>> digits = datasets.load("digits")
    >>> clusterer = AutoencoderKMeans(10, hidden=(64,), pretrain_epochs=30, random_state=0)
    >>> clusterer.fit_transform(digits.X).shape
    (1797, 10)
    """

    model_class = AutoencoderModel
    _cure = "train for more epochs, or choose fewer clusters."

    def __init__(
        self,
        n_clusters=8,
        *,
        latent_dim=None,
        hidden=(500, 500, 2000),
        network=None,
        autoencoder=None,
        pretrain_epochs=50,
        batch_size=256,
        learning_rate=0.001,
        sampler="permutation",
        random_state=None,
        verbose=0,
    ):
        self.n_clusters = n_clusters
        self.latent_dim = latent_dim
        self.hidden = hidden
        self.network = network
        self.autoencoder = autoencoder
        self.pretrain_epochs = pretrain_epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.sampler = sampler
        self.random_state = random_state
        self.verbose = verbose

    def _build(self, X, rng):
        return self._with_autoencoder(AutoencoderModel(**self._form(X), rng=rng))

    def _train(self, model, X, rngs):
        epochs = self._pretrain_epochs()
        with training.progress(self.verbose, epochs) as bar:
            recorded = self._trainer(model, X, bar)(epochs, rngs[0])
        losses = np.array([epoch["loss"] for epoch in recorded])
        warn_of_divergence(model, X, losses, self.learning_rate)
        return kmeans_centers(encode(model, X), self.n_clusters, rngs[1]), {"pretrain_loss": losses}
