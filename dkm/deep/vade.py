"""Variational Deep Embedding: a variational autoencoder whose prior is a mixture of Gaussians."""

import warnings
from collections.abc import Sequence

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import ArrayLike, NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture
from sklearn.utils.validation import check_is_fitted

from dkm._util import checks
from dkm.deep._core import training
from dkm.deep._core.base import AutoencoderBased, encode, nearest
from dkm.deep._core.diagnostics import check_representable
from dkm.deep._core.keras_models import AutoencoderModel, Occupied
from dkm.deep._core.pretraining import Network, TrainedAutoencoder, kmeans_centers
from dkm.deep._core.sampling import Sampling
from dkm.deep._core.shared_docs import with_shared_docs

LIKELIHOODS = ("gaussian", "bernoulli")
PARTS = ("reconstruction", "kl_code", "kl_cluster", "autoencoder_loss", "entropy")
LOG_2PI = float(np.log(2 * np.pi))
LEAST_VARIANCE = 1e-4  # of a component at the start, where codes have the variance 1
LEAST_NOISE = 1e-6  # variance of x given z, in units of X squared
NARROW = 0.01  # variance of q(z|x) at the start, where clusters have the variance 1
SURE = 1e-7  # how close to 0 and 1 a probability of the Bernoulli likelihood may get
DRAWS = 16  # codes per row that `score_samples` averages over


def log_joint(codes, log_weights, centers, log_variances):
    r""":math:`\log \pi_c + \log N(z; \mu_c, \operatorname{diag} \sigma_c^2)`, shape (B, k).

    The weight counts once, whatever the dimension of the code; the Gaussian is a sum over it.

    Parameters
    ----------
    codes : Tensor, shape (B, p)
    log_weights : Tensor, shape (k,)
    centers, log_variances : Tensor, shape (k, p)
    """
    squares = tf.square(codes[:, None] - centers) * tf.exp(-log_variances)
    return log_weights - 0.5 * tf.reduce_sum(squares + log_variances + LOG_2PI, axis=2)


def divergences(mean, log_variance, centers, log_variances):
    r"""Kullback-Leibler divergence from the Gaussian of each cluster to that of each row.

    .. math::
        \tfrac12 \sum_j \Big( \log \frac{\sigma_{cj}^2}{\tilde\sigma_j^2}
        + \frac{\tilde\sigma_j^2 + (\tilde\mu_j - \mu_{cj})^2}{\sigma_{cj}^2} - 1 \Big)

    Parameters
    ----------
    mean, log_variance : Tensor, shape (B, p)
        :math:`\tilde\mu` and :math:`\log \tilde\sigma^2`.
    centers, log_variances : Tensor, shape (k, p)
        :math:`\mu_c` and :math:`\log \sigma_c^2`.

    Returns
    -------
    Tensor, shape (B, k)
    """
    wider = log_variances - log_variance[:, None]
    squares = tf.square(mean[:, None] - centers) * tf.exp(-log_variances)
    return 0.5 * tf.reduce_sum(wider + tf.exp(-wider) + squares - 1, axis=2)


class VaDEModel(AutoencoderModel):
    r"""The autoencoder, made variational, with a mixture of Gaussians among its codes.

    Until `start_clustering` it is the autoencoder, whose code is the mean of :math:`q(z | x)`.
    After that, the loss is minus the evidence lower bound, see `VaDE`.

    Parameters
    ----------
    n_clusters : int
    likelihood : {"gaussian", "bernoulli"}
    learns_noise : bool
        Whether :math:`s^2` is trained.
    **architecture
        As for `AutoencoderModel`.

    Attributes
    ----------
    posterior : keras.Model
        From rows, shape (B, d), to the mean and the logarithm of the variance of :math:`q(z | x)`,
        each of shape (B, p). The mean is the output of `encoder`; the variance comes from a dense
        layer of its own, with the same input as the encoder's last layer.
    logits, centers, log_variances : tf.Variable, shapes (k,), (k, p), (k, p)
        The mixture; its weights are the softmax of `logits`.
    log_noise : tf.Variable, a scalar
        :math:`\log s^2`; not used by the Bernoulli likelihood.
    """

    def __init__(self, n_clusters, likelihood, learns_noise, rng=None, **architecture):
        rng = np.random.default_rng(rng)
        super().__init__(rng=rng, **architecture)
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
        """Turn the clustering on: minus the bound is the loss, with this mixture and variance.

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
        r"""The summands of minus the bound, at one code per row.

        Parameters
        ----------
        x : Tensor, shape (B, d)
        noise : Tensor, shape (B, p)
            Standard normal: the code is
            :math:`z = \tilde\mu + \tilde\sigma \epsilon`.

        Returns
        -------
        dict of str to Tensor, shape (B,)
            "reconstruction", "kl_code" and "kl_cluster" are the summands; "autoencoder_loss" is the
            squared error, summed over features, and "entropy" that of the soft assignments.
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
        """Minus the bound, shape (B,), its parts, and the soft assignments, see `parts`."""
        parts, shares = self.parts(x, noise)
        return sum(parts[name] for name in PARTS[:3]), parts, shares

    def drawn(self, x):
        """Standard normal noise for as many rows, shape (B, p)."""
        shape = tf.shape(x)[0], self.latent_dim
        return keras.random.normal(shape, dtype=self.dtype, seed=self.draws)

    def compute_loss(self, x, y=None, y_pred=None, sample_weight=None, training=True):
        """The loss above, a mean over the batch; `y_pred` is Keras' name for the codes."""
        return tf.cond(
            self.clustering > 0,
            lambda: tf.reduce_mean(self.minus_bound(x, self.drawn(x))[0]),
            lambda: self._autoencoder_loss(x, y_pred),
        )

    def _autoencoder_loss(self, x, code):
        return super().compute_loss(x, y_pred=code)

    def train_step(self, data):
        """A step of the autoencoder or, once the clustering has started, one on the bound."""
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
        self.occupied.record(tf.argmax(shares, axis=1))

    def _apply(self, tape, loss, weights):
        self.optimizer.apply(tape.gradient(loss, weights), weights)

    def get_config(self):
        """Constructor arguments, for serialization."""
        return {
            "n_clusters": self.n_clusters,
            "likelihood": self.likelihood,
            "learns_noise": self.learns_noise,
            **super().get_config(),
        }


@with_shared_docs
class VaDE(Sampling, AutoencoderBased):
    r"""Variational Deep Embedding: a generative model of clusters, codes and rows.

    To generate a row, a cluster c is drawn with probability :math:`\pi_c`, then a code z from the
    Gaussian :math:`N(\mu_c, \operatorname{diag} \sigma_c^2)`, then the row x from
    :math:`p(x | z)`, given by the decoder :math:`g`. The encoder goes the other way and gives each
    row a Gaussian :math:`q(z | x) = N(\tilde\mu, \operatorname{diag} \tilde\sigma^2)`. All are
    trained together to maximise a lower bound on :math:`\log p(x)` (equation 9 of the paper [1]_),
    the mean over rows of

    .. math::
        \log p(x | z) - \sum_c \gamma_c \mathrm{KL}\big(q(z | x) \,\Vert\, p(z | c)\big)
        - \sum_c \gamma_c \log \frac{\gamma_c}{\pi_c},
        \quad \gamma_c = p(c | z) = \frac{\pi_c\, p(z | c)}{\sum_k \pi_k\, p(z | k)},

    at one z drawn from :math:`q(z | x)`; sums over features and over dimensions of the code.
    `AutoencoderKMeans` provides the start. Introduced in notebook 11.

    Parameters
    ----------
    n_clusters : int, default=8
    likelihood : {"gaussian", "bernoulli"}, default="gaussian"
        What :math:`p(x | z)` is. "gaussian": :math:`N(g(z), s^2 I)`. "bernoulli", for X in [0, 1]
        and a network with ``output="sigmoid"``: values of :math:`g(z)` are probabilities; the
        paper's choice for MNIST.
    noise_variance : float or None, default=None
        The :math:`s^2` above, at least 1e-6. None: it starts as the mean squared error of the
        autoencoder and is trained with the rest. It balances the bound: the squared error
        :math:`\lVert x - g(z) \rVert^2` has the weight :math:`1 / (2 s^2)`, against the divergences
        from the clusters. The larger it is, the more codes are pulled to their clusters.
    %(latent_dim)s
    %(hidden)s
    %(network)s
    %(autoencoder)s
    pretrain_epochs : int, default=50
        Epochs of the autoencoder alone. Results depend strongly on them.
    epochs : int, default=100
        Epochs of the training on the bound.
    %(batch_size)s
    %(learning_rate)s
    %(sampler)s
    %(random_state)s
    %(verbose)s

    Attributes
    ----------
    cluster_centers_ : ndarray, shape (n_clusters, latent_dim), dtype of X
        The :math:`\mu_c`; `decode` shows what they stand for.
    covariances_ : ndarray, shape (n_clusters, latent_dim)
        The :math:`\sigma_c^2`.
    weights_ : ndarray, shape (n_clusters,)
        The :math:`\pi_c`.
    noise_variance_ : float
        The :math:`s^2`; NaN with the Bernoulli likelihood, which has none.
    labels_ : ndarray of int32, shape (n,)
        The most probable cluster of each row, given the mean of its code.
    model_ : keras.Model
        With ``model_.encoder``, whose output is that mean, and ``model_.decoder``.
    %(autoencoder_)s
    history_ : dict of ndarray
        ``history_["pretrain_loss"]``, shape (pretrain_epochs,): mean loss in each epoch. Of shape
        (epochs,): "loss", minus the bound, and its summands "reconstruction", "kl_code" and
        "kl_cluster"; "autoencoder_loss", the squared error of the reconstruction from a sampled
        code; "entropy" of :math:`\gamma`; all of them means over rows; and "clusters", the number
        of clusters that were the most probable of at least one row.
    %(features)s

    Notes
    -----
    The mixture starts from the codes by expectation-maximisation with diagonal covariances, after
    K-Means; :math:`\tilde\sigma` as a tenth of the clusters' standard deviation, the same for all
    rows.

    It is no refinement of K-Means on the code: on the 10 000 test images of MNIST, from five seeds,
    it ended 4 to 19 points of accuracy below that start (``reports/results/deep_safety.csv``), and
    on all of them about where it began. Why is not known.

    Differences from the authors' code: it adds :math:`\log \pi_c` once per dimension of the code,
    so that :math:`\gamma_c` contains :math:`\pi_c` to that power; it adds 1e-10 to each
    :math:`p(c, z)`, so that far from all clusters none is preferred; and it lowers its learning
    rate, 0.002, by a tenth every ten epochs.

    References
    ----------
    .. [1] Z. Jiang, Y. Zheng, H. Tan, B. Tang and H. Zhou, "Variational Deep Embedding: an
       unsupervised and generative approach to clustering", IJCAI 2017.
    .. [2] O. Rybkin, K. Daniilidis and S. Levine, "Simple and effective VAE training with
       calibrated decoders", ICML 2021: on :math:`s^2`.

    Examples
    --------
    >>> from dkm import VaDE, datasets
    >>> digits = datasets.load("digits")
    >>> vade = VaDE(10, hidden=(64,), pretrain_epochs=30, random_state=0).fit(digits.X)
    >>> vade.sample(5, cluster=3, random_state=0).shape
    (5, 64)
    """

    model_class = VaDEModel
    _recorded = ("loss", *PARTS, "clusters")
    _cure = (
        "train the autoencoder for longer first (pretrain_epochs), lower noise_variance or "
        "learning_rate, or choose fewer clusters."
    )

    def __init__(
        self,
        n_clusters: int = 8,
        *,
        likelihood: str = "gaussian",
        noise_variance: float | None = None,
        latent_dim: int | None = None,
        hidden: Sequence[int] = (500, 500, 2000),
        network: Network = None,
        autoencoder: TrainedAutoencoder | None = None,
        pretrain_epochs: int = 50,
        epochs: int = 100,
        batch_size: int = 256,
        learning_rate: float = 0.001,
        sampler: str = "permutation",
        random_state: checks.RandomState = None,
        verbose: int = 0,
    ):
        self.n_clusters = n_clusters
        self.likelihood = likelihood
        self.noise_variance = noise_variance
        self.latent_dim = latent_dim
        self.hidden = hidden
        self.network = network
        self.autoencoder = autoencoder
        self.pretrain_epochs = pretrain_epochs
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.sampler = sampler
        self.random_state = random_state
        self.verbose = verbose

    @property
    def weights_(self):
        """Probability of each cluster, ndarray of shape (n_clusters,)."""
        return tf.exp(self.model_.log_weights()).numpy()

    @property
    def covariances_(self):
        """Variances of each cluster among the codes, ndarray of shape (n_clusters, latent_dim)."""
        return np.exp(self.model_.log_variances.numpy())

    @property
    def noise_variance_(self):
        """Variance of a value of x given its code: a float; NaN with the Bernoulli likelihood."""
        model = self.model_
        return np.nan if model.likelihood == "bernoulli" else float(np.exp(model.log_noise))

    def predict_proba(self, X: ArrayLike) -> NDArray[np.floating]:
        """Probability of each cluster, given the mean of the row's code.

        Parameters
        ----------
        X : array-like, shape (n, d)

        Returns
        -------
        ndarray, shape (n, n_clusters)
            Rows sum to 1; in the dtype of the X that was fitted.
        """
        check_is_fitted(self)
        Z = self._codes(self._checked(X, reset=False))
        return np.exp(self._log_shares(Z)).astype(Z.dtype)

    def score_samples(self, X: ArrayLike) -> NDArray[np.floating]:
        r"""Lower bound on :math:`\log p(x)` of each row, in nats.

        Parameters
        ----------
        X : array-like, shape (n, d)

        Returns
        -------
        ndarray, shape (n,)
            A mean over 16 codes drawn from :math:`q(z | x)`. The draws are the same for all rows
            and in all calls. With the Bernoulli likelihood, a row of values between 0 and 1 has no
            probability: the numbers can only be compared with each other.
        """
        check_is_fitted(self)
        X = self._checked(X, reset=False).astype(self.cluster_centers_.dtype, copy=False)
        if self.model_.likelihood == "bernoulli":
            self.model_.network.check(X)  # raises if a value is not a probability
        encode(self.model_, X)  # raises if a code is not finite
        draws = np.random.default_rng(0).standard_normal((DRAWS, 1, self._n_features_out))
        noise = tf.constant(draws, self.model_.dtype)

        def bound(x, training):
            losses = [self.model_.minus_bound(x, each)[0] for each in noise]
            return -tf.add_n(losses)[:, None] / DRAWS

        return training.in_batches(bound, X)[:, 0]

    def score(self, X: ArrayLike, y: object = None) -> float:
        """Mean of `score_samples`, to compare models without labels on held-out rows.

        Parameters
        ----------
        X : array-like, shape (n, d)
        y : ignored

        Returns
        -------
        float
        """
        return float(self.score_samples(X).mean())

    def sample(
        self,
        n_samples: int = 1,
        *,
        cluster: int | None = None,
        noise: bool = False,
        random_state: checks.RandomState = None,
    ) -> NDArray[np.floating]:
        """Generate samples.

        Parameters
        ----------
        n_samples : int, default=1
        cluster : int or None, default=None
            The cluster of all samples. None: drawn for each sample by the mixture weights.
        noise : bool, default=False
            With False, a sample is the mean :math:`g(z)` of :math:`p(x | z)` at a random code:
            smoother than rows of X, as images from such models are usually shown. With True, it is
            drawn from :math:`p(x | z)`: samples then vary as much as the model says that rows do.
        random_state : int, Generator, RandomState or None, default=None

        Returns
        -------
        ndarray, shape (n_samples, d), dtype of the X that was fitted

        Raises
        ------
        ValueError, TypeError
            If there is no such cluster, or an argument is not as above.
        """
        checks.check_bool("noise", noise)
        rng = checks.random_generator(random_state)
        rows = super().sample(n_samples, cluster=cluster, random_state=rng)
        if not noise:
            return rows
        if self.model_.likelihood == "bernoulli":
            return (rng.random(rows.shape) < rows).astype(rows.dtype)
        spread = np.sqrt(self.noise_variance_)
        return rows + (spread * rng.standard_normal(rows.shape)).astype(rows.dtype)

    def _check_parameters(self):
        super()._check_parameters()
        checks.check_choice("likelihood", self.likelihood, LIKELIHOODS)
        if self.noise_variance is None:
            return
        checks.check_real("noise_variance", self.noise_variance, at_least=LEAST_NOISE)
        if self.likelihood == "bernoulli":
            raise ValueError(
                f"noise_variance={self.noise_variance} was given, but likelihood='bernoulli' has "
                "none. Leave it out, or choose likelihood='gaussian'."
            )

    def _build(self, X, rng):
        if self.noise_variance is not None:
            check_representable("noise_variance", self.noise_variance, X.dtype)
        architecture = self._architecture(X)
        check_likelihood(self.likelihood, architecture["network"])
        learns_noise = self.likelihood == "gaussian" and self.noise_variance is None
        model = self.model_class(
            self.n_clusters, self.likelihood, learns_noise, rng=rng, **architecture
        )
        return self._with_autoencoder(model)

    def _start_clustering(self, model, X, rng):
        Z, noise = encode(model, X), self.noise_variance
        if noise is None:
            error = np.square(X - training.in_batches(model.decoder, Z))
            noise = max(error.mean(dtype=np.float64), LEAST_NOISE)
        model.start_clustering(*first_mixture(Z, self.n_clusters, rng), noise)

    def _log_shares(self, Z):
        Z = Z.astype(np.float64)  # far from narrow clusters float32 underflows
        return training.in_batches(lambda z, training: self.model_.log_shares(z), Z)

    def _assign(self, Z):
        return self._log_shares(Z).argmax(axis=1).astype(np.int32)

    def _draw_codes(self, clusters, rng):
        spread = np.sqrt(self.covariances_[clusters])
        return self.cluster_centers_[clusters] + spread * rng.standard_normal(spread.shape)

    def _cluster_weights(self):
        weights = self.weights_.astype(np.float64)
        return weights / weights.sum()


def check_likelihood(likelihood, network):
    """Raise if the likelihood needs probabilities and the decoder does not give them."""
    output = getattr(network, "output", None)
    if likelihood == "bernoulli" and output != "sigmoid":
        raise ValueError(
            f"likelihood='bernoulli' takes probabilities from the decoder, but the network has "
            f"output={output!r}. Scale X to [0, 1] and give network=networks.Dense(hidden, "
            "output='sigmoid'), networks.Conv with that output or an autoencoder of that form; or "
            "choose likelihood='gaussian'."
        )


def first_mixture(Z, n_clusters, rng):
    """Fit a mixture of Gaussians to the codes, by EM that starts from K-Means.

    Parameters
    ----------
    Z : ndarray, shape (n, p)
    n_clusters : int
    rng : numpy.random.Generator

    Returns
    -------
    weights, centers, variances : ndarray of float64, shapes (k,), (k, p), (k, p)
        Each variance is at least 0.0001 of that of all codes. A cluster with few rows or none
        starts as wide as the others.
    """
    Z = Z.astype(np.float64)
    scale = Z.std() or 1.0
    Z = Z / scale
    centers = kmeans_centers(Z, n_clusters, rng)
    labels = nearest(Z, centers)
    members = np.eye(n_clusters)[labels]
    counts, squares = members.sum(axis=0), members.T @ np.square(Z - centers[labels])
    usual = squares.sum(axis=0) / len(Z) + LEAST_VARIANCE
    variances = (squares + usual) / (counts[:, None] + 1)  # as if each had one more row
    mixture = GaussianMixture(
        n_clusters,
        covariance_type="diag",
        reg_covar=LEAST_VARIANCE,
        init_params="random_from_data",  # overridden by the three below
        weights_init=(counts + 1) / (counts + 1).sum(),
        means_init=centers,
        precisions_init=1 / variances,
        random_state=int(rng.integers(2**31)),
    )
    with warnings.catch_warnings():  # of too few steps: it is only a start
        warnings.simplefilter("ignore", ConvergenceWarning)
        mixture.fit(np.repeat(Z, 2, axis=0) if len(Z) == 1 else Z)  # scikit-learn wants two rows
    return mixture.weights_, mixture.means_ * scale, mixture.covariances_ * scale**2
