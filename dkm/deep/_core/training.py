"""Training: batches, epochs, what is recorded of them, and what stops them. Functions, no class.

Why not `keras.Model.fit`: with a seed it repeats the same batches in every epoch (notebook 04).
"""

import math
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from time import perf_counter

import numpy as np
import tensorflow as tf
from tqdm import tqdm

from dkm.deep._core.adam import Adam
from dkm.deep._core.diagnostics import HEADROOM, warn_of_infinite_loss

ROWS_PER_CALL = 256  # constant, see `in_batches`
ROWS_PER_CHECK = 1024  # in `is_sound`; each call into Keras costs as much as some 100 rows
FIRST_STEPS = 16  # steps of one call into TensorFlow; Ctrl-C takes effect between two calls
SHORT = 0.25  # seconds; after a shorter call, the next ones take twice as many steps


@dataclass(frozen=True)
class Checkpoint:
    """What a callback of `fit` is given: how far the training has come.

    Attributes
    ----------
    estimator : object
        The estimator in training. What it has learned so far is in ``model_``: `transform` and
        `decode` work, or `sample` of a GAN; `predict` works once the clustering has started.
    phase : {"pretraining", "clustering", "training"}
        "training" for GANs, which have one phase only.
    epoch : int
        Epochs of this phase that are complete; 0 before the first.
    n_epochs : int
        Epochs that were asked for.
    logs : dict of str to float
        Means over the last epoch, named as in ``history_`` (in the pretraining "loss" is what
        ``history_`` calls "pretrain_loss"); empty before the first.
    """

    estimator: object
    phase: str
    epoch: int
    n_epochs: int
    logs: dict


Callback = Callable[[Checkpoint], object] | None  # what the parameter `callback` of `fit` may be


def permutation(n, batch_size, rng):
    """Return every row once, in a new order."""
    return rng.permutation(n)


def independent(n, batch_size, rng):
    """Return as many batches as a pass over the rows has, each drawn anew from all rows.

    An "epoch" in the code of the deep K-Means paper. More than a third of the rows (1/e) are in
    none of its batches.
    """
    n_batches = math.ceil(n / batch_size)
    return np.concatenate([rng.choice(n, batch_size, replace=False) for _ in range(n_batches)])


SAMPLERS = {"permutation": permutation, "independent": independent}


def trainer(model, X, *, batch_size, sampler, between=None):
    """Compile a training step once, for several calls.

    Parameters
    ----------
    model : keras.Model
        Compiled, with its optimizer built. What changes between the calls is a Variable in it. A
        step gets rows, shape (B, d), and their indices in X, int64, shape (B,).
    X : ndarray, shape (n, d)
        Kept by TensorFlow as it is, in its dtype; batches are gathered from it.
    batch_size : int
        Rows per batch; the last one of a permutation may have fewer.
    sampler : {"permutation", "independent"}
        How the batches of an epoch are drawn.
    between : callable, optional
        Called before the first step, and again once as many steps have passed as it returned (or
        sooner). It may change the model; 0 ends the training.

    Returns
    -------
    callable
        ``train(epochs, rng, on_epoch=None)``, with a NumPy Generator, returns the model's metrics
        of each epoch as a list of dicts; the last epoch may be partial. If there are fewer than
        `epochs`, then `between` or `on_epoch` ended the training, or something was no longer
        finite. In the last case the model is back at its last sound epoch, a warning says so, and
        ``model.diverged`` is True.

        ``on_epoch(epoch, logs)`` is called with 0 and an empty dict before the first epoch, and
        after each epoch that ended with finite weights. It may add to `logs`; True ends the
        training.
    """
    batch_size = min(batch_size, len(X))
    draw = SAMPLERS[sampler]
    model.diverged = False
    run_epoch = in_parts(model, tf.convert_to_tensor(X), batch_size, between)
    trained = 0  # epochs of all calls

    def train(epochs, rng, on_epoch=None):
        nonlocal trained
        recorded, states = [], {0: state(model)}
        stop = on_epoch(0, {}) if on_epoch and epochs else False
        for epoch in range(1, 1 if stop else epochs + 1):
            model.reset_metrics()
            order = draw(len(X), batch_size, rng)
            done = run_epoch(order)
            if not done:
                break
            logs = {name: float(value) for name, value in model.get_metrics_result().items()}
            recorded.append(logs)
            now = state(model)
            if not (np.isfinite(next(iter(logs.values()))) and all_finite(now)):
                break
            states = {e: states[e] for e in (0, epoch - 1)} | {epoch: now}
            if (on_epoch and on_epoch(epoch, logs)) or done < len(order):
                break
        kept = return_to_sound(model, X, states)
        if kept < len(recorded):
            model.diverged = True
            warn_of_infinite_loss(model, X, trained + kept)
        trained += kept
        return recorded[:kept]

    return train


def with_adam(model, learning_rate=0.001):
    """Compile a model that has an encoder and a decoder, with one Adam for all of its weights.

    The optimizer's moments come in this order: the encoder's, the decoder's, all others. So an
    autoencoder takes its part along when it is copied into a larger model.
    """
    halves = [*model.encoder.trainable_weights, *model.decoder.trainable_weights]
    known = {id(weight) for weight in halves}
    others = [weight for weight in model.trainable_weights if id(weight) not in known]
    model.compile(optimizer=Adam(learning_rate))
    model.optimizer.build(halves + others)
    return model


def in_parts(model, points, batch_size, between=None):
    """Make a function that trains on rows in a given order, in calls of about half a second.

    Every call takes whole batches, so the number of calls changes no result. The function returns
    how many rows it trained on: fewer than it was given if `between`, see `trainer`, ended the
    training.
    """
    # TensorFlow counts compilations per function, and warns of too many; a partial is counted anew.
    run = tf.function(
        partial(take_steps, model, points, batch_size),
        input_signature=[tf.TensorSpec((None,), tf.int64)],
        autograph=False,
    )
    at_once = FIRST_STEPS * batch_size  # rows

    def run_epoch(order):
        nonlocal at_once
        start = 0
        while start < len(order):
            steps = between() if between else len(order)
            if not steps:
                break
            end = start + min(at_once, steps * batch_size)
            began = perf_counter()
            run(order[start:end])
            start = end
            if at_once < len(order) and perf_counter() - began < SHORT:
                at_once *= 2
        return min(start, len(order))

    return run_epoch


def take_steps(model, points, batch_size, order):
    """Take one training step on each batch of the rows in `order`, shape (n,)."""

    def step(start):
        rows = order[start : start + batch_size]
        model.train_step((tf.gather(points, rows), rows))
        return [start + batch_size]

    tf.while_loop(lambda start: start < tf.size(order), step, [0])


def variables(model):
    """Return the model's weights, then its optimizers' variables."""
    optimizers = getattr(model, "optimizers", [model.optimizer])
    return [*model.weights, *(each for one in optimizers for each in one.variables)]


def restore(model, values):
    """Give `variables` of the model these values, arrays in the same order."""
    for variable, value in zip(variables(model), values, strict=True):
        variable.assign(value)


def state(model):
    """Return the current values of `variables`."""
    return tf.identity_n([variable.value for variable in variables(model)])  # quicker than each


def all_finite(values):
    """Whether no array among the values holds NaN or infinity."""
    return all(np.isfinite(value).all() for value in values)


def return_to_sound(model, X, states):
    """Take the model back to its last state that `is_sound`, or else to its first.

    Parameters
    ----------
    model : keras.Model
    X : ndarray, shape (n, d)
    states : dict of int to list
        Values as of `state` after each of some epochs, in order; 0 is before the first epoch.

    Returns
    -------
    int
        The epoch after which the model is now.
    """
    for epoch in reversed(states):
        restore(model, states[epoch])
        if epoch == 0 or is_sound(model, X):
            return epoch


def is_sound(model, X):
    """Whether the losses on X, shape (n, d), and the distances between its codes are finite."""
    for start in range(0, len(X), ROWS_PER_CHECK):
        x = tf.constant(X[start : start + ROWS_PER_CHECK])
        rows = tf.range(start, start + len(x), dtype=tf.int64)
        code = model(x, training=False)
        largest = tf.reduce_max(tf.reduce_sum(tf.square(code), axis=1))
        if not all_finite(
            (HEADROOM * len(X) * largest, model.compute_loss(x, y=rows, y_pred=code))
        ):
            return False
    return True


def in_batches(half, X):
    """Apply the encoder or the decoder to X; the result for a row depends on no other row.

    Matrix products sum in another order for another number of rows, so every call gets the same
    number: the last batch is filled up with zeros.

    Parameters
    ----------
    half : keras.Model
        From rows of shape (d,) to rows of shape (p,).
    X : ndarray, shape (n, d)

    Returns
    -------
    ndarray, shape (n, p), dtype of the weights
    """
    batch = np.zeros((ROWS_PER_CALL, X.shape[1]), X.dtype)
    results = []
    for start in range(0, len(X), ROWS_PER_CALL):
        rows = X[start : start + ROWS_PER_CALL]
        batch[: len(rows)], batch[len(rows) :] = rows, 0
        # A copy, because TensorFlow may refer to the array itself instead of copying it.
        results.append(half(tf.constant(batch.copy()), training=False).numpy()[: len(rows)])
    return np.concatenate(results)


def progress(verbose, epochs):
    """Return one progress bar on stderr for a whole fit, or a silent one."""
    return tqdm(total=epochs, unit="epoch", file=sys.stderr, disable=not verbose)


def show_progress(bar, logs):
    """Advance the bar by an epoch, with its first metric; nothing before the first epoch."""
    if logs:
        name, value = next(iter(logs.items()))
        bar.set_postfix(**{name: f"{value:.4g}"}, refresh=False)
        bar.update()
