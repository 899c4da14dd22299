"""Training: batches, epochs, what is recorded of them, and what stops them. Functions, no class."""

import math
import sys
from functools import partial
from time import perf_counter

import numpy as np
import tensorflow as tf
from sklearn.exceptions import ConvergenceWarning
from tqdm import tqdm

from dkm._util import checks
from dkm.deep.adam import Adam

ENCODED_AT_ONCE = 256  # rows; always as many, see `in_batches`
CHECKED_AT_ONCE = 1024  # rows, by `is_sound`; each call into Keras costs as much as some 100 rows
FIRST_STEPS = 16  # that one call into TensorFlow takes; between two calls Ctrl-C is heard
SHORT = 0.25  # seconds; after a call that took less, the next ones take twice as many steps
ROOM = 16  # times the squares that there are must be finite, for sums and differences of them


def permutation(n, batch_size, rng):
    """Every row once, in a new order."""
    return rng.permutation(n)


def independent(n, batch_size, rng):
    """As many batches as a pass over the rows has, each drawn anew from all rows.

    An "epoch" of the deep K-Means paper's own code. More than a third of the rows (1/e) are in none
    of its batches.
    """
    n_batches = math.ceil(n / batch_size)
    return np.concatenate([rng.choice(n, batch_size, replace=False) for _ in range(n_batches)])


SAMPLERS = {"permutation": permutation, "independent": independent}


def trainer(model, X, *, batch_size, sampler, bar, between=None, after=None):
    """A function that trains a model on X, for several calls and a single compilation.

    Parameters
    ----------
    model : keras.Model
        Compiled, with its optimizer built. What is to change between the calls is a Variable in it.
        A step gets rows, shape (B, d), and which rows of X they are, int64, shape (B,).
    X : ndarray, shape (n, d)
        Kept by TensorFlow as it is, in its dtype: batches are gathered from it.
    batch_size : int
        Rows of a batch; the last one of a permutation may have fewer.
    sampler : {"permutation", "independent"}
        How the batches of an epoch are drawn.
    bar : tqdm.tqdm
        Moves on by 1 an epoch.
    between : callable, optional
        Called before the first step, and whenever the steps have passed whose number it returned
        (perhaps sooner, too). It may change the model; 0 ends the training.
    after : callable, optional
        Called after each epoch that ended with finite weights; the dict that it returns is added to
        the metrics of that epoch.

    Returns
    -------
    callable
        ``train(epochs, rng)`` with a NumPy Generator returns, for each epoch, the dict of the
        model's metrics, in the last one perhaps of a part of it. If it returns fewer than `epochs`,
        `between` ended the training, or something was no longer finite; the model is then as after
        the last epoch that is returned. In the second case this is told, and ``model.diverged``,
        which is False before, is True: all else that is wrong with the result comes from it.
    """
    batch_size = min(batch_size, len(X))
    draw = SAMPLERS[sampler]
    model.diverged = False
    run_epoch = in_parts(model, tf.convert_to_tensor(X), batch_size, between)
    trained = 0  # epochs of all calls

    def train(epochs, rng):
        nonlocal trained
        recorded, states = [], {0: state(model)}
        for epoch in range(1, epochs + 1):
            model.reset_metrics()
            order = draw(len(X), batch_size, rng)
            done = run_epoch(order)
            if not done:
                break
            recorded.append({name: float(v) for name, v in model.get_metrics_result().items()})
            name, loss = next(iter(recorded[-1].items()))
            now = state(model)
            if not (np.isfinite(loss) and all_finite(now)):
                break
            recorded[-1] |= after() if after else {}
            states = {e: states[e] for e in (0, epoch - 1)} | {epoch: now}
            bar.set_postfix(**{name: f"{loss:.4g}"}, refresh=False)
            bar.update()
            if done < len(order):
                break
        kept = return_to_sound(model, X, states)
        if kept < len(recorded):
            model.diverged = True
            warn_of_infinite_loss(model, X, trained + kept)
        trained += kept
        return recorded[:kept]

    return train


def with_adam(model, learning_rate=0.001):
    """Compile a model that has an encoder and a decoder, with one Adam for all that it trains.

    The optimizer's variables come in this order: the encoder's, the decoder's, then all others. So
    an autoencoder takes its part along when it is copied into a larger model.
    """
    halves = [*model.encoder.trainable_weights, *model.decoder.trainable_weights]
    known = {id(weight) for weight in halves}
    others = [weight for weight in model.trainable_weights if id(weight) not in known]
    model.compile(optimizer=Adam(learning_rate))
    model.optimizer.build(halves + others)
    return model


def in_parts(model, points, batch_size, between=None):
    """A function that trains on rows in a given order, shape (n,), in calls of half a second.

    Every call takes whole batches, so their number changes no result. It returns on how many rows
    it trained: fewer than there are if `between`, see `trainer`, ended the training.
    """
    # TensorFlow counts by the function how often it compiles, and warns of it; a partial is counted
    # anew in each fit.
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
    """A training step on each batch of rows in `order`, shape (n,), one after the other."""

    def step(start):
        rows = order[start : start + batch_size]
        model.train_step((tf.gather(points, rows), rows))
        return [start + batch_size]

    tf.while_loop(lambda start: start < tf.size(order), step, [0])


def variables(model):
    """All that training changes: weights of the model, then variables of its optimizers."""
    optimizers = getattr(model, "optimizers", [model.optimizer])
    return [*model.weights, *(each for one in optimizers for each in one.variables)]


def restore(model, values):
    """Give `variables` of the model these values, arrays in the same order."""
    for variable, value in zip(variables(model), values, strict=True):
        variable.assign(value)


def state(model):
    """The values of `variables` at this moment."""
    return tf.identity_n([variable.value for variable in variables(model)])  # quicker than each


def all_finite(values):
    """Whether no array among the values holds NaN or infinity."""
    return all(np.isfinite(value).all() for value in values)


def return_to_sound(model, X, states):
    """Take the model back to its last state of which `is_sound` is true, or else to its first.

    Parameters
    ----------
    model : keras.Model
    X : ndarray, shape (n, d)
    states : dict of int to list
        Values as of `state` after each of some epochs, in order; that before the first epoch is 0.

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
    """Whether the losses on X, shape (n, d), are finite, and so are distances between its codes."""
    for start in range(0, len(X), CHECKED_AT_ONCE):
        x = tf.constant(X[start : start + CHECKED_AT_ONCE])
        rows = tf.range(start, start + len(x), dtype=tf.int64)
        code = model(x, training=False)
        largest = tf.reduce_max(tf.reduce_sum(tf.square(code), axis=1))
        if not all_finite((ROOM * len(X) * largest, model.compute_loss(x, y=rows, y_pred=code))):
            return False
    return True


def in_batches(half, X):
    """The encoder or decoder on X, row by row the same whatever rows are beside it.

    Matrix products add up in another order for another number of rows, so all batches have the
    same: the last one is filled up with zeros.

    Parameters
    ----------
    half : keras.Model
        From rows of shape (d,) to rows of shape (p,).
    X : ndarray, shape (n, d)

    Returns
    -------
    ndarray, shape (n, p), dtype of the weights
    """
    batch = np.zeros((ENCODED_AT_ONCE, X.shape[1]), X.dtype)
    results = []
    for start in range(0, len(X), ENCODED_AT_ONCE):
        rows = X[start : start + ENCODED_AT_ONCE]
        batch[: len(rows)], batch[len(rows) :] = rows, 0
        # A copy, because TensorFlow may look at the array itself instead of copying it.
        results.append(half(tf.constant(batch.copy()), training=False).numpy()[: len(rows)])
    return np.concatenate(results)


def progress(verbose, epochs):
    """One progress bar on stderr for a whole fit, or a silent one."""
    return tqdm(total=epochs, unit="epoch", file=sys.stderr, disable=not verbose)


def warn_of_infinite_loss(model, X, epoch):
    """Say since when, what was kept, and what to try; epochs are counted from the first call on."""
    rate = float(model.optimizer.learning_rate)
    kept = f"after epoch {epoch}" if epoch else "before training"
    checks.warn(
        f"The loss or the weights are not finite since epoch {epoch + 1}; the training was "
        f"stopped, and the state {kept} was kept. X holds values up to {np.abs(X).max():.3g}, and "
        f"learning_rate={rate:g}. Scale X to about -1 to 1, or lower learning_rate.",
        ConvergenceWarning,
    )
