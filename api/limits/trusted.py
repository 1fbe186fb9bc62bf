"""Trusted documents: what the operator's own clients may ask, known beforehand and asked for by its hash.

A client sends `documentId` ("sha256:" and the hash, or the hash alone), or `extensions.persistedQuery.sha256Hash` as
Apollo's clients do, in place of the document's text. A server that trusts nothing else refuses any other text.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from api.errors import RequestError

if TYPE_CHECKING:
    from community.foundation.settings import Settings

_PREFIX = "sha256:"


class UntrustworthyDocuments(ValueError):  # noqa: N818 - says what is the matter
    """The file or folder of trusted documents cannot be used."""

    def __init__(self, path: Path, reason: str) -> None:
        """Name the file and what is wrong with it."""
        super().__init__(f"Trusted documents in {path}: {reason}")


@dataclass(frozen=True, slots=True)
class TrustedDocuments:
    """Documents by their hashes; with `only`, no others are run."""

    documents: Mapping[str, str] = field(default_factory=dict)
    only: bool = False

    @classmethod
    def of(cls, settings: Settings) -> TrustedDocuments:
        """Read the documents that the settings name.

        Raises:
            UntrustworthyDocuments: if they cannot be read, or one is not what its hash says.
        """
        path = settings.trusted_documents
        return cls({} if path is None else read_documents(path), settings.trusted_documents_only)

    def source_of(self, request: Mapping[str, Any]) -> str:
        """Return the text of the document that a request asks for.

        Raises:
            RequestError: if it asks for none, for one that is not known, or for one that is not trusted.
        """
        query, wanted = request.get("query"), _hash_in(request)
        if query and (wanted is not None or self.only):
            actual = hash_of(query)
            if wanted is not None and wanted != actual:
                raise RequestError("The hash is not that of the document sent with it.", "DOCUMENT_HASH_WRONG")
            if self.only and actual not in self.documents:
                raise RequestError("This server runs trusted documents only.", "DOCUMENT_NOT_TRUSTED")
        if query:
            return str(query)
        if wanted is None:
            raise RequestError("The request has no query.", "BAD_REQUEST")
        known = self.documents.get(wanted)
        if known is None:
            # The words and the code that Apollo's clients look for, before they send the text itself.
            raise RequestError("PersistedQueryNotFound", "PERSISTED_QUERY_NOT_FOUND")
        return known


def hash_of(source: str) -> str:
    """Return a document's hash: SHA-256 of its text in UTF-8, in hexadecimal."""
    return hashlib.sha256(source.encode("utf-8", "surrogatepass")).hexdigest()


def read_documents(path: Path) -> Mapping[str, str]:
    """Read a JSON file that maps hashes to documents, or all `.graphql` files of a folder.

    Raises:
        UntrustworthyDocuments: if that cannot be read, or one is not what its hash says.
    """
    if path.is_dir():
        sources = (file.read_text(encoding="utf-8") for file in sorted(path.rglob("*.graphql")))
        return {hash_of(source): source for source in sources}
    try:
        listed = orjson.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise UntrustworthyDocuments(path, str(error)) from error
    if not isinstance(listed, dict):
        raise UntrustworthyDocuments(path, "is not an object of hashes and documents")
    documents: dict[str, str] = {}
    for written, source in listed.items():
        hash_ = written.removeprefix(_PREFIX).lower()
        if not isinstance(source, str) or hash_of(source) != hash_:
            raise UntrustworthyDocuments(path, f"what stands under {written[:80]} does not have that hash")
        documents[hash_] = source
    return documents


def _hash_in(request: Mapping[str, Any]) -> str | None:
    """Return the hash in a request; None where there is none."""
    wanted = request.get("documentId")
    if wanted is None:
        persisted = (request.get("extensions") or {}).get("persistedQuery")
        wanted = persisted.get("sha256Hash") if isinstance(persisted, dict) else None
    if wanted is None:
        return None
    if not isinstance(wanted, str):
        raise RequestError("The document's hash is not a text.", "BAD_REQUEST")
    return wanted.removeprefix(_PREFIX).lower()
