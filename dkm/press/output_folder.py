"""The folder of reports: whether it can be written to, how it is displayed, disk errors."""

import errno
import os
import tempfile
from pathlib import Path

from dkm.press import PressError


def prepare_folder(folder):
    """Create an output folder and check that it is writable, before any work is done.

    Raises
    ------
    PressError
        If the folder is a file, cannot be created, or is not writable.
    """
    folder = Path(folder)
    try:
        if folder.exists() and not folder.is_dir():
            raise PressError(f"{folder} is a file. Name a folder: --output FOLDER.")
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):  # of a new name, so that nobody's file is touched
            pass
    except OSError as error:
        raise PressError(disk_error_message(error, folder)) from error


def display_path(path):
    """The path as the user would write it: relative, unless it leads far up."""
    relative = os.path.relpath(path)
    return str(path) if relative.startswith(os.path.join("..", "..")) else relative


def disk_error_message(error, folder):
    """The message for an OSError, for someone who wants reports in `folder`."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return (
            f"No space left for {folder} or for temporary files. Free up some space, or name a "
            "folder elsewhere: --output FOLDER. Finished reports are kept."
        )
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return (
            f"{folder} cannot be written to ({error.strerror}). "
            "Name another folder: --output FOLDER."
        )
    return f"{folder}: {error.strerror}. Name another folder: --output FOLDER."
