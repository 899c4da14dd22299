"""Atomic file writes."""

import os
import threading
from pathlib import Path


def write_atomically(path, content):
    """Write a file so that no reader ever sees it incomplete.

    The content is written to a temporary file in the same folder, which is then renamed. On
    failure the existing file is left unchanged and the temporary file is removed.

    Parameters
    ----------
    path : path-like
        The file to write. Missing parent folders are created.
    content : str or bytes
        The content; a str is encoded as UTF-8.

    Raises
    ------
    OSError
        If the disk is full, write permission is missing, or `path` is a folder.
    """
    path = Path(path)
    if path.is_dir():
        raise IsADirectoryError(f"{path} is a folder. Name a file in it instead.")
    data = content.encode() if isinstance(content, str) else content
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}-{threading.get_ident()}.tmp")
    try:
        with open(temporary, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
