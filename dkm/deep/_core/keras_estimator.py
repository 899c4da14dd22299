"""What an estimator around a Keras model needs: input checks, callbacks, pickling, safe refits."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from dkm._util import checks
from dkm.deep._core import training

Fit = TypeVar("Fit", bound=Callable[..., Any])


def restore_on_failure(fit: Fit) -> Fit:
    """Decorate a `fit`: if it fails or is interrupted, the estimator is as it was before."""

    @wraps(fit)
    def guarded(self, *arguments, **options):
        before = dict(vars(self))
        try:
            return fit(self, *arguments, **options)
        except BaseException:
            vars(self).clear()
            vars(self).update(before)
            raise

    return guarded  # type: ignore[return-value]


class KerasEstimator:
    """An estimator that keeps a Keras model in ``model_``: input checks, callbacks, pickling.

    A subclass defines ``model_class``, the class of that model; its ``get_config()`` gives the
    constructor arguments.
    """

    with_optimizer = staticmethod(training.with_adam)  # compiles a new model

    def _checked(self, X, reset):
        shape = getattr(X, "shape", ())
        if len(shape) > 2:
            raise ValueError(
                f"X has shape {shape}: Found array with dim {len(shape)}, but a table has 2. Give "
                "each image as a row: X.reshape(len(X), -1)."
            )
        return checks.check_data(self, X, reset=reset)

    def _on_epoch(self, model, phase, n_epochs, bar, callback):
        """Make what `dkm.deep._core.training.trainer` calls after each epoch of a phase."""

        def on_epoch(epoch, logs):
            training.show_progress(bar, logs)
            if callback is None:
                return False
            self._expose(model, phase)
            return callback(training.Checkpoint(self, phase, epoch, n_epochs, dict(logs)))

        return on_epoch

    def _expose(self, model, phase):
        """Let a callback use the estimator as far as it is trained."""
        self.model_ = model

    def __getstate__(self):
        state = dict(super().__getstate__())
        model = state.pop("model_", None)
        if model is not None:
            arrays = [variable.numpy() for variable in training.variables(model)]
            state["_frozen"] = model.get_config(), arrays
        return state

    def __setstate__(self, state):
        frozen = state.pop("_frozen", None)
        super().__setstate__(state)
        if frozen:
            config, arrays = frozen
            self.model_ = self.with_optimizer(self.model_class(**config))
            training.restore(self.model_, arrays)


def check_callback(callback):
    """Raise unless a callback can be called."""
    if callback is not None and not callable(callback):
        raise TypeError(
            f"callback={callback!r} cannot be called. Give a function of one argument, a "
            "dkm.deep.Checkpoint, or None."
        )
