"""Labels, as GraphQL shows them: what readers are told before they read."""

from __future__ import annotations

from typing import Any

from api.labels import in_words
from api.reading.cursors import by_number
from api.reading.fields import column, entity, expression, reference
from api.reading.readings import Scope, Source
from community.discussions.tables import content_labels
from community.foundation.visibility import Visible

MOST_LABELS = 50


@entity("content_label", content_labels, lambda _row, _viewer: Visible())
class ContentLabel:
    """What readers of a post or comment are told before they read it, the community's to choose."""

    kind: str = column("name", "What LABEL of `decide` takes, e.g. SPOILER.")
    text: str = in_words("labels", "What readers are told.")
    blurs_media: bool = column("blurs_media", "Whether images are to be shown only to who asks for them.")
    covers_text: bool = column("covers_text", "Whether all of it is to be shown only to who asks for it.")
    retired: bool = expression(
        lambda scope: scope.row.c.retired_at.is_not(None), "Whether it is no longer to be had: what has it keeps it."
    )


def label() -> Any:
    """Declare the label on a post or a comment."""
    return reference(
        lambda scope: scope.row.c.label_id, "What its readers are to be told before they read it; null: nothing."
    )


def labels_offered(scope: Scope) -> Source:
    """Draw on the labels that there are, in the community's order."""
    label = scope.enter(content_labels)
    keys = by_number(label.c.position), by_number(label.c.id)
    return Source(label, keys, "position", where=[label.c.retired_at.is_(None)])
