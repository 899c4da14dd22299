"""Parameters of estimators as JSON, and back."""

import dataclasses

import numpy as np

DESCRIPTIONS = ("Dense", "Conv", "Denoising", "Sparsity", "Contractive")  # of dkm.networks
PREFIX = "parameters/"  # of parameters that are arrays


def taken_from(estimator):
    """Header and arrays for what every estimator has: its parameters and the names of its features.

    A ``random_state`` that is not an integer and an ``autoencoder`` that was handed in are left
    out: the estimator that is read has None instead.
    """
    values = estimator.get_params(deep=False)
    if not isinstance(values["random_state"], int | np.integer):
        values["random_state"] = None
    if "autoencoder" in values:
        values["autoencoder"] = None
    arrays = {PREFIX + name: v for name, v in values.items() if isinstance(v, np.ndarray)}
    names = getattr(estimator, "feature_names_in_", None)
    header = {
        "class": type(estimator).__name__,
        "parameters": {n: plain(v) for n, v in values.items() if PREFIX + n not in arrays},
        "feature_names": None if names is None else [str(name) for name in names],
    }
    return header, arrays


def given_to(kind, header, arrays):
    """An estimator of this class with the parameters that `taken_from` took; it is not fitted."""
    values = {name: restored(value) for name, value in header["parameters"].items()}
    for name, array in arrays.items():
        if name.startswith(PREFIX):
            values[name.removeprefix(PREFIX)] = array
    return kind(**values)


def name_features(estimator, header):
    """Give the estimator the names of its features; its ``n_features_in_`` must be set."""
    names = header["feature_names"]
    if names is None:
        return
    if len(names) != estimator.n_features_in_:
        raise ValueError(f"it names {len(names)} of {estimator.n_features_in_} features")
    estimator.feature_names_in_ = np.array([str(name) for name in names], dtype=object)


def plain(value):
    """The value as JSON has it; a description of a network becomes a dict that names its class.

    Raises
    ------
    TypeError
        If there is no such form, as for a description that is not one of `dkm.networks`.
    """
    if isinstance(value, dict):
        return {name: plain(each) for name, each in value.items()}
    if isinstance(value, tuple | list | np.ndarray):
        return [plain(each) for each in value]
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, str | int | float | None):
        return value
    kind = type(value)
    if kind.__name__ not in DESCRIPTIONS or not kind.__module__.startswith("dkm.networks."):
        raise TypeError(
            f"{value!r} cannot be saved: it is neither a number nor text, nor a description of a "
            "network by dkm.networks."
        )
    fields = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    return {"description": kind.__name__, **plain(fields)}


def restored(value):
    """What `plain` was given, with tuples for all sequences."""
    if isinstance(value, list):
        return tuple(restored(each) for each in value)
    if not isinstance(value, dict):
        return value
    fields = {name: restored(each) for name, each in value.items()}
    kind = fields.pop("description", None)
    if kind is None:
        return fields
    if kind not in DESCRIPTIONS:
        raise ValueError(f"it holds an unknown network, {kind!r}")
    from dkm import networks  # here, as it loads TensorFlow

    return getattr(networks, kind)(**fields)
