"""The machine and the software that a row was measured with."""

import os
import platform
import subprocess
from functools import cache
from importlib.metadata import version
from pathlib import Path


def load():
    """The load average of the last minute; empty if the system does not provide it."""
    return round(os.getloadavg()[0], 1) if hasattr(os, "getloadavg") else ""


@cache
def machine():
    """Everything that timings, and the last digits of results, depend on."""
    packages = ("numpy", "scikit-learn", "keras")
    tensorflow = "tensorflow-cpu" if _installed("tensorflow-cpu") else "tensorflow"
    return {
        "threads": _threads(),
        "processor": _processor(),
        "python": platform.python_version(),
        **{name: version(name) for name in packages},
        "tensorflow": version(tensorflow),
        "commit": _commit(),
    }


def _threads():
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count()


def _processor():
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _installed(name):
    try:
        return bool(version(name))
    except ImportError:
        return False


def _commit():
    """Short hash of the commit, with a + if files of the package have changed since."""

    def git(*arguments):
        here = Path(__file__).parents[1]
        return subprocess.run(["git", *arguments], cwd=here, capture_output=True, text=True).stdout

    return git("rev-parse", "--short", "HEAD").strip() + "+" * bool(git("status", "--short", "."))
