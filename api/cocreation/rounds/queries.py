"""Where reading about rounds begins."""

from __future__ import annotations

import strawberry
from sqlalchemy import BigInteger

from api.cocreation.rounds.enums import RoundState
from api.cocreation.rounds.types import Round
from api.cocreation.sources import latest
from api.node import id_of
from api.reading.connections import Connection
from api.reading.fields import Argument, connection, object_type, reference
from community.cocreation.rounds.tables import rounds


@strawberry.input(description="Which rounds. All that is given must hold.")
class RoundFilter:
    """Which rounds. All that is given must hold."""

    space: strawberry.ID | None = strawberry.field(default=strawberry.UNSET, description="In this space.")
    state: RoundState | None = strawberry.field(default=strawberry.UNSET, description="That have come so far.")


@object_type
class RoundQueries:
    """Where reading about rounds begins."""

    round: Round | None = reference(
        lambda scope: scope.arguments.value("id", BigInteger(), lambda written: id_of("round", written)),
        "The round with this id.",
        arguments={"id": Argument(strawberry.ID, "A round's id.")},
    )
    rounds: Connection[Round] = connection(
        latest(rounds),
        "Questions to the community, the latest first.",
        arguments={"filter": Argument(RoundFilter | None, "Which of them.", None)},
    )
