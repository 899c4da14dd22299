"""What is kept of a fitted K-Means: enough to predict, score, and go on with a stream."""

import numpy as np

import dkm
from dkm.models import json_parameters

# Fitted attributes by class. What belongs to the rows that were fitted (labels_) or to the fit
# itself (history_) is not kept.
ALWAYS = ("cluster_centers_", "inertia_", "n_iter_", "n_features_in_")
KEPT = {"KMeans": ALWAYS, "MiniBatchKMeans": (*ALWAYS, "counts_", "n_steps_")}


def parts(estimator):
    """Header and arrays of a fitted KMeans or MiniBatchKMeans."""
    header, arrays = json_parameters.taken_from(estimator)
    names = [name for name in KEPT[header["class"]] if hasattr(estimator, name)]
    fitted = {name: getattr(estimator, name) for name in names}
    arrays |= {name: v for name, v in fitted.items() if isinstance(v, np.ndarray)}
    header["fitted"] = {n: json_parameters.plain(v) for n, v in fitted.items() if n not in arrays}
    return header, arrays


def rebuilt(header, arrays):
    """The estimator whose `parts` these are; raises something if they do not fit each other."""
    estimator = json_parameters.given_to(getattr(dkm, header["class"]), header, arrays)
    fitted = header["fitted"] | arrays
    for name in KEPT[header["class"]]:
        if name in fitted:
            setattr(estimator, name, fitted[name])
    centers = arrays["cluster_centers_"]
    if centers.dtype.kind != "f" or centers.ndim != 2 or not np.isfinite(centers).all():
        raise ValueError("its centres are not a table of finite numbers")
    if centers.shape[1] != estimator.n_features_in_:
        raise ValueError("its centres have another number of features than it says")
    if np.shape(arrays.get("counts_", centers[:, 0])) != centers.shape[:1]:
        raise ValueError("it does not have one count for each cluster")
    json_parameters.name_features(estimator, header)
    return estimator
