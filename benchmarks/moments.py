"""Seconds on the clock, of processors, and of those that others keep busy."""

import os
import time
from math import isnan, nan
from pathlib import Path


def measured(run, epochs):
    """Seconds and processor seconds of an epoch, and the processors that others kept busy.

    `run` trains for `epochs`. If it returns a `moment`, that is when the last epoch ended.
    """
    began = moment()
    ended = run(epochs) or moment()
    seconds, own, all_busy = (late - early for late, early in zip(ended, began, strict=True))
    others = max(0.0, all_busy - own) / seconds
    return {
        "seconds": seconds / epochs,
        "processor_seconds": own / epochs,
        "others": "" if isnan(all_busy) else round(others, 2),
    }


def moment():
    """Seconds on the clock, of this process and its children, and of all processors at work."""
    return time.perf_counter(), sum(os.times()[:4]), busy_seconds()


def busy_seconds():
    """Seconds that all processors together were at work since the start (Linux), else NaN."""
    path = Path("/proc/stat")
    if not path.exists():
        return nan
    user, nice, system, _, _, irq, softirq, steal = map(int, path.read_text().split()[1:9])
    return (user + nice + system + irq + softirq + steal) / os.sysconf("SC_CLK_TCK")
