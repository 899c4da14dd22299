"""How far a clustering agrees with known classes, or with another clustering.

Names of clusters carry no meaning: every function here gives the same value when the clusters are
renumbered.
"""

import numpy as np
from scipy.optimize import linear_sum_assignment
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score
from sklearn.metrics.cluster import contingency_matrix


def accuracy(y_true, y_pred):
    """Share of points that are right under the best one-to-one matching of clusters to classes.

    Parameters
    ----------
    y_true : array-like of int, shape (n,)
        Class of each point.
    y_pred : array-like of int, shape (n,)
        Cluster of each point. There may be more or fewer clusters than classes; points of those
        that stay without a partner count as wrong.

    Returns
    -------
    float in [0, 1]

    Raises
    ------
    ValueError
        If the lengths differ, there is no point, or a label is no integer.

    Notes
    -----
    Solves an assignment problem on the table of counts [1]_. Introduced in notebook 01.

    References
    ----------
    .. [1] H. W. Kuhn, "The Hungarian method for the assignment problem", 1955.
    """
    y_true, y_pred = check_labels(y_true, y_pred)
    table = contingency_matrix(y_true, y_pred)
    classes, clusters = linear_sum_assignment(table, maximize=True)
    return float(table[classes, clusters].sum() / table.sum())


def nmi(y_true, y_pred):
    """Normalised mutual information, by the arithmetic mean of the entropies.

    Parameters
    ----------
    y_true, y_pred : array-like of int, shape (n,)

    Returns
    -------
    float in [0, 1]
        0 when one says nothing about the other, 1 when they are the same but for names.

    Raises
    ------
    ValueError
        As in `accuracy`.
    """
    y_true, y_pred = check_labels(y_true, y_pred)
    return float(normalized_mutual_info_score(y_true, y_pred, average_method="arithmetic"))


def ari(y_true, y_pred):
    """Adjusted Rand index: agreement on pairs of points, corrected for chance.

    Parameters
    ----------
    y_true, y_pred : array-like of int, shape (n,)

    Returns
    -------
    float in [-0.5, 1]
        About 0 for random labels, 1 when they are the same but for names.

    Raises
    ------
    ValueError
        As in `accuracy`.

    References
    ----------
    .. [1] L. Hubert and P. Arabie, "Comparing partitions", Journal of Classification 2, 1985.
    """
    y_true, y_pred = check_labels(y_true, y_pred)
    return float(adjusted_rand_score(y_true, y_pred))


def check_labels(y_true, y_pred):
    """Both as integer arrays of one and the same length, shape (n,)."""
    arrays = []
    for name, labels in (("y_true", y_true), ("y_pred", y_pred)):
        labels = np.asarray(labels)
        if labels.ndim != 1 or not len(labels):
            raise ValueError(
                f"{name} has shape {labels.shape}. Give one label for each point: shape (n,)."
            )
        if not np.issubdtype(labels.dtype, np.integer):
            raise ValueError(
                f"{name} has dtype {labels.dtype}, but labels are integers. For names of classes, "
                "use numpy.unique(names, return_inverse=True)[1]."
            )
        arrays.append(labels)
    if len(arrays[0]) != len(arrays[1]):
        raise ValueError(
            f"y_true has {len(arrays[0])} labels and y_pred {len(arrays[1])}. Give both for the "
            "same points."
        )
    return arrays
