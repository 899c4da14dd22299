"""Ctrl-C is heard within an epoch, and leaves everything as it was."""

import _thread
import signal
import threading
import time
import warnings

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError
from threadpoolctl import threadpool_info

from dkm import DCN, DEC, DEKM, IDEC, AutoencoderKMeans, DeepKMeans, VaDE
from dkm.deep._core import training

STEPS = 4000  # of one epoch
X = np.random.default_rng(0).random((4 * STEPS, 8))


@pytest.fixture
def interrupted_at(monkeypatch):
    """Ctrl-C soon after the first step; holds at which step it was pressed, and the model."""
    seen = {}
    # A process that was started in the background by a shell ignores Ctrl-C.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)

    def press(model):
        while not int(model.optimizer.iterations):
            time.sleep(0.001)
        seen["pressed"] = int(model.optimizer.iterations)
        _thread.interrupt_main()

    def watched(model, *args, **options):
        seen["model"] = model
        train = trainer(model, *args, **options)
        thread = threading.Thread(target=press, args=(model,), daemon=True)

        def begin(*order):
            thread.start()
            return train(*order)

        return begin

    trainer = training.trainer
    monkeypatch.setattr(training, "trainer", watched)
    yield seen
    signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize("kind", [AutoencoderKMeans, DeepKMeans, DCN, DEC, IDEC, DEKM, VaDE])
def test_ctrl_c_is_heard_within_an_epoch(interrupted_at, kind):
    clusterer = kind(3, hidden=(4,), pretrain_epochs=1, batch_size=4, verbose=1, random_state=0)
    with pytest.raises(KeyboardInterrupt):
        clusterer.fit(X)
    done = int(interrupted_at["model"].optimizer.iterations)
    assert done < interrupted_at["pressed"] + STEPS / 2
    with pytest.raises(NotFittedError):
        clusterer.predict(X)


def test_a_call_takes_more_steps_until_it_takes_half_a_second(monkeypatch):
    """On this clock a step takes 10 ms: 16 of them are short, and 32 take long enough."""
    clock, calls = [0.0], []

    def function(take_steps, **_):
        def run(order):
            calls.append(order)
            clock[0] += 0.01 * len(order) / 4

        return run

    monkeypatch.setattr(training.tf, "function", function)
    monkeypatch.setattr(training, "perf_counter", lambda: clock[0])
    run_epoch = training.in_parts(None, None, batch_size=4)
    run_epoch(np.arange(4 * 150))
    assert [len(rows) / 4 for rows in calls] == [16, 32, 32, 32, 32, 6]
    assert np.concatenate(calls).tolist() == list(range(600))


def test_after_ctrl_c_nothing_global_is_changed(interrupted_at):
    def settings():
        threads = [(each["filepath"], each["num_threads"]) for each in threadpool_info()]
        return threads, list(warnings.filters), np.random.get_state()[1].tolist()  # noqa: NPY002

    before = settings()
    with pytest.raises(KeyboardInterrupt):
        AutoencoderKMeans(3, hidden=(4,), pretrain_epochs=9, batch_size=4, verbose=1).fit(X)
    assert settings() == before
