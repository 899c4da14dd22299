"""Deep Embedded Clustering: the encoder learns from its own most certain assignments."""

from sklearn.utils.validation import check_is_fitted

from dkm._util import checks
from dkm.deep import training
from dkm.deep.base import encode
from dkm.deep.joint import check_reach
from dkm.deep.pretraining import kmeans_centers
from dkm.deep.student import StudentModel
from dkm.deep.target import EncoderOnly, TargetClusterer

LEAST_FREEDOM = 1e-3  # degrees of freedom; squared distances are divided by it


class DECModel(EncoderOnly, StudentModel):
    """A `StudentModel` that leaves the decoder alone once the clustering has started."""


class DEC(TargetClusterer):
    r"""Deep Embedded Clustering: an encoder and centres, trained towards a target of their own.

    With the code :math:`z_i = h(x_i)` of each row and centres :math:`\mu_k`, row i belongs to
    cluster k with the share

    .. math::
        q_{ik} \propto \big( 1 + \lVert z_i - \mu_k \rVert^2 / \nu \big)^{-\frac{\nu + 1}{2}},
        \quad \sum_k q_{ik} = 1

    (Student's t, equation 1 of the paper [1]_). The target makes it sharper,

    .. math:: p_{ik} \propto q_{ik}^2 / f_k, \quad f_k = \sum_i q_{ik}, \quad \sum_k p_{ik} = 1

    over all n rows (equation 3), and encoder and centres are trained to lower

    .. math:: \frac1n \sum_i \sum_k p_{ik} \log \frac{p_{ik}}{q_{ik}}

    (a sum over clusters, a mean over rows; equation 2), for which P is held constant. Every
    `update_interval` steps it is made anew. `AutoencoderKMeans` gives the start; the decoder is
    trained no further. Introduced in notebook 06.

    Parameters
    ----------
    n_clusters : int, default=8
    degrees_of_freedom : float, default=1.0
        The :math:`\nu` above, called :math:`\alpha` in the paper; at least 0.001. The larger, the
        faster a share falls with the distance.
    update_interval : int, default=140
        Optimiser steps from one target to the next. All `epochs` together must have more, or the
        first target is the only one.
    tol : float, default=0.001
        The training ends when a smaller share of the rows than this changed its cluster from one
        target to the next. With 0 it lasts for all `epochs`.
    latent_dim : int or None, default=None
        Dimensions of the code. None: as many as clusters.
    hidden : tuple of int, default=(500, 500, 2000)
        Units of the encoder's layers before the code; see `dkm.networks.Dense`.
    network : {"dense", "conv"}, dkm.networks.Dense or dkm.networks.Conv, optional
        Form of the autoencoder. "dense", as if none were given, has the layers `hidden`; "conv" is
        for rows that are square images; the others say more, such as a regulariser.
    autoencoder : TrainedAutoencoder, optional
        One that was trained before, the ``autoencoder_`` of a fitted clusterer. It is copied;
        `hidden` and `pretrain_epochs` are not used then.
    pretrain_epochs : int, default=50
        Epochs that the autoencoder is trained for. The centres then start from K-Means on the code.
    epochs : int, default=100
        Most epochs of the loss above.
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
        The :math:`\mu_k`.
    labels_ : ndarray of int32, shape (n,)
        The cluster of the largest share, which is that of the nearest centre.
    model_ : keras.Model
        With ``model_.encoder`` and ``model_.decoder``, which was trained for other codes than there
        are now: what `decode` gives is no longer what the code came from.
    autoencoder_ : TrainedAutoencoder
        A copy of both halves as they are now.
    history_ : dict of ndarray
        ``history_["pretrain_loss"]``, shape (pretrain_epochs,): mean loss in each epoch. One value
        for each epoch of the clustering, of which the last may be shorter: "loss", the same as
        "cluster_loss", and "clusters", the number of centres that were nearest to some row. One
        value for each target but the first: "changed", the share of rows in other clusters than at
        the target before.
    n_features_in_ : int
    feature_names_in_ : ndarray of str, shape (d,)
        Where X has names of columns.

    Notes
    -----
    What differs from the paper, whose authors' code makes a new target in each epoch: an
    autoencoder that is trained as a whole, without layers of its own turn; Adam instead of SGD; and
    an interval of 140 steps, as in a later version in Keras by the authors of IDEC.

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
        n_clusters=8,
        *,
        degrees_of_freedom=1.0,
        update_interval=140,
        tol=0.001,
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

    def predict_proba(self, X):
        r"""Shares :math:`q_{ik}` with which rows belong to clusters.

        Parameters
        ----------
        X : array-like, shape (n, d)

        Returns
        -------
        ndarray, shape (n, n_clusters)
            Each row has the sum 1. In the dtype of the X that was fitted.
        """
        check_is_fitted(self)
        Z = self._codes(self._checked(X, reset=False))
        return training.in_batches(self.model_.assignment, Z)

    def _check_parameters(self):
        super()._check_parameters()
        checks.check_real("degrees_of_freedom", self.degrees_of_freedom, at_least=LEAST_FREEDOM)

    def _build(self, X, rng):
        check_reach("degrees_of_freedom", self.degrees_of_freedom, X.dtype)
        check_reach("cluster_weight", self._weight(X.shape[1]), X.dtype)
        freedom = float(self.degrees_of_freedom)
        model = self.model_class(self.n_clusters, freedom, rng=rng, **self._form(X))
        model.remember(len(X), self.n_clusters)
        return self._with_autoencoder(model)

    def _start_clustering(self, model, X, rng):
        centers = kmeans_centers(encode(model, X), self.n_clusters, rng)
        model.start_clustering(centers, self._weight(X.shape[1]))

    def _weight(self, n_features):
        return 1.0
