"""Files that appear whole or not at all."""

import os
import threading
from pathlib import Path


def write_whole(path, content):
    """Write a file so that nobody ever sees half of it.

    The content goes to a temporary file beside it, which then takes its name. When that fails, the
    old file is as it was and the temporary file is gone.

    Parameters
    ----------
    path : path-like
        Where to. Its folder is made if need be.
    content : str or bytes
        What to write; a str as UTF-8.

    Raises
    ------
    OSError
        If the disk is full, if one may not write there, or if a folder has this name.
    """
    path = Path(path)
    if path.is_dir():
        raise IsADirectoryError(f"{path} is a folder. Name a file in it, to be written there.")
    data = content.encode() if isinstance(content, str) else content
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}-{threading.get_ident()}.tmp")
    try:
        with open(beside, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
