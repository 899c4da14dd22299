"""Improved Deep Embedded Clustering: DEC that keeps its decoder."""

from collections.abc import Sequence
from typing import Any, Self

from dkm._util import checks
from dkm.deep._core.base import AutoencoderBased
from dkm.deep._core.diagnostics import check_representable
from dkm.deep._core.pretraining import Network, TrainedAutoencoder
from dkm.deep._core.settling import explained_variance
from dkm.deep._core.shared_docs import with_shared_docs
from dkm.deep.dec import DEC, StudentModel

PUBLISHED = 0.1  # per feature: the paper's reconstruction error is averaged over features


@with_shared_docs
class IDEC(DEC):
    r"""Improved Deep Embedded Clustering: `DEC` that keeps reconstructing the rows.

    With encoder :math:`h`, decoder :math:`g`, and the soft assignments :math:`q_{ik}` and targets
    :math:`p_{ik}` of `DEC`, it minimises

    .. math::
        \frac1n \sum_i \Big( \lVert x_i - g(h(x_i)) \rVert^2
        + \gamma \sum_k p_{ik} \log \frac{p_{ik}}{q_{ik}} \Big)

    (sums over features and over clusters, mean over rows), equation 5 of the paper [1]_ with its
    :math:`\gamma` on the clusters. Introduced in notebook 06.

    Parameters
    ----------
    n_clusters : int, default=8
    cluster_weight : float or None, default=2.0
        :math:`\gamma` as a multiple of the variance that the autoencoder explains when the
        clustering starts. On images in [0, 1] the default is about the paper's weight. If not
        `relative`, it is :math:`\gamma` itself; None is then 0.1 per feature of X: the paper's 0.1,
        because its code averages the squared error over features, which are summed here. (A plain
        0.1 beside a sum over 784 pixels hardly moves a row.)
    relative : bool, default=True
        Whether `cluster_weight` is such a multiple. Then no result depends on the units of X, if
        the autoencoder does not.
    degrees_of_freedom : float, default=1.0
    update_interval : int, default=140
    tol : float, default=0.001
        As in `DEC`.
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
        The :math:`\mu_k` of `DEC`; `decode` shows what they stand for.
    labels_ : ndarray of int32, shape (n,)
        The cluster with the largest soft assignment, which is that of the nearest centre.
    converged_ : bool
        Whether labels settled before the last epoch.
    %(model_)s
    %(autoencoder_)s
    history_ : dict of ndarray
        As in `DEC`, and "autoencoder_loss"; "cluster_loss" is without :math:`\gamma`.
    %(features)s

    References
    ----------
    .. [1] X. Guo, L. Gao, X. Liu and J. Yin, "Improved deep embedded clustering with local
       structure preservation", IJCAI 2017.

    Examples
    --------
    >>> from dkm import IDEC, datasets
    >>> digits = datasets.load("digits")
    >>> idec = IDEC(10, hidden=(64,), pretrain_epochs=30, random_state=0).fit(digits.X)
    >>> idec.decode(idec.cluster_centers_).shape
    (10, 64)
    """

    model_class = StudentModel
    _recorded = AutoencoderBased._recorded
    _cure = "lower cluster_weight, or train the autoencoder for longer first (pretrain_epochs)."

    def __init__(
        self,
        n_clusters: int = 8,
        *,
        cluster_weight: float | None = 2.0,
        relative: bool = True,
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
        super().__init__(
            n_clusters,
            degrees_of_freedom=degrees_of_freedom,
            update_interval=update_interval,
            tol=tol,
            latent_dim=latent_dim,
            hidden=hidden,
            network=network,
            autoencoder=autoencoder,
            pretrain_epochs=pretrain_epochs,
            epochs=epochs,
            batch_size=batch_size,
            learning_rate=learning_rate,
            sampler=sampler,
            random_state=random_state,
            verbose=verbose,
        )
        self.cluster_weight = cluster_weight
        self.relative = relative

    @classmethod
    def published(cls, n_clusters: int = 8, **parameters: Any) -> Self:
        r"""The method with the paper's weight, :math:`\gamma` = 0.1 per feature of X.

        Parameters
        ----------
        n_clusters : int, default=8
        **parameters
            Other parameters, as for the class.

        Returns
        -------
        IDEC
        """
        return cls(n_clusters, **({"relative": False, "cluster_weight": None} | parameters))

    def _check_parameters(self):
        super()._check_parameters()
        checks.check_bool("relative", self.relative)
        if self.cluster_weight is not None:
            checks.check_real("cluster_weight", self.cluster_weight, at_least=0)
        elif self.relative:
            raise ValueError(
                "cluster_weight=None is the paper's weight, which is not relative. Give a multiple "
                "of the explained variance (the default is 2.0), or relative=False."
            )

    def _build(self, X, rng):
        if self.cluster_weight is not None:
            check_representable("cluster_weight", self.cluster_weight, X.dtype)
        return super()._build(X, rng)

    def _weight(self, model, X):
        if self.relative:
            return self.cluster_weight * explained_variance(model, X)
        return PUBLISHED * X.shape[1] if self.cluster_weight is None else self.cluster_weight
