import os
import signal
import subprocess
import sys
from types import SimpleNamespace

import pytest

from dkm import cli


@pytest.fixture(autouse=True, scope="session")
def _quick_start():
    # Each worker is a new process: let it find compiled modules.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ.pop("DKM_DATA", None)
    # A shell lets what runs in its background ignore Ctrl-C, and every child inherits that.
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def dkm(monkeypatch, capfd):
    """Call the command in this process: dkm(folder, "report", "01") -> code, out, err."""

    def call(folder, *arguments):
        monkeypatch.chdir(folder)
        monkeypatch.setattr(sys, "argv", ["dkm", *map(str, arguments)])
        before = signal.getsignal(signal.SIGTERM)
        code = 0
        try:
            cli.main()
        except SystemExit as end:
            code = end.code or 0
        finally:
            signal.signal(signal.SIGTERM, before)
        out, err = capfd.readouterr()
        return SimpleNamespace(code=code, out=out, err=err)

    return call


@pytest.fixture
def start_dkm(tmp_path):
    """Start the command as a process of its own, with its own folder for temporary files."""
    started = []

    def start(folder, *arguments):
        temporary = tmp_path / "temporary"
        temporary.mkdir(exist_ok=True)
        process = subprocess.Popen(
            [sys.executable, "-m", "dkm.cli", *arguments],
            cwd=folder,
            env={**os.environ, "TMPDIR": str(temporary)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()
