"""Files that appear whole or not at all, and errors of the disk in words."""

import errno
import os
import threading
from pathlib import Path

from dkm.press import PressError


def write_whole(path, content):
    """Write a file so that nobody ever sees half of it.

    The content goes to a temporary file beside it, which then takes its name. When that fails, the
    old file is as it was and the temporary file is gone.

    Parameters
    ----------
    path : Path
        Where to. Its folder is made if need be.
    content : str or bytes
        What to write; a str as UTF-8.
    """
    path = Path(path)
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


def prepare_folder(folder):
    """Make an output folder and see that one can write into it, before any work is done.

    Raises
    ------
    PressError
        If the folder is a file, cannot be made, or cannot be written into.
    """
    folder = Path(folder)
    if folder.exists() and not folder.is_dir():
        raise PressError(f"{folder} is a file. Name a folder: --output FOLDER.")
    try:
        write_whole(folder / "probe", b"")
        (folder / "probe").unlink()
    except OSError as error:
        raise PressError(in_words(error, folder)) from error


def in_words(error, folder):
    """What an OSError means for someone who wants reports in `folder`."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return (
            f"No space left for {folder} or for temporary files. Free some, or name a folder "
            "elsewhere: --output FOLDER. "
            "Finished reports are kept."
        )
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return f"{folder} cannot be written to ({error.strerror}). Name another: --output FOLDER."
    return f"{folder}: {error.strerror}. Name another folder: --output FOLDER."
