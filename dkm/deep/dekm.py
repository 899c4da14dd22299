"""Deep Embedded K-Means: codes are pulled to their centres along a single axis."""

import warnings
from collections.abc import Sequence

import numpy as np
import tensorflow as tf
from sklearn.exceptions import ConvergenceWarning

from dkm._util import checks
from dkm.deep._core import training
from dkm.deep._core.base import encode
from dkm.deep._core.pretraining import Network, TrainedAutoencoder, kmeans_centers
from dkm.deep._core.shared_docs import with_shared_docs
from dkm.deep._core.target_schedule import EncoderOnly, TargetClusterer, TargetModel
from dkm.kmeans import KMeans


def loosest_axis(Z, own_centers):
    """The direction in which codes differ most from their centres, a unit vector of shape (p,).

    Parameters
    ----------
    Z : ndarray, shape (n, p)
    own_centers : ndarray, shape (n, p)
        For each code the centre of its cluster.

    Returns
    -------
    ndarray, shape (p,), float64
        The eigenvector of the within-class scatter with the largest eigenvalue.
    """
    differences = (Z - own_centers).astype(np.float64)
    return np.linalg.eigh(differences.T @ differences)[1][:, -1]


def drawn_to_centers(Z, own_centers):
    """Codes moved along `loosest_axis` to where their centres are on it, shape (n, p)."""
    axis = loosest_axis(Z, own_centers)
    return Z + np.outer((own_centers - Z) @ axis, axis)


def from_centers(Z, centers):
    """Fit `KMeans` to the codes, shape (n, p), starting from these centres."""
    with warnings.catch_warnings():  # of empty clusters: `fit` checks its own result
        warnings.simplefilter("ignore", ConvergenceWarning)
        return KMeans(len(centers), init=centers).fit(Z)


class DEKMModel(EncoderOnly, TargetModel):
    r"""The autoencoder with centres among its codes, and a target :math:`t_i` for each code.

    .. math:: \frac1B \sum_i \lVert h(x_i) - t_i \rVert^2

    A sum over the code, a mean over the batch of B rows. Before the clustering, the loss is that of
    the autoencoder.
    """

    learns_centers = False

    def cluster_loss(self, codes, rows):
        """The loss above."""
        error = tf.square(codes - tf.gather(self.target, rows))
        return tf.reduce_mean(tf.reduce_sum(error, axis=1))

    def renew(self, X):
        """Recompute centres and targets; returns the clusters, or None if codes are not finite."""
        Z = training.in_batches(self.encoder, X)
        if not training.all_finite((Z,)):
            return None
        kmeans = from_centers(Z, self.centers.numpy())
        self.centers.assign(kmeans.cluster_centers_)
        own_centers = kmeans.cluster_centers_[kmeans.labels_]
        self.target.assign(drawn_to_centers(Z, own_centers).astype(Z.dtype))
        return kmeans.labels_


@with_shared_docs
class DEKM(TargetClusterer):
    r"""Deep Embedded K-Means: alternates K-Means on the code and training the code for K-Means.

    Every `update_interval` steps K-Means continues from its last centres :math:`\mu_k` and gives
    each row its cluster :math:`s_i`. Of the within-class scatter

    .. math:: S = \sum_i (z_i - \mu_{s_i}) (z_i - \mu_{s_i})^\top, \quad z_i = h(x_i),

    let v be the eigenvector with the largest eigenvalue: along it the clusters are widest. Until
    the next K-Means, the encoder :math:`h` is trained to give each row the code

    .. math:: t_i = z_i + v v^\top (\mu_{s_i} - z_i):

    which along v is that of its centre and otherwise its own. The loss is
    :math:`\frac1n \sum_i \lVert h(x_i) - t_i \rVert^2` (a sum over the code, a mean over rows):
    that of the paper [1]_, which states it in the basis of all eigenvectors. `AutoencoderKMeans`
    provides the start; the decoder is not trained further. Introduced in notebook 06.

    Parameters
    ----------
    n_clusters : int, default=8
    update_interval : int, default=40
        Optimizer steps from one K-Means to the next.
    tol : float, default=0.005
        Training ends when a smaller share of the rows changed cluster from one K-Means to the next.
        With 0 it lasts for all `epochs`.
    %(latent_dim)s
    %(hidden)s
    %(network)s
    %(autoencoder)s
    pretrain_epochs : int, default=50
    epochs : int, default=100
        As in `DEC`.
    %(batch_size)s
    %(learning_rate)s
    %(sampler)s
    %(random_state)s
    %(verbose)s

    Attributes
    ----------
    cluster_centers_ : ndarray, shape (n_clusters, latent_dim), dtype of X
        Those of a last K-Means on the code.
    labels_ : ndarray of int32, shape (n,)
        The nearest of them to the code of each row.
    converged_ : bool
        Whether labels settled before the last epoch.
    model_, autoencoder_, history_
        As in `DEC`.
    %(features)s

    Notes
    -----
    The paper's encoder is convolutional, and its K-Means starts afresh each time. The axis is that
    of the authors' code, which sorts eigenvalues in ascending order and takes the last one.

    References
    ----------
    .. [1] W. Guo, K. Lin and W. Ye, "Deep embedded K-Means clustering", ICDM Workshops 2021.

    Examples
    --------
    >>> from dkm import DEKM, datasets
    >>> digits = datasets.load("digits")
    >>> dekm = DEKM(10, hidden=(64,), pretrain_epochs=30, random_state=0).fit(digits.X)
    >>> dekm.cluster_centers_.shape
    (10, 10)
    """

    model_class = DEKMModel
    _recorded = ("loss", "cluster_loss", "clusters")
    _cure = "train the autoencoder for longer first (pretrain_epochs), or lower learning_rate."

    def __init__(
        self,
        n_clusters: int = 8,
        *,
        update_interval: int = 40,
        tol: float = 0.005,
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

    def _build(self, X, rng):
        model = self.model_class(self.n_clusters, rng=rng, **self._architecture(X))
        model.allocate_target(len(X), model.latent_dim)
        return self._with_autoencoder(model)

    def _train(self, model, X, rngs, callback):
        centers, history = super()._train(model, X, rngs, callback)
        centers = from_centers(encode(model, X), centers).cluster_centers_
        model.centers.assign(centers)
        return model.centers.numpy(), history

    def _start_clustering(self, model, X, rng):
        model.start_clustering(kmeans_centers(encode(model, X), self.n_clusters, rng), 1.0)
