"""Variational Deep Embedding: a variational autoencoder whose prior is a mixture of Gaussians."""

import numpy as np
import tensorflow as tf
from sklearn.utils.validation import check_is_fitted

from dkm._util import checks
from dkm.deep import training
from dkm.deep.base import encode
from dkm.deep.joint import JointClusterer, check_reach
from dkm.deep.mixture import first_mixture
from dkm.deep.sampling import Sampling
from dkm.deep.variational import PARTS, VaDEModel

LIKELIHOODS = ("gaussian", "bernoulli")
LEAST_NOISE = 1e-6  # variance of x given z, in units of X squared
DRAWS = 16  # codes that `score_samples` looks at, for each row


class VaDE(Sampling, JointClusterer):
    r"""Variational Deep Embedding: rows come from clusters, through a code and a network.

    A row is made like this: a cluster c is drawn with the probability :math:`\pi_c`, then a code z
    from the Gaussian :math:`N(\mu_c, \operatorname{diag} \sigma_c^2)`, then the row x from
    :math:`p(x | z)`, which the decoder :math:`g` describes. The way back is taken by the encoder:
    it gives each row a Gaussian :math:`q(z | x) = N(\tilde\mu, \operatorname{diag}
    \tilde\sigma^2)`. All are trained together to raise a lower bound of :math:`\log p(x)` (equation
    9 of the paper [1]_), the mean over rows of

    .. math::
        \log p(x | z) - \sum_c \gamma_c \mathrm{KL}\big(q(z | x) \,\Vert\, p(z | c)\big)
        - \sum_c \gamma_c \log \frac{\gamma_c}{\pi_c},
        \quad \gamma_c = p(c | z) = \frac{\pi_c\, p(z | c)}{\sum_k \pi_k\, p(z | k)},

    at one z drawn from :math:`q(z | x)`; sums over features and over dimensions of the code.
    `AutoencoderKMeans` gives the start. Introduced in notebook 11.

    Parameters
    ----------
    n_clusters : int, default=8
    likelihood : {"gaussian", "bernoulli"}, default="gaussian"
        What :math:`p(x | z)` is. "gaussian": :math:`N(g(z), s^2 I)`. "bernoulli", for X in [0, 1]
        and a network with ``output="sigmoid"``: values of :math:`g(z)` are probabilities; the
        paper's choice for MNIST.
    noise_variance : float or None, default=None
        The :math:`s^2` above, at least 1e-6. None: it starts as the mean squared error of the
        autoencoder and is trained, too. It weighs the two sides: of the squared error
        :math:`\lVert x - g(z) \rVert^2`, :math:`1 / (2 s^2)` counts, against the divergences from
        the clusters. The larger it is, the more rows are drawn to their cluster.
    latent_dim : int or None, default=None
        Dimensions of the code. None: as many as clusters.
    hidden : tuple of int, default=(500, 500, 2000)
        Units of the encoder's layers before the code; see `dkm.networks.Dense`.
    network : {"dense", "conv"}, dkm.networks.Dense or dkm.networks.Conv, optional
        Form of the autoencoder. "dense", as if none were given, has the layers `hidden`; "conv" is
        for rows that are square images; the others say more. A regulariser is used before the
        clustering alone: the bound has a place for no more terms.
    autoencoder : TrainedAutoencoder, optional
        One that was trained before, the ``autoencoder_`` of a fitted clusterer. It is copied;
        `hidden` and `pretrain_epochs` are not used then.
    pretrain_epochs : int, default=50
        Epochs that the autoencoder is trained for alone. Much hangs on them.
    epochs : int, default=100
        Epochs of the training towards the bound.
    batch_size : int, default=256
        Rows of a batch; all of X if it has fewer.
    learning_rate : float, default=0.001
        Of the one Adam that serves both phases and keeps its running means between them.
    sampler : {"permutation", "independent"}, default="permutation"
        An epoch is a pass over all rows in a new order; or as many batches, each drawn anew from
        all rows.
    random_state : int, Generator, RandomState or None, default=None
        Source of all random draws. The same integer gives the same labels; no generator of Keras,
        TensorFlow or NumPy that others use is touched.
    verbose : int, default=0
        With 1, a progress bar.

    Attributes
    ----------
    cluster_centers_ : ndarray, shape (n_clusters, latent_dim), dtype of X
        The :math:`\mu_c`; `decode` shows what they look like.
    covariances_ : ndarray, shape (n_clusters, latent_dim)
        The :math:`\sigma_c^2`.
    weights_ : ndarray, shape (n_clusters,)
        The :math:`\pi_c`.
    noise_variance_ : float
        The :math:`s^2`; NaN with the Bernoulli likelihood, which has none.
    labels_ : ndarray of int32, shape (n,)
        The most probable cluster of each row, given the mean of its code.
    model_ : keras.Model
        With ``model_.encoder``, which gives that mean, and ``model_.decoder``.
    autoencoder_ : TrainedAutoencoder
        A copy of the autoencoder as it is now, to hand to other methods.
    history_ : dict of ndarray
        ``history_["pretrain_loss"]``, shape (pretrain_epochs,): mean loss in each epoch. Of shape
        (epochs,): "loss", minus the bound, and its summands "reconstruction", "kl_code" and
        "kl_cluster"; "autoencoder_loss", the squared error of what is restored from a drawn code;
        "entropy" of :math:`\gamma`; all of them means over rows; and "clusters", the number of
        clusters that were the most probable of some row.
    n_features_in_ : int
    feature_names_in_ : ndarray of str, shape (d,)
        Where X has names of columns.

    Notes
    -----
    The mixture starts from the codes by expectation-maximisation with diagonal covariances, after
    K-Means; :math:`\tilde\sigma` as a tenth of the clusters' standard deviation, the same for all
    rows.

    What differs from the code of the paper's authors: it adds :math:`\log \pi_c` once for each
    dimension of the code, so that :math:`\gamma_c` has :math:`\pi_c` to that power, adds 1e-10 to
    each :math:`p(c, z)`, so that far from all clusters none is preferred, and lowers its learning
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
        n_clusters=8,
        *,
        likelihood="gaussian",
        noise_variance=None,
        latent_dim=None,
        hidden=(500, 500, 2000),
        network=None,
        autoencoder=None,
        pretrain_epochs=50,
        epochs=100,
        batch_size=256,
        learning_rate=0.001,
        sampler="permutation",
        random_state=None,
        verbose=0,
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
        """Variance of a value of x, given its code: a float, NaN where the likelihood has none."""
        model = self.model_
        return np.nan if model.likelihood == "bernoulli" else float(np.exp(model.log_noise))

    def predict_proba(self, X):
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

    def score_samples(self, X):
        r"""Lower bound of :math:`\log p(x)` of each row, in nats.

        Parameters
        ----------
        X : array-like, shape (n, d)

        Returns
        -------
        ndarray, shape (n,)
            A mean over 16 codes drawn from :math:`q(z | x)`. The draws are the same for all rows
            and in all calls. With the Bernoulli likelihood a row of values between 0 and 1 has no
            probability: compare the numbers with each other alone.
        """
        check_is_fitted(self)
        X = self._checked(X, reset=False).astype(self.cluster_centers_.dtype, copy=False)
        if self.model_.likelihood == "bernoulli":
            self.model_.network.check(X)  # it raises where a value is no probability
        encode(self.model_, X)  # it raises where a code is not finite
        draws = np.random.default_rng(0).standard_normal((DRAWS, 1, self._n_features_out))
        noise = tf.constant(draws, self.model_.dtype)

        def bound(x, training):
            losses = [self.model_.minus_bound(x, each)[0] for each in noise]
            return -tf.add_n(losses)[:, None] / DRAWS

        return training.in_batches(bound, X)[:, 0]

    def score(self, X, y=None):
        """Mean of `score_samples`: by it models are compared without labels, on rows held out.

        Parameters
        ----------
        X : array-like, shape (n, d)
        y : ignored

        Returns
        -------
        float
        """
        return float(self.score_samples(X).mean())

    def sample(self, n_samples=1, *, cluster=None, noise=False, random_state=None):
        """New rows.

        Parameters
        ----------
        n_samples : int, default=1
        cluster : int or None, default=None
            The cluster that they belong to. None: each row of a cluster drawn anew.
        noise : bool, default=False
            With False each row is the mean :math:`g(z)` of :math:`p(x | z)`, at a code that was
            drawn: smoother than rows of X, as images of such models are usually shown. With True
            the row is drawn, too: rows then spread as the model says that those of X do.
        random_state : int, Generator, RandomState or None, default=None

        Returns
        -------
        ndarray, shape (n_samples, d), dtype of the X that was fitted

        Raises
        ------
        ValueError, TypeError
            If there is no such cluster, or another argument is not as above.
        """
        if not isinstance(noise, bool | np.bool_):
            raise TypeError(f"noise={noise!r} is neither True nor False. Give one of them.")
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
            check_reach("noise_variance", self.noise_variance, X.dtype)
        form = self._form(X)
        check_likelihood(self.likelihood, form["network"])
        learns_noise = self.likelihood == "gaussian" and self.noise_variance is None
        model = self.model_class(self.n_clusters, self.likelihood, learns_noise, rng=rng, **form)
        return self._with_autoencoder(model)

    def _start_clustering(self, model, X, rng):
        Z, noise = encode(model, X), self.noise_variance
        if noise is None:
            error = np.square(X - training.in_batches(model.decoder, Z))
            noise = max(error.mean(dtype=np.float64), LEAST_NOISE)
        model.start_clustering(*first_mixture(Z, self.n_clusters, rng), noise)

    def _log_shares(self, Z):
        Z = Z.astype(np.float64)  # far from narrow clusters float32 has no numbers
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
    """Raise if the values that a network restores are no probabilities, but have to be."""
    output = getattr(network, "output", None)
    if likelihood == "bernoulli" and output != "sigmoid":
        raise ValueError(
            f"likelihood='bernoulli' takes probabilities from the decoder, but the network has "
            f"output={output!r}. Scale X to [0, 1] and give network=networks.Dense(hidden, "
            "output='sigmoid'), networks.Conv with that output or an autoencoder of that form; or "
            "choose likelihood='gaussian'."
        )
