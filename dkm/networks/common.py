"""What the descriptions share: their checks, and layers in a row.

What holds weights has a name of ours: names that Keras counts up (dense_17) are new in every fit,
and TensorFlow keeps 36 kB for each name of a variable that it ever saw.
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
    """A dense layer with new weights."""
    return keras.layers.Dense(
        units, activation, kernel_initializer=glorot(rng), dtype=dtype, name=name
    )


def glorot(rng):
    """Where weights start, drawn from the generator."""
    return keras.initializers.GlorotUniform(seed=int(rng.integers(2**31)))


def chain(name, n_inputs, layers, dtype):
    """A model of layers, one after the other."""
    x = inputs = keras.Input((n_inputs,), dtype=dtype)
    for layer in layers:
        x = layer(x)
    return keras.Model(inputs, x, name=name)


def check_sizes(name, sizes):
    """The sizes as a tuple of int, each at least 1; `name` is that of the parameter."""
    remedy = f"Give one such as {EXAMPLES[name]}."
    if isinstance(sizes, dict | str) or not hasattr(sizes, "__getitem__"):
        raise TypeError(f"{name}={sizes!r} is no tuple of integers. {remedy}")
    sizes = tuple(sizes)
    for size in sizes:
        if isinstance(size, bool | np.bool_) or not isinstance(size, numbers.Integral):
            raise TypeError(f"{name}={sizes!r} holds {size!r}, which is no integer. {remedy}")
        if size < 1:
            raise ValueError(f"{name}={sizes!r} holds {size}, which is less than 1. {remedy}")
    return tuple(int(size) for size in sizes)


def check_common(network):
    """Raise unless output and regularizer are what they should be."""
    checks.check_choice("output", network.output, OUTPUTS)
    if not isinstance(network.regularizer, Denoising | Sparsity | Contractive | None):
        raise TypeError(
            f"regularizer={network.regularizer!r} is unknown. Give Denoising(), Sparsity(), "
            "Contractive() or None."
        )


def check_reach(output, X):
    """Raise if X, shape (n, d), holds values that the decoder's last step cannot reach."""
    if output == "sigmoid" and (X.min() < 0 or X.max() > 1):
        raise ValueError(
            f"X holds values from {X.min():.3g} to {X.max():.3g}, but output='sigmoid' reaches "
            "only 0 to 1. Scale X to [0, 1], or choose output='linear'."
        )
