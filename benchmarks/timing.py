"""Wall time, CPU time of this process, and CPUs kept busy by other programs."""

import os
import time
from math import isnan, nan
from pathlib import Path


def time_epochs(run, epochs):
    """Wall time and CPU time per epoch, and the number of CPUs kept busy by other programs.

    `run` trains for `epochs`. It may return the `timestamp` at which the last epoch ended;
    otherwise the time is taken when it returns.
    """
    began = timestamp()
    ended = run(epochs) or timestamp()
    seconds, own, all_busy = (late - early for late, early in zip(ended, began, strict=True))
    others = max(0.0, all_busy - own) / seconds
    return {
        "seconds": seconds / epochs,
        "processor_seconds": own / epochs,
        "others": "" if isnan(all_busy) else round(others, 2),
    }


def timestamp():
    """Wall time, CPU time of this process and its children, and busy time of all CPUs."""
    return time.perf_counter(), sum(os.times()[:4]), busy_seconds()


def busy_seconds():
    """Total busy time of all CPUs since boot, in seconds (Linux); NaN elsewhere."""
    path = Path("/proc/stat")
    if not path.exists():
        return nan
    user, nice, system, _, _, irq, softirq, steal = map(int, path.read_text().split()[1:9])
    return (user + nice + system + irq + softirq + steal) / os.sysconf("SC_CLK_TCK")
