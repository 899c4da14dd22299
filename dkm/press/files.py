"""The folder of reports, and errors of the disk in words."""

import errno
from pathlib import Path

from dkm._util.files import write_atomically
from dkm.press import PressError


def prepare_folder(folder):
    """Make an output folder and see that one can write into it, before any work is done.

    Raises
    ------
    PressError
        If the folder is a file, cannot be made, or cannot be written into.
    """
    folder = Path(folder)
    try:
        if folder.exists() and not folder.is_dir():
            raise PressError(f"{folder} is a file. Name a folder: --output FOLDER.")
        write_atomically(folder / "probe", b"")
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
