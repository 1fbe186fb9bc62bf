"""Limits before execution: on bodies, documents, variables. What passes them costs the server a known amount at most."""

from api.limits.bodies import parse_body, parse_json, read_body
from api.limits.bounds import DocumentLimits, check_source, parse_document, validate_document
from api.limits.check import CheckedDocument, check_document
from api.limits.trusted import TrustedDocuments
from api.limits.variables import check_variables

__all__ = [
    "CheckedDocument",
    "DocumentLimits",
    "TrustedDocuments",
    "check_document",
    "check_source",
    "check_variables",
    "parse_body",
    "parse_document",
    "parse_json",
    "read_body",
    "validate_document",
]
