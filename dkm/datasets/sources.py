"""Where the files of the larger data sets are: found on this machine, or fetched and checked."""

import errno
import hashlib
import http.client
import os
import socket
import urllib.error
import urllib.request
from pathlib import Path

from dkm._util import checks
from dkm._util.files import write_whole
from dkm.tables.dataset import DataError

TIMEOUT = 20  # seconds without a byte, after which a server counts as silent
UNREACHABLE = {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN}


def cache():
    """The folder where what was downloaded is kept, as a Path: ``~/.cache/dkm``."""
    return Path(os.path.expanduser("~")) / ".cache" / "dkm"


def keras_cache():
    """The folder where Keras keeps its data sets, as a Path."""
    home = os.environ.get("KERAS_HOME") or os.path.join(os.path.expanduser("~"), ".keras")
    return Path(home) / "datasets"


def sklearn_cache():
    """The folder where scikit-learn keeps its data sets, as a Path."""
    default = os.path.join("~", "scikit_learn_data")
    return Path(os.path.expanduser(os.environ.get("SCIKIT_LEARN_DATA") or default))


def find(name, *folders):
    """The first file of this name on this machine.

    Parameters
    ----------
    name : str
        Name of a file, or of a folder.
    *folders : Path
        Where to look after the folder in the environment variable DKM_DATA and after `cache`.

    Returns
    -------
    Path or None

    Raises
    ------
    DataError
        If DKM_DATA names no folder.
    """
    named = os.path.expanduser(os.environ.get("DKM_DATA", ""))
    if named and not Path(named).is_dir():
        raise DataError(
            f"The environment variable DKM_DATA is {named!r}, and there is no such folder. "
            "Let it name the folder with the files of the data sets, or unset it."
        )
    places = [*([Path(named)] if named else []), cache(), *folders]
    return next((folder / name for folder in places if (folder / name).exists()), None)


def fetch(url, algorithm, digest, *, title, put):
    """The content of a file on the network, checked by its hash.

    Parameters
    ----------
    url : str
    algorithm : {"sha256", "md5"}
        What its owner has published; where it is md5, the content is checked besides.
    digest : str
        The published hash, in hexadecimal digits.
    title : str
        What the file holds, for errors.
    put : str
        Which file a person may put in place instead, for errors.

    Returns
    -------
    bytes

    Raises
    ------
    DataError
        If there is no network, no answer for `TIMEOUT` seconds, or another file.
    """
    remedy = f"Put {put} into ~/.cache/dkm or point DKM_DATA at its folder."
    try:
        with urllib.request.urlopen(url, timeout=TIMEOUT) as answer:
            content = answer.read()
    except (OSError, http.client.HTTPException) as error:
        raise DataError(
            f"{title} is not on this machine and could not be downloaded ({_reason(error)}). "
            f"{remedy}"
        ) from None
    if not has_hash(content, algorithm, digest):
        raise DataError(
            f"What {url} sent is not {title}: {len(content)} bytes, whose {algorithm} is not "
            f"{digest}. Try again later. {remedy}"
        )
    return content


def has_hash(content, algorithm, digest):
    """Whether bytes have this hash, in hexadecimal digits."""
    return hashlib.new(algorithm, content, usedforsecurity=False).hexdigest() == digest


def keep(name, content):
    """Write what was downloaded into `cache`, whole; a warning says so where that fails."""
    try:
        write_whole(cache() / name, content)
    except OSError as error:
        checks.warn(
            f"{name} could not be kept in {cache()} ({error.strerror}); it will be downloaded "
            "again next time."
        )


def _reason(error):
    """Why a download failed, in words."""
    if isinstance(error, urllib.error.HTTPError):
        return f"the server answered {error.code} {error.reason}"
    reason = getattr(error, "reason", error)
    if isinstance(reason, TimeoutError):
        return f"no answer within {TIMEOUT} seconds"
    if isinstance(reason, socket.gaierror) or getattr(reason, "errno", None) in UNREACHABLE:
        return "no network"
    return getattr(reason, "strerror", None) or str(reason) or type(reason).__name__
