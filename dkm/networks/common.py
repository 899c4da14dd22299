"""Shared by the architectures: parameter checks and layer construction.

Every layer with weights is named explicitly. The names that Keras generates (dense_17) are
different in every fit, and TensorFlow keeps 36 kB for each variable name it has ever seen.
"""

import numbers

import keras
import numpy as np

from dkm._util import checks
from dkm.networks.regularizers import Contractive, Denoising, Sparsity

OUTPUTS = ("linear", "sigmoid")
EXAMPLES = {
    "hidden": "(500, 2000), or (500,) for a single layer",
    "filters": "(32, 64), or (32,) for a single convolution",
    "image_shape": "(28, 28), or (28, 28, 3) with channels",
}


def dense(name, units, activation, dtype, rng):
    """Dense layer with newly initialised weights."""
    return keras.layers.Dense(
        units, activation, kernel_initializer=glorot(rng), dtype=dtype, name=name
    )


def glorot(rng):
    """Glorot uniform initialiser, seeded from the generator."""
    return keras.initializers.GlorotUniform(seed=int(rng.integers(2**31)))


def chain(name, n_inputs, layers, dtype):
    """Feed-forward model: the layers applied in sequence."""
    x = inputs = keras.Input((n_inputs,), dtype=dtype)
    for layer in layers:
        x = layer(x)
    return keras.Model(inputs, x, name=name)


def check_sizes(name, sizes):
    """Return the sizes as a tuple of positive int; `name` is the parameter name for errors."""
    remedy = f"Give a tuple such as {EXAMPLES[name]}."
    if isinstance(sizes, dict | str) or not hasattr(sizes, "__getitem__"):
        raise TypeError(f"{name}={sizes!r} is not a tuple of integers. {remedy}")
    sizes = tuple(sizes)
    for size in sizes:
        if isinstance(size, bool | np.bool_) or not isinstance(size, numbers.Integral):
            raise TypeError(
                f"{name}={sizes!r} contains {size!r}, which is not an integer. {remedy}"
            )
        if size < 1:
            raise ValueError(f"{name}={sizes!r} contains {size}, which is less than 1. {remedy}")
    return tuple(int(size) for size in sizes)


def check_common(network):
    """Raise unless the output activation and the regulariser are valid."""
    checks.check_choice("output", network.output, OUTPUTS)
    if not isinstance(network.regularizer, Denoising | Sparsity | Contractive | None):
        raise TypeError(
            f"regularizer={network.regularizer!r} is unknown. Give Denoising(), Sparsity(), "
            "Contractive() or None."
        )


def check_reach(output, X):
    """Raise if X, shape (n, d), has values outside the range of the output activation."""
    if output == "sigmoid" and (X.min() < 0 or X.max() > 1):
        raise ValueError(
            f"X has values from {X.min():.3g} to {X.max():.3g}, but output='sigmoid' only produces "
            "values between 0 and 1. Scale X to [0, 1], or use output='linear'."
        )
