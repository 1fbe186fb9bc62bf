"""What can be wrong with what is imported."""

from community.foundation.errors import Refusal


class BadRecord(Exception):  # noqa: N818 - it is the record that is bad
    """A record that cannot be imported, and why."""

    def __init__(self, reason: str, place: str = "") -> None:
        """Say why; `place` says where it stands."""
        self.reason = reason
        self.place = place
        super().__init__(f"{place}: {reason}" if place else reason)


class ImportStopped(Refusal):
    """The import stopped at a bad record: {place}: {reason}."""

    code = "IMPORT_STOPPED"


class ImportRunning(Refusal):
    """Another import is running on this database; wait for it to end."""

    code = "IMPORT_RUNNING"


class SourceNotFound(Refusal):
    """{file} is not there, or cannot be read."""

    code = "SOURCE_NOT_FOUND"
