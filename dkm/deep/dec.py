"""Deep Embedded Clustering: the encoder learns from its own most certain assignments."""

from collections.abc import Sequence

import numpy as np
import tensorflow as tf
from numpy.typing import ArrayLike, NDArray
from sklearn.utils.validation import check_is_fitted

from dkm._util import checks
from dkm.deep._core import training
from dkm.deep._core.base import encode
from dkm.deep._core.diagnostics import check_representable
from dkm.deep._core.keras_models import squared_distances
from dkm.deep._core.pretraining import Network, TrainedAutoencoder, kmeans_centers
from dkm.deep._core.shared_docs import with_shared_docs
from dkm.deep._core.target_schedule import EncoderOnly, TargetClusterer, TargetModel

LEAST_FREEDOM = 1e-3  # degrees of freedom; squared distances are divided by it


def logits(D, degrees_of_freedom):
    r"""Logarithm of Student's t without its constant factor, shape (B, k).

    .. math:: -\frac{\nu + 1}{2} \log(1 + D_{ik} / \nu)
    """
    return -(degrees_of_freedom + 1) / 2 * tf.math.log1p(D / degrees_of_freedom)


def soft_assignment(D, degrees_of_freedom):
    r""":math:`q_{ik}`: Student's t, normalised so that each row sums to 1, shape (B, k)."""
    return tf.nn.softmax(logits(D, degrees_of_freedom))


def target_distribution(Q):
    r"""Targets for the soft assignments: sharper, and without favouring large clusters.

    .. math::
        p_{ik} = \frac{q_{ik}^2 / f_k}{\sum_j q_{ij}^2 / f_j}, \quad f_k = \sum_i q_{ik}

    Parameters
    ----------
    Q : ndarray, shape (n, k)
        Of the whole data set: in a batch, the size :math:`f_k` of a cluster is partly chance.

    Returns
    -------
    ndarray, shape (n, k), float64
    """
    Q = np.asarray(Q, np.float64)
    weight = Q**2 / np.maximum(Q.sum(axis=0), np.finfo(np.float64).tiny)
    return weight / weight.sum(axis=1, keepdims=True)


def divergence(P, D, degrees_of_freedom):
    r""":math:`\frac1B \sum_i \sum_k p_{ik} \log(p_{ik} / q_{ik})`, a scalar. P is constant."""
    log_q = tf.nn.log_softmax(logits(D, degrees_of_freedom))
    return tf.reduce_mean(tf.reduce_sum(tf.math.xlogy(P, P) - P * log_q, axis=1))


class StudentModel(TargetModel):
    r"""The autoencoder with centres among its codes, and a target for the soft assignments.

    .. math::
        \frac1B \sum_i \Big( \lVert x_i - g(h(x_i)) \rVert^2
        + \gamma \sum_k p_{ik} \log \frac{p_{ik}}{q_{ik}} \Big)

    Sums over features and over clusters, means over the batch of B rows. :math:`\gamma` is 0 until
    `start_clustering`.

    Parameters
    ----------
    n_clusters : int
    degrees_of_freedom : float
    **architecture
        As for `AutoencoderModel`.
    """

    def __init__(self, n_clusters, degrees_of_freedom, **architecture):
        super().__init__(n_clusters, **architecture)
        self.degrees_of_freedom = degrees_of_freedom

    def cluster_loss(self, codes, rows):
        """The second part of the loss above, without its weight."""
        D = squared_distances(codes, self.centers)
        return divergence(tf.gather(self.target, rows), D, self.degrees_of_freedom)

    def renew(self, X):
        """Recompute the target; returns each row's cluster, or None if codes are not finite."""
        Z = training.in_batches(self.encoder, X)
        Q = training.in_batches(self.assignment, Z)
        if not training.all_finite((Z, Q)):
            return None
        self.target.assign(target_distribution(Q).astype(Q.dtype))
        return Q.argmax(axis=1)

    def assignment(self, codes, training=False):
        """Soft assignment of codes, shape (B, k)."""
        return soft_assignment(squared_distances(codes, self.centers), self.degrees_of_freedom)

    def get_config(self):
        """Constructor arguments, for serialization."""
        return {"degrees_of_freedom": self.degrees_of_freedom, **super().get_config()}


class DECModel(EncoderOnly, StudentModel):
    """A `StudentModel` that leaves the decoder alone once the clustering has started."""


@with_shared_docs
class DEC(TargetClusterer):
    r"""Deep Embedded Clustering: encoder and centres, trained towards self-generated targets.

    With the code :math:`z_i = h(x_i)` of each row and centres :math:`\mu_k`, the soft assignment
    of row i to cluster k is

    .. math::
        q_{ik} \propto \big( 1 + \lVert z_i - \mu_k \rVert^2 / \nu \big)^{-\frac{\nu + 1}{2}},
        \quad \sum_k q_{ik} = 1

    (Student's t, equation 1 of the paper [1]_). The target sharpens it,

    .. math:: p_{ik} \propto q_{ik}^2 / f_k, \quad f_k = \sum_i q_{ik}, \quad \sum_k p_{ik} = 1

    over all n rows (equation 3), and encoder and centres are trained to minimise

    .. math:: \frac1n \sum_i \sum_k p_{ik} \log \frac{p_{ik}}{q_{ik}}

    (a sum over clusters, a mean over rows; equation 2) with P held constant. Every
    `update_interval` steps P is recomputed. `AutoencoderKMeans` provides the start; the decoder is
    not trained further. Introduced in notebook 06.

    Parameters
    ----------
    n_clusters : int, default=8
    degrees_of_freedom : float, default=1.0
        The :math:`\nu` above, called :math:`\alpha` in the paper; at least 0.001. The larger, the
        faster an assignment falls with the distance.
    update_interval : int, default=140
        Optimizer steps from one target to the next. All `epochs` together must have more, or the
        first target is the only one.
    tol : float, default=0.001
        Training ends when a smaller share of the rows changed cluster from one target to the next.
        With 0 it lasts for all `epochs`.
    %(latent_dim)s
    %(hidden)s
    %(network)s
    %(autoencoder)s
    pretrain_epochs : int, default=50
        Epochs of the autoencoder alone. The centres then start from K-Means on the code.
    epochs : int, default=100
        Maximum number of epochs of the loss above.
    %(batch_size)s
    %(learning_rate)s
    %(sampler)s
    %(random_state)s
    %(verbose)s

    Attributes
    ----------
    cluster_centers_ : ndarray, shape (n_clusters, latent_dim), dtype of X
        The :math:`\mu_k`.
    labels_ : ndarray of int32, shape (n,)
        The cluster with the largest soft assignment, which is that of the nearest centre.
    converged_ : bool
        Whether labels settled before the last epoch.
    model_ : keras.Model
        With ``model_.encoder`` and ``model_.decoder``. The decoder was trained for the codes of the
        pretraining: `decode` no longer reconstructs the rows.
    %(autoencoder_)s
    history_ : dict of ndarray
        ``history_["pretrain_loss"]``, shape (pretrain_epochs,): mean loss in each epoch. One value
        for each epoch of the clustering, the last of which may be partial: "loss", the same as
        "cluster_loss", and "clusters", the number of centres that were nearest to at least one
        row. One value for each target but the first: "changed", the share of rows that changed
        cluster since the last target.
    %(features)s

    Notes
    -----
    Differences from the paper: the autoencoder is trained as a whole, without layer-wise
    pretraining; Adam replaces SGD; and the target is recomputed every 140 steps, as in a later
    Keras version by the authors of IDEC (the authors of DEC: every epoch).

    References
    ----------
    .. [1] J. Xie, R. Girshick and A. Farhadi, "Unsupervised deep embedding for clustering
       analysis", ICML 2016.

    Examples
    --------
    >>> from dkm import DEC, datasets
    >>> digits = datasets.load("digits")
    >>> dec = DEC(10, hidden=(64,), pretrain_epochs=30, random_state=0).fit(digits.X)
    >>> dec.predict_proba(digits.X).shape
    (1797, 10)
    """

    model_class = DECModel
    _recorded = ("loss", "cluster_loss", "clusters")
    _cure = "train the autoencoder for longer first (pretrain_epochs), or lower learning_rate."

    def __init__(
        self,
        n_clusters: int = 8,
        *,
        degrees_of_freedom: float = 1.0,
        update_interval: int = 140,
        tol: float = 0.001,
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
        self.degrees_of_freedom = degrees_of_freedom
        self.update_interval = update_interval
        self.tol = tol
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

    def predict_proba(self, X: ArrayLike) -> NDArray[np.floating]:
        r"""Soft assignments :math:`q_{ik}` of rows to clusters.

        Parameters
        ----------
        X : array-like, shape (n, d)

        Returns
        -------
        ndarray, shape (n, n_clusters)
            Rows sum to 1. In the dtype of the X that was fitted.
        """
        check_is_fitted(self)
        Z = self._codes(self._checked(X, reset=False))
        return training.in_batches(self.model_.assignment, Z)

    def _check_parameters(self):
        super()._check_parameters()
        checks.check_real("degrees_of_freedom", self.degrees_of_freedom, at_least=LEAST_FREEDOM)

    def _build(self, X, rng):
        check_representable("degrees_of_freedom", self.degrees_of_freedom, X.dtype)
        freedom = float(self.degrees_of_freedom)
        model = self.model_class(self.n_clusters, freedom, rng=rng, **self._architecture(X))
        model.allocate_target(len(X), self.n_clusters)
        return self._with_autoencoder(model)

    def _start_clustering(self, model, X, rng):
        centers = kmeans_centers(encode(model, X), self.n_clusters, rng)
        model.start_clustering(centers, self._weight(model, X))

    def _weight(self, model, X):
        """Weight of the clustering in the loss, once the autoencoder is trained."""
        return 1.0
