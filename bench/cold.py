"""A document that the server has never seen: parse, limits, validate, plan, compile. Run in a process of its own."""

from __future__ import annotations

import gc
import json
import statistics
import time

from api import schema
from api.document import Documents
from api.execution import Executor
from api.limits import DocumentLimits
from bench.documents import FEED, MEMBER
from community.members.viewer import ViewerClass

ROUNDS = 30


def main() -> None:
    """Print the milliseconds of each part as JSON: the first feed's, and the median of those after it."""
    executor = Executor(schema.build())
    documents = Documents(executor.schema, DocumentLimits(), suggestions=False)
    _milliseconds(executor, documents, MEMBER, {"handle": "a"})  # imports what is imported late
    # As the server does once it is up: its collector does not walk the schema.
    gc.collect()
    gc.freeze()
    times = [
        # Another name each time, so that nothing is known of the document.
        _milliseconds(
            executor, documents, FEED.replace("query Feed", f"query Feed{number}"), {"space": "a", "first": 20}
        )
        for number in range(ROUNDS)
    ]
    print(
        json.dumps(
            {
                "first": sum(times[0]),
                "check": statistics.median(t[0] for t in times),
                "all": statistics.median(map(sum, times)),
            }
        )
    )


def _milliseconds(
    executor: Executor, documents: Documents, source: str, variables: dict[str, object]
) -> tuple[float, float]:
    start = time.process_time()
    operation = documents.operation(source, None)
    checked = time.process_time()
    root = executor.schema.query_type
    assert root is not None
    kind = ViewerClass(signed_in=True, writes=True)
    executor._read(operation, kind, operation.shape(operation.coerce(variables)), root)  # noqa: SLF001 - what a request does
    return (checked - start) * 1000, (time.process_time() - checked) * 1000


if __name__ == "__main__":
    main()
