"""Find the files of the larger data sets on this machine, or download and verify them."""

import errno
import hashlib
import http.client
import os
import socket
import urllib.error
import urllib.request
from pathlib import Path

from dkm._util import checks
from dkm._util.files import write_atomically
from dkm.tables.dataset import DataError

TIMEOUT = 20  # seconds without data after which a download is given up
UNREACHABLE = {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN}


def cache():
    """The folder for downloaded files, as a Path: ``~/.cache/dkm``."""
    return Path(os.path.expanduser("~")) / ".cache" / "dkm"


def keras_cache():
    """The folder where Keras stores its data sets, as a Path."""
    home = os.environ.get("KERAS_HOME") or os.path.join(os.path.expanduser("~"), ".keras")
    return Path(home) / "datasets"


def sklearn_cache():
    """The folder where scikit-learn stores its data sets, as a Path."""
    default = os.path.join("~", "scikit_learn_data")
    return Path(os.path.expanduser(os.environ.get("SCIKIT_LEARN_DATA") or default))


def find(name, *folders):
    """Find a file of this name on this machine.

    Parameters
    ----------
    name : str
        Name of a file or folder.
    *folders : Path
        Where to look after DKM_DATA (the folder in this environment variable) and `cache`.

    Returns
    -------
    Path or None
        The first match, or None.

    Raises
    ------
    DataError
        If DKM_DATA is not an existing folder.
    """
    named = os.path.expanduser(os.environ.get("DKM_DATA", ""))
    if named and not Path(named).is_dir():
        raise DataError(
            f"The environment variable DKM_DATA is {named!r}, but there is no such folder. "
            "Set it to the folder with the data files, or unset it."
        )
    places = [*([Path(named)] if named else []), cache(), *folders]
    return next((folder / name for folder in places if (folder / name).exists()), None)


def fetch(url, algorithm, digest, *, title, filename):
    """Download a file and verify its hash.

    Parameters
    ----------
    url : str
    algorithm : {"sha256", "md5"}
        The hash function that the publisher uses. Callers that rely on md5 also check the content.
    digest : str
        The published hash, in hexadecimal digits.
    title : str
        Name of the data set, for error messages.
    filename : str
        Name of the file that the user can provide instead, for error messages.

    Returns
    -------
    bytes

    Raises
    ------
    DataError
        If there is no network, no data arrives for `TIMEOUT` seconds, or the hash differs.
    """
    remedy = f"Put {filename} into ~/.cache/dkm, or set DKM_DATA to its folder."
    try:
        with urllib.request.urlopen(url, timeout=TIMEOUT) as response:
            content = response.read()
    except (OSError, http.client.HTTPException) as error:
        raise DataError(
            f"{title} is not on this machine and could not be downloaded ({_reason(error)}). "
            f"{remedy}"
        ) from None
    if not has_hash(content, algorithm, digest):
        raise DataError(
            f"The file downloaded from {url} is not {title}: it has {len(content)} bytes, and its "
            f"{algorithm} hash is not {digest}. Try again later. {remedy}"
        )
    return content


def has_hash(content, algorithm, digest):
    """Whether the content has this hash, given in hexadecimal digits."""
    return hashlib.new(algorithm, content, usedforsecurity=False).hexdigest() == digest


def save(name, content):
    """Write a downloaded file to `cache` atomically; warn if that fails."""
    try:
        write_atomically(cache() / name, content)
    except OSError as error:
        checks.warn(
            f"{name} could not be saved to {cache()} ({error.strerror}), so it will be downloaded "
            "again next time."
        )


def _reason(error):
    """Why a download failed, as a phrase."""
    if isinstance(error, urllib.error.HTTPError):
        return f"the server responded with {error.code} {error.reason}"
    reason = getattr(error, "reason", error)
    if isinstance(reason, TimeoutError):
        return f"no response within {TIMEOUT} seconds"
    if isinstance(reason, socket.gaierror) or getattr(reason, "errno", None) in UNREACHABLE:
        return "no network"
    return getattr(reason, "strerror", None) or str(reason) or type(reason).__name__
