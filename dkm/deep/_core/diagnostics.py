"""What can go wrong with X or with a training: checked before it, watched and reported after it."""

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from dkm._util import checks

# A column whose root mean square is beyond it is neither standardised (then it is 1, whatever its
# largest value) nor that of a scaled image. Raw digits, 0 to 16, stay below it: both terms of the
# loss grow alike, and from four seeds Deep K-Means had ACC 0.77 and NMI 0.75 on them as on digits
# from 0 to 1, within the spread of 0.016.
LARGE = 30
HEADROOM = 16  # this multiple of a sum of squares must be finite: a margin for sums of them
# How far Adam must be able to move a weight: learning_rate times steps. After 100 steps of 0.001
# networks of 128-64 and of 500-500-2000 units missed half of the variance of 300 or of 1797 digits,
# where PCA misses a quarter, and K-Means found less on their codes than later; after 200 steps they
# missed a sixth to a third.
LEAST_REACH = 0.2
DIVERGED = 10  # times the squares of X: no training ends with such a loss unless it diverged


def check_representable(name, value, dtype):
    """Raise if a number is infinite in the dtype that the network computes in."""
    largest = float(np.finfo(dtype).max)
    if float(value) > largest:
        raise ValueError(
            f"{name}={value:g} is out of range for {dtype}, the dtype of X, which ends at "
            f"{largest:.2g}. Give a lower number, or X as float64."
        )


def check_squares(X):
    """Raise if the squares of X, shape (n, d), or their sum, overflow its dtype."""
    with np.errstate(over="ignore"):
        squares = HEADROOM * np.einsum("ij,ij->", X, X)
    if not np.isfinite(squares):
        raise ValueError(
            f"X holds values so large (up to {np.abs(X).max():.2g}) that the losses, sums of their "
            f"squares, overflow {X.dtype}. Rescale X, for example with "
            "sklearn.preprocessing.StandardScaler."
        )


def warn_of_scale(X):
    """Warn if X, shape (n, d), holds values for which the losses were not designed."""
    squares = np.einsum("ij,ij->j", X, X) / len(X)
    if squares.max() > LARGE**2:
        largest = np.abs(X[:, squares.argmax()]).max()
        checks.warn(
            f"X holds values up to {largest:.3g}. The losses and their weights suit images in "
            "[0, 1] or standardised tables. Divide images by their largest possible value (such "
            "as 255), or use sklearn.preprocessing.StandardScaler."
        )


def warn_of_few_steps(epochs, batches, learning_rate):
    """Warn if the autoencoder is trained, but not for long enough to reconstruct rows."""
    steps = epochs * batches
    if 0 < steps * learning_rate < LEAST_REACH:
        needed = LEAST_REACH / learning_rate
        checks.warn(
            f"The autoencoder is trained for only {steps} steps (pretrain_epochs={epochs}, each of "
            f"{batches} batches) with learning_rate={learning_rate:g}. With fewer than "
            f"{needed:.6g} steps most networks reconstruct rows worse than PCA. Give "
            f"pretrain_epochs={np.ceil(needed / batches):.6g} or more, or a smaller batch_size.",
            ConvergenceWarning,
        )


def warn_of_infinite_loss(model, X, epoch):
    """Warn, with the epoch, the state kept and a remedy; epochs count from the first call on."""
    rate = float(model.optimizer.learning_rate)
    kept = f"after epoch {epoch}" if epoch else "before training"
    checks.warn(
        f"The loss or the weights became non-finite in epoch {epoch + 1}; training was stopped, "
        f"and the state {kept} was kept. X holds values up to {np.abs(X).max():.3g}, and "
        f"learning_rate={rate:g}. Scale X to about -1 to 1, or lower learning_rate.",
        ConvergenceWarning,
    )


def warn_of_divergence(X, losses, learning_rate):
    """Warn, and return True, if the autoencoder's last loss is far above that of zeros."""
    zeros = np.einsum("ij,ij->", X, X) / len(X)
    diverged = len(losses) > 0 and losses[-1] > DIVERGED * (zeros + X.shape[1])
    if diverged:
        checks.warn(
            f"The autoencoder's loss is {losses[-1]:.3g} in the last epoch, and reconstructing "
            f"every row as zeros would give {zeros:.3g}: the training diverged. Lower "
            f"learning_rate={learning_rate:g}, or scale X to about -1 to 1.",
            ConvergenceWarning,
        )
    return diverged


def warn_of_collapse(labels, n_clusters, X, Z, cure):
    """Warn if clusters have no points, or if all codes, shape (n, p), are nearly the same."""
    found = len(np.unique(labels))
    collapsed = np.ptp(Z, axis=0).max() <= 1e-6 * np.abs(Z).max() and np.ptp(X, axis=0).any()
    if found == n_clusters and not collapsed:
        return
    different = len(np.unique(X, axis=0))
    if different < n_clusters:
        problem = f"X has fewer distinct rows ({different}) than n_clusters={n_clusters}."
        cure = f"choose n_clusters of at most {different}."
    elif collapsed:
        problem = "All rows have the same code: the encoder collapsed."
    else:
        problem = f"Only {found} of n_clusters={n_clusters} clusters have points."
    checks.warn(f"{problem} Try this: {cure}", ConvergenceWarning)
