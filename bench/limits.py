"""How long a refusal takes: the processor time of each attack on documents and bodies. Run as `python -m bench.limits`."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import partial

from graphql import GraphQLError, GraphQLSchema, get_introspection_query

from api import schema
from api.document import Documents
from api.errors import RequestError
from api.limits import DocumentLimits, parse_body
from tests.factories.attacks import BODIES, DOCUMENTS, DOCUMENTS_IN_PRODUCTION

ROUNDS = 5
TARGET = 50.0


def main() -> None:
    """Print a table of milliseconds, the median of a few rounds each."""
    built = schema.build()._schema  # noqa: SLF001 - strawberry has no public name for graphql-core's schema
    print("| attack | answer | ms |\n|---|---|---|")
    slowest = 0.0
    for name, action in attacks(built):
        answer, milliseconds = measure(action)
        slowest = max(slowest, milliseconds)
        print(f"| {name} | {answer} | {milliseconds:.1f} |")
    print(f"\nslowest {slowest:.1f} ms, target {TARGET:.0f} ms")


def attacks(built: GraphQLSchema) -> Iterator[tuple[str, Callable[[], object]]]:
    """Yield each attack under its name. Nothing is kept between rounds: every document is new to the server."""

    def asking(source: str, *, introspection: bool) -> object:
        return Documents(built, DocumentLimits(introspection=introspection), suggestions=False).operation(source, None)

    for name, (source, _) in DOCUMENTS.items():
        yield name, partial(asking, source, introspection=True)
    for name, (source, _) in DOCUMENTS_IN_PRODUCTION.items():
        yield name, partial(asking, source, introspection=False)
    for name, body in BODIES.items():
        yield name, partial(parse_body, body)
    yield "(honest) standard introspection", partial(asking, get_introspection_query(), introspection=True)


def measure(action: Callable[[], object]) -> tuple[str, float]:
    """Return how an action was answered, and the median of its processor time in milliseconds."""
    answer, times = "accepted", []
    for _ in range(ROUNDS):
        start = time.process_time()
        try:
            action()
        except RequestError as error:
            answer = str(getattr(error, "errors", [error])[0].extensions.get("code", error.code))
        except GraphQLError as error:
            answer = str((error.extensions or {}).get("code"))
        times.append((time.process_time() - start) * 1000)
    return answer, sorted(times)[ROUNDS // 2]


if __name__ == "__main__":
    main()
