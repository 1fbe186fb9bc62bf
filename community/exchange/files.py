"""Opening what is imported, packed or not."""

import gzip
from pathlib import Path
from typing import BinaryIO, cast

from community.exchange.errors import SourceNotFound


def open_source(directory: Path, name: str, *, required: bool = True) -> tuple[BinaryIO, str] | None:
    """Open a file of a folder, or the same with .gz behind it; return it and its name.

    Raises:
        SourceNotFound: if it must be there and is not.
    """
    for candidate in (directory / name, directory / f"{name}.gz"):
        if candidate.is_file():
            return open_file(candidate), candidate.name
    if required:
        raise SourceNotFound(file=str(directory / name))
    return None


def open_file(path: Path) -> BinaryIO:
    """Open a file, unpacking it if its name says so.

    Raises:
        SourceNotFound: if it cannot be read.
    """
    try:
        return cast("BinaryIO", gzip.open(path, "rb")) if path.suffix == ".gz" else path.open("rb")
    except OSError as error:
        raise SourceNotFound(file=str(path)) from error
