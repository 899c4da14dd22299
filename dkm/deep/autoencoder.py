"""An autoencoder, then K-Means on its code."""

from collections.abc import Sequence

from dkm._util import checks
from dkm.deep._core.base import AutoencoderBased, encode
from dkm.deep._core.keras_models import AutoencoderModel
from dkm.deep._core.pretraining import Network, TrainedAutoencoder, kmeans_centers
from dkm.deep._core.shared_docs import with_shared_docs


@with_shared_docs
class AutoencoderKMeans(AutoencoderBased):
    r"""K-Means on the code of an autoencoder.

    The encoder :math:`h` and the decoder :math:`g` are trained to reconstruct the rows,

    .. math:: \min_{h, g} \frac1B \sum_i \lVert x_i - g(h(x_i)) \rVert^2

    (summed over features, averaged over a batch of B rows), then `dkm.KMeans` with ten starts
    clusters the codes :math:`h(x_i)`. The network learns nothing from the clusters: this is
    the baseline of deep clustering. Introduced in notebook 04.

    Parameters
    ----------
    n_clusters : int, default=8
    latent_dim : int or None, default=None
        Dimensions of the code. None: as many as clusters, as in the deep K-Means paper [1]_.
    %(hidden)s
    %(network)s
    %(autoencoder)s
    pretrain_epochs : int, default=50
        Epochs of the autoencoder. With 0 its random weights are used. Count steps, not epochs: an
        epoch has n / `batch_size` of them, and at the usual learning rate some hundreds are needed.
    %(batch_size)s
    %(learning_rate)s
    %(sampler)s
    %(random_state)s
    %(verbose)s

    Attributes
    ----------
    cluster_centers_ : ndarray, shape (n_clusters, latent_dim), dtype of X
        Centres among the codes; `decode` shows what they stand for.
    labels_ : ndarray of int32, shape (n,)
    %(model_)s
    %(autoencoder_)s
    history_ : dict of ndarray, shape (pretrain_epochs,)
        ``history_["pretrain_loss"]``: mean loss in each epoch.
    %(features)s

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
    _recorded = ()
    _cure = "train for more epochs, or choose fewer clusters."

    def __init__(
        self,
        n_clusters: int = 8,
        *,
        latent_dim: int | None = None,
        hidden: Sequence[int] = (500, 500, 2000),
        network: Network = None,
        autoencoder: TrainedAutoencoder | None = None,
        pretrain_epochs: int = 50,
        batch_size: int = 256,
        learning_rate: float = 0.001,
        sampler: str = "permutation",
        random_state: checks.RandomState = None,
        verbose: int = 0,
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

    def _n_epochs(self):
        return 0  # the network learns nothing from the clusters

    def _build(self, X, rng):
        return self._with_autoencoder(AutoencoderModel(**self._architecture(X), rng=rng))

    def _start_clustering(self, model, X, rng):
        model.centers = kmeans_centers(encode(model, X), self.n_clusters, rng)
