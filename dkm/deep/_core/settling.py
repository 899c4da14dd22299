"""Training that ends when labels have settled, and weights in the units of the data."""

import sys

import numpy as np

from dkm._util import checks
from dkm.deep._core import training
from dkm.deep._core.base import AutoencoderBased, encode, nearest

STEPS = 140  # from one look at the labels to the next; as DEC's update_interval
ROWS = 10_000  # looked at; of larger X every second one, or every third, and so on
LEAST_EXPLAINED = 0.1  # of the variance: a floor for an autoencoder that explains nothing


class Settling:
    """Looks at labels every `interval` steps, and ends the training when they settle.

    Called between two steps, see `dkm.deep._core.training.trainer`.

    Parameters
    ----------
    model : JointModel
    renew : callable
        Returns the cluster of each row, or of each that is looked at, or None if codes are not
        finite. It may change the model: the methods that train towards targets renew them.
    interval : int
        Steps from one look to the next; the first is before the first step.
    tol : float
        Training ends when a smaller share of the rows changed cluster since the last look.
    ends_drift : bool
        Whether it also ends when no fewer rows changed cluster than between the two looks before.

    Attributes
    ----------
    changed : list of float
        That share, for each look but the first.
    converged : bool
        Whether it ended the training.
    """

    def __init__(self, model, renew, interval, tol, ends_drift=False):
        self.model, self.renew, self.interval, self.tol = model, renew, interval, tol
        self.ends_drift = ends_drift
        self.labels, self.changed, self.due, self.converged = None, [], None, False

    def __call__(self):
        """Return the steps that may pass before the next call; 0 ends the training."""
        step = int(self.model.optimizer.iterations)
        if not int(self.model.clustering):
            return sys.maxsize
        if self.due is not None and step < self.due:
            return self.due - step
        self.due = step + self.interval
        labels, before = self.renew(), self.labels
        if labels is None:
            return self.interval  # reported at the end of the epoch, see `trainer`
        self.labels = labels
        if before is not None:
            self.changed.append(float(np.mean(labels != before)))
            *_, last, now = 2.0, *self.changed
            self.converged = now < self.tol or (self.ends_drift and now >= last)
        return 0 if self.converged else self.interval


class SettlingClusterer(AutoencoderBased):
    """A clusterer whose training ends when labels have settled: it has `tol`."""

    _renews = False  # whether looks are needed even if none can end the training
    _ends_drift = False  # see `Settling`

    def _check_parameters(self):
        super()._check_parameters()
        checks.check_real("tol", self.tol, at_least=0)

    def _interval(self):
        return STEPS

    def _renew(self, model, X):
        """See `Settling`."""
        Z = training.in_batches(model.encoder, X[:: -(-len(X) // ROWS)])
        return nearest(Z, self._centers(model)) if training.all_finite((Z,)) else None

    def _train(self, model, X, rngs, callback):
        settling = Settling(
            model, lambda: self._renew(model, X), self._interval(), self.tol, self._ends_drift
        )
        looks = settling if self.tol or self._renews else None
        centers, history = super()._train(model, X, rngs, callback, between=looks)
        self.converged_ = settling.converged
        return centers, history | {"changed": np.array(settling.changed)}


def explained_variance(model, X):
    """How much of the variance of X the autoencoder explains: a float, at least a tenth of it.

    The total variance of X minus the reconstruction error, both summed over features. It has the
    units of the error; no shift of X changes it.
    """
    total = X.var(axis=0, dtype=np.float64).sum()
    error = np.square(X - training.in_batches(model.decoder, encode(model, X)), dtype=np.float64)
    return float(max(total - error.sum(axis=1).mean(), LEAST_EXPLAINED * total))
