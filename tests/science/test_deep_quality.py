"""The comparison of accuracies with ClustPy's: what it calls worse, and what it measures again."""

from types import SimpleNamespace

import numpy as np
import pytest
from scipy.stats import t, ttest_1samp

from benchmarks import deep_quality, results


def test_the_interval_is_that_of_a_paired_t_test():
    pairs = np.array([[0.80, 0.79], [0.75, 0.77], [0.78, 0.74], [0.81, 0.80], [0.77, 0.78]])
    interval = ttest_1samp(pairs[:, 0] - pairs[:, 1], 0).confidence_interval(0.95)
    said = deep_quality.summary("digits", "dec", pairs)
    assert f"({interval.low:+.3f} to {interval.high:+.3f}): not worse" in said
    assert pytest.approx(t.ppf(0.975, 4), abs=1e-3) == deep_quality.T


@pytest.mark.parametrize(("less", "verdict"), [(0.05, ": worse"), (0.005, ": not worse")])
def test_worse_is_an_interval_wholly_below_one_percent(less, verdict):
    luck = np.array([0.001, -0.001, 0, 0.001, -0.001])
    pairs = np.column_stack([np.full(5, 0.8) - less + luck, np.full(5, 0.8)])
    assert deep_quality.summary("digits", "dec", pairs).endswith(verdict)


def test_without_all_seeds_there_is_no_verdict():
    assert deep_quality.summary("digits", "dec", np.array([[0.8, 0.9]])).endswith("(1 of 5 seeds)")


def test_what_is_there_is_not_measured_again(tmp_path, monkeypatch):
    monkeypatch.setattr(results, "RESULTS", tmp_path)
    monkeypatch.setattr(deep_quality, "data", lambda name: (np.zeros((2, 3)), np.zeros(2)))
    asked = []

    def run(command, **_):
        asked.append(command[command.index("dkm") :][3:])
        return SimpleNamespace(returncode=0, stdout="")

    monkeypatch.setattr(deep_quality.subprocess, "run", run)
    monkeypatch.setattr(deep_quality, "write_rows", lambda name, rows: None)
    path = tmp_path / deep_quality.TABLE
    there = ["library,dataset,seed,method"]
    there += [f"dkm,digits,3,{method}" for method in deep_quality.METHODS]
    path.write_text("\n".join(there))
    deep_quality.measure("dkm", "python", "digits", 3)
    deep_quality.measure("dkm", "python", "mnist_test", 3)
    there += ["dkm,digits,3,start", "dkm,digits,3,idec_exchanged"]
    path.write_text("\n".join(there))
    deep_quality.measure("dkm", "python", "digits", 3)
    assert asked == [["start", "idec_exchanged"], [*deep_quality.METHODS, "dkm_tenth"]]
