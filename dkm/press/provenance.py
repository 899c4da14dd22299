"""The provenance of a report: versions, commit, machine. No user name, host name or path."""

import importlib.metadata
import os
import platform
import re
import subprocess
from pathlib import Path

from dkm.press.freshness import digest

PACKAGES = ("numpy", "scipy", "scikit-learn", "tensorflow", "keras", "matplotlib", "dkm")
SEEDS = ("seed", "seeds", "random_state")


def provenance(clone):
    """Everything that a result depends on but the notebook does not show.

    Parameters
    ----------
    clone : Path
        The clone that the report is made in.

    Returns
    -------
    dict
        ``versions`` (list of name and version); ``lock``, ``commit``, ``tree``, ``machine``,
        ``threads``, each a human-readable str.
    """
    return {
        "versions": list(versions().items()),
        "lock": lock_hash(clone),
        **commit(clone),
        "machine": machine(),
        "threads": threads(),
    }


def versions():
    """Versions of Python and of the packages that results depend on, without importing them."""
    found = {"python": platform.python_version()}
    for package in PACKAGES:
        # TensorFlow has a smaller distribution for CPUs under another name.
        names = (package, f"{package}-cpu")
        found[package] = next((v for v in map(_version, names) if v), "not installed")
    return found


def lock_hash(clone):
    """The first 12 digits of the SHA-256 of the lock file."""
    lock = clone / "requirements.lock"
    return digest(lock.read_bytes())[:12] if lock.is_file() else "unknown"


def commit(clone):
    """The commit, and whether there are uncommitted changes."""
    short = _git(clone, "rev-parse", "--short=12", "HEAD")
    changes = _git(clone, "status", "--porcelain", "--untracked-files=no")
    if short is None or changes is None:
        return {"commit": "unknown", "tree": "unknown"}
    return {"commit": short, "tree": "with uncommitted changes" if changes else "clean"}


def machine():
    """CPU, cores, memory and operating system, human-readable."""
    parts = [_cpu(), f"{_cores()} cores", _memory(), _system()]
    return ", ".join(part for part in parts if part)


def threads():
    """How many threads numerical libraries may use."""
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")
    limits = [f"{name}={os.environ[name]}" for name in names if os.environ.get(name)]
    return f"{_cores()} ({', '.join(limits) or 'no limit set'})"


def _version(package):
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def _git(clone, *arguments):
    # Ask about this clone only, not about a repository that happens to contain it.
    if not (clone / ".git").exists():
        return None
    return _output("git", "-C", str(clone), *arguments)


def _output(*command):
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def _cpu():
    info = Path("/proc/cpuinfo")
    named = info.is_file() and re.search(r"^model name\s*:\s*(.+)$", info.read_text(), re.MULTILINE)
    if named:
        return named[1].strip()
    brand = (
        _output("sysctl", "-n", "machdep.cpu.brand_string") if platform.system() == "Darwin" else ""
    )
    return brand or platform.processor() or platform.machine()


def _cores():
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count()


def _memory():
    try:
        pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):
        return ""
    return f"{pages / 2**30:.0f} GiB of memory"


def _system():
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except (OSError, KeyError):
        return f"{platform.system()} {platform.release()}"
