"""Bytes to text, and faults of a text with their place."""

from __future__ import annotations

import codecs

from schedrisk.errors import Problem, ProblemsError

__all__ = ["FormatError", "decode"]


class FormatError(ProblemsError):
    """A text is not in its format; the caller, who knows the file, makes a `ReadError` of it."""

    def __init__(
        self,
        found: str,
        expected: str,
        row: int | None = None,
        column: int | str | None = None,
        remedy: str = "",
        *,
        unit: str = "line",
    ) -> None:
        self.row, self.column = row, column
        place = ", ".join(f"{word} {value}" for word, value in ((unit, row), ("column", column)) if value is not None)
        super().__init__([Problem(place, found, expected, remedy)])


def decode(data: bytes) -> str:
    """Decode UTF-8, with or without a byte order mark.

    Raises
    ------
    FormatError
        Naming the encoding where it can be told.
    """
    save = "save the file as UTF-8"
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise FormatError("UTF-16 text", "UTF-8 text", remedy=save)
    if b"\0" in data:
        raise FormatError("binary data", "UTF-8 text", remedy=save)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = data.count(b"\n", 0, error.start) + 1
        found = f"the byte 0x{data[error.start]:02x}, which is not UTF-8"
        raise FormatError(found, "UTF-8 text", row, remedy=f"{save} (it may be in a Windows code page)") from None
