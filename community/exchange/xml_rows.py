"""Rows of a Stack Exchange dump, read as they stream by, from a file that nobody has to trust.

No document type is loaded, no entity is declared or expanded: a document that declares one is refused.
"""

from collections.abc import Iterator
from typing import BinaryIO
from xml.parsers import expat

from community.exchange.errors import BadRecord

CHUNK = 64 * 1024
LONGEST_ROW = 4_000_000
"""Bytes between one row's begin and the next."""

Row = tuple[int, dict[str, str]]


def read_rows(file: BinaryIO, name: str) -> Iterator[Row | BadRecord]:
    """Give each row's line and attributes. What cannot be read ends the file, with a BadRecord that says where."""
    rows: list[Row] = []
    unread = 0
    parser = expat.ParserCreate()
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)

    def refuse_entity(*_declaration: object) -> None:
        raise BadRecord("declares an entity, which a dump does not", f"{name}, line {parser.CurrentLineNumber}")

    def begin(element: str, attributes: dict[str, str]) -> None:
        if element == "row":
            rows.append((parser.CurrentLineNumber, attributes))

    parser.EntityDeclHandler = refuse_entity
    parser.StartElementHandler = begin
    # The document type's own file is named, not fetched: without a handler expat leaves it alone.
    try:
        while chunk := file.read(CHUNK):
            parser.Parse(chunk, False)
            unread = 0 if rows else unread + len(chunk)
            if unread > LONGEST_ROW:
                yield BadRecord(
                    f"has a row of more than {LONGEST_ROW} bytes", f"{name}, line {parser.CurrentLineNumber}"
                )
                return
            yield from rows
            rows.clear()
        parser.Parse(b"", True)
        yield from rows
    except expat.ExpatError as error:
        yield from rows
        yield BadRecord(f"is not XML: {expat.errors.messages[error.code]}", f"{name}, line {error.lineno}")
    except BadRecord as error:
        yield error
    except (OSError, EOFError) as error:
        yield BadRecord(f"cannot be read on: {error}", f"{name}, line {parser.CurrentLineNumber}")
