"""Clusterers that generate samples."""

import numbers
import reprlib

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.validation import check_is_fitted

from dkm._util import checks
from dkm.deep._core import training


class Sampling:
    """Sampling, for a deep clusterer whose clusters are distributions.

    A method is a `DeepClusterer` that also inherits this, and defines
    ``_draw_codes(clusters, rng)``: a random code for each of the given clusters, shape (n,
    latent_dim); and ``_cluster_weights()``, if clusters are not equally likely.
    """

    def sample(
        self,
        n_samples: int = 1,
        *,
        cluster: int | None = None,
        random_state: checks.RandomState = None,
    ) -> NDArray[np.floating]:
        """Generate samples.

        Parameters
        ----------
        n_samples : int, default=1
        cluster : int or None, default=None
            The cluster of all samples. None: drawn for each sample.
        random_state : int, Generator, RandomState or None, default=None

        Returns
        -------
        ndarray, shape (n_samples, d), dtype of the X that was fitted

        Raises
        ------
        ValueError, TypeError
            If there is no such cluster, or `n_samples` is not an integer of at least 1.
        """
        check_is_fitted(self)
        checks.check_integer("n_samples", n_samples, at_least=1)
        rng = np.random.default_rng(checks.random_generator(random_state).integers(2**63))
        if cluster is None:
            clusters = rng.choice(len(self.cluster_centers_), n_samples, p=self._cluster_weights())
        else:
            self._check_cluster("cluster", cluster)
            clusters = np.full(n_samples, cluster)
        Z = self._draw_codes(clusters, rng).astype(self.cluster_centers_.dtype)
        return training.in_batches(self._maker(), Z)

    def interpolate(self, start: int, end: int, n_samples: int = 8) -> NDArray[np.floating]:
        """Generate samples on the way from one cluster to another.

        Parameters
        ----------
        start, end : int
            The clusters.
        n_samples : int, default=8
            At least 2.

        Returns
        -------
        ndarray, shape (n_samples, d)
            From codes at equal steps on the straight line between the two centres, ends included.
        """
        check_is_fitted(self)
        checks.check_integer("n_samples", n_samples, at_least=2)
        self._check_cluster("start", start)
        self._check_cluster("end", end)
        way = np.linspace(0, 1, n_samples)[:, None]
        Z = (1 - way) * self.cluster_centers_[start] + way * self.cluster_centers_[end]
        return self.decode(Z)

    def _maker(self):
        """The network that generates samples from codes."""
        return self.model_.decoder

    def _cluster_weights(self):
        """Probability of each cluster, shape (k,)."""
        n_clusters = len(self.cluster_centers_)
        return np.full(n_clusters, 1 / n_clusters)

    def _check_cluster(self, name, cluster):
        n_clusters = len(self.cluster_centers_)
        remedy = f"Give the number of a cluster, 0 to {n_clusters - 1}."
        if isinstance(cluster, bool | np.bool_) or not isinstance(cluster, numbers.Integral):
            what = f"{name}={reprlib.repr(cluster)} is not an integer."
            raise TypeError(f"{what} {remedy} (Between rows: use transform and decode.)")
        if not 0 <= cluster < n_clusters:
            raise ValueError(f"{name}={cluster}, but there are {n_clusters} clusters. {remedy}")
