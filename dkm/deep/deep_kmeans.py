"""Deep K-Means: the network and the centres are trained together."""

import math

import tensorflow as tf
from keras.metrics import Mean

from dkm._util import checks
from dkm.deep.alphas import alphas_of, annealing, check_steps  # noqa: F401 (its public place is here)
from dkm.deep.base import encode
from dkm.deep.joint import (  # noqa: F401 (the lesson takes all parts of the formula from here)
    JointClusterer,
    JointModel,
    Occupied,
    check_reach,
    squared_distances,
)
from dkm.deep.pretraining import kmeans_centers


def soft_assignment(D, alpha):
    r""":math:`S_{ik} = e^{-\alpha D_{ik}} / \sum_j e^{-\alpha D_{ij}}`, shape (B, k)."""
    # The least distance cancels; without it all terms of a distant row would be 0.
    least = tf.stop_gradient(tf.reduce_min(D, axis=1, keepdims=True))
    return tf.nn.softmax(-alpha * (D - least))


def clustering_error(D, alpha):
    r""":math:`\frac1B \sum_i \sum_k D_{ik} S_{ik}`: a scalar. Gradients flow through S as well."""
    return tf.reduce_mean(tf.reduce_sum(D * soft_assignment(D, alpha), axis=1))


class DKMModel(JointModel):
    r"""The autoencoder with centres :math:`r_k` among its codes, and the loss of a batch of B rows.

    .. math::
        \frac1B \sum_i \Big( \lVert x_i - g(h(x_i)) \rVert^2
        + \lambda \sum_k D_{ik} S_{ik} \Big), \quad
        D_{ik} = \lVert h(x_i) - r_k \rVert^2, \quad
        S_{ik} = \frac{e^{-\alpha D_{ik}}}{\sum_j e^{-\alpha D_{ij}}}

    Sums over features and over centres, means over the batch. :math:`\lambda` is 0 until
    `start_clustering`: the autoencoder alone is trained then, by the same compiled step.

    Parameters
    ----------
    n_clusters : int
    n_alphas : int
        Number of values that alpha takes one after the other.
    **form
        As for `AutoencoderModel`.
    """

    def __init__(self, n_clusters, n_alphas, **form):
        super().__init__(n_clusters, **form)
        self.n_alphas = n_alphas
        self.alphas = self._constant("alphas", (n_alphas,))
        self.first_step = self._constant("first_step", dtype="int64")
        self.n_steps = self._constant("n_steps", dtype="int64")
        self.mean_alpha = Mean("alpha", self.dtype)
        self.recorded.append(self.mean_alpha)

    def start_clustering(self, centers, cluster_weight, alphas, n_steps):
        """From now on the clusters count: `alphas` share the next `n_steps` steps equally."""
        super().start_clustering(centers, cluster_weight)
        self.alphas.assign(alphas)
        self.first_step.assign(self.optimizer.iterations)
        self.n_steps.assign(n_steps)

    def alpha(self):
        """The value of alpha at this step."""
        done = tf.cast(self.optimizer.iterations, tf.int64) - self.first_step
        share = done * self.n_alphas // tf.maximum(self.n_steps, 1)
        return self.alphas[tf.clip_by_value(share, 0, self.n_alphas - 1)]

    def cluster_loss(self, codes, rows):
        """The second part of the loss above."""
        alpha = self.alpha()
        self.mean_alpha.update_state(alpha, sample_weight=tf.shape(codes)[0])
        return clustering_error(squared_distances(codes, self.centers), alpha)

    def get_config(self):
        """What makes such a model again, apart from its weights."""
        return {"n_alphas": self.n_alphas, **super().get_config()}


class DeepKMeans(JointClusterer):
    r"""Deep K-Means: an autoencoder whose code is made for K-Means while it is trained.

    Encoder :math:`h`, decoder :math:`g` and centres :math:`r_k` minimise

    .. math::
        \frac1B \sum_i \Big( \lVert x_i - g(h(x_i)) \rVert^2
        + \lambda \sum_k D_{ik} S_{ik} \Big), \quad
        D_{ik} = \lVert h(x_i) - r_k \rVert^2, \quad
        S_{ik} = \frac{e^{-\alpha D_{ik}}}{\sum_j e^{-\alpha D_{ij}}}

    over batches of B rows [1]_ (sums over features, mean over the batch). For
    :math:`\alpha \to \infty` the second part is the objective of K-Means on the code. Introduced in
    notebook 05.

    The paper's two forms: pretrained (DKM\ :sup:`p`) is the default; annealed (DKM\ :sup:`a`) is
    ``DeepKMeans(k, alpha=annealing(), pretrain_epochs=0, epochs=200)``.

    Parameters
    ----------
    n_clusters : int, default=8
    cluster_weight : float, default=1.0
        The :math:`\lambda` above. Its effect hangs on the scale of X: see `fit`.
    alpha : float or sequence of float, default=1000
        The :math:`\alpha` above, in units of 1 / squared distance between codes. The values of a
        sequence share the optimiser steps of all `epochs` equally, at least one for each; see
        `annealing`.
    latent_dim : int or None, default=None
        Dimensions of the code. None: as many as clusters, as in the paper.
    hidden : tuple of int, default=(500, 500, 2000)
        Units of the encoder's layers before the code; see `dkm.networks.Dense`.
    network : {"dense", "conv"}, dkm.networks.Dense or dkm.networks.Conv, optional
        Form of the autoencoder. "dense", as if none were given, has the layers `hidden`; "conv" is
        for rows that are square images; the others say more, such as a regulariser.
    autoencoder : TrainedAutoencoder, optional
        One that was trained before, the ``autoencoder_`` of a fitted clusterer. It is copied;
        `hidden` and `pretrain_epochs` are not used then.
    pretrain_epochs : int, default=50
        Epochs that the autoencoder is trained for alone. The centres then start from K-Means on the
        code. With 0, and no `autoencoder`, they start uniform on [-1, 1]. Count steps, not epochs:
        an epoch has n / `batch_size` of them, and at the usual learning rate some hundreds are
        needed.
    epochs : int, default=100
        Epochs of the loss above. Here, too, what counts are steps.
    batch_size : int, default=256
        Rows of a batch; all of X if it has fewer.
    learning_rate : float, default=0.001
        Of the one Adam that serves both phases and keeps its running means between them, as in the
        paper's own code.
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
        The :math:`r_k`; `decode` shows what they look like.
    labels_ : ndarray of int32, shape (n,)
        The nearest of them for the code of each row.
    model_ : keras.Model
        With ``model_.encoder`` and ``model_.decoder``.
    autoencoder_ : TrainedAutoencoder
        A copy of the autoencoder as it is now, to hand to other methods.
    history_ : dict of ndarray
        ``history_["pretrain_loss"]``, shape (pretrain_epochs,): mean loss in each epoch. Of shape
        (epochs,): "loss" in all, "autoencoder_loss" and "cluster_loss" (without :math:`\lambda`),
        "alpha" (its mean over the steps of the epoch), and "clusters", the number of centres that
        were nearest to some row.
    n_features_in_ : int
    feature_names_in_ : ndarray of str, shape (d,)
        Where X has names of columns.

    Notes
    -----
    With the same `random_state`, `AutoencoderKMeans` trains the same autoencoder, bit for bit, and
    handing it in gives the same result as training it here (but for the noise of
    `dkm.networks.Denoising`, which starts anew).

    References
    ----------
    .. [1] M. Moradi Fard, T. Thonet and E. Gaussier, "Deep k-Means: jointly clustering with
       k-Means and learning representations", Pattern Recognition Letters 138, 2020.

    Examples
    --------
    >>> from dkm import DeepKMeans, datasets
    >>> digits = datasets.load("digits")
    >>> clusterer = DeepKMeans(10, hidden=(64,), pretrain_epochs=30, random_state=0)
    >>> clusterer.fit(digits.X).decode(clusterer.cluster_centers_).shape
    (10, 64)
    """

    model_class = DKMModel
    _recorded = (*JointClusterer._recorded, "alpha")
    _cure = (
        "lower cluster_weight, train the autoencoder first (pretrain_epochs), or raise alpha from "
        "a small value (annealing) in many steps."
    )

    def __init__(
        self,
        n_clusters=8,
        *,
        cluster_weight=1.0,
        alpha=1000,
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
        self.cluster_weight = cluster_weight
        self.alpha = alpha
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

    def _check_parameters(self):
        super()._check_parameters()
        checks.check_real("cluster_weight", self.cluster_weight, at_least=0)
        alphas_of(self.alpha)

    def _build(self, X, rng):
        check_reach("cluster_weight", self.cluster_weight, X.dtype)
        alphas = alphas_of(self.alpha)
        check_reach("alpha", max(alphas), X.dtype)
        check_steps(alphas, self._n_steps(X))
        model = DKMModel(self.n_clusters, len(alphas), rng=rng, **self._form(X))
        return self._with_autoencoder(model)

    def _start_clustering(self, model, X, rng):
        model.start_clustering(
            self._first_centers(model, X, rng),
            self.cluster_weight,
            alphas_of(self.alpha),
            self._n_steps(X),
        )

    def _n_steps(self, X):
        return self.epochs * math.ceil(len(X) / self.batch_size)

    def _first_centers(self, model, X, rng):
        if self.pretrain_epochs or self.autoencoder is not None:
            return kmeans_centers(encode(model, X), self.n_clusters, rng)
        return rng.uniform(-1, 1, (self.n_clusters, model.latent_dim))
