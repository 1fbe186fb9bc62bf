"""Changes to what the viewer is told of."""

from __future__ import annotations

from datetime import datetime

import strawberry

from api.changing import Change, Returns, change, payload
from api.node import id_of
from api.notifications.types import (
    UNREAD_COUNT_MEANING,
    NotificationPreference,
    preferences,
    unread_count,
)
from api.reading.fields import expression, object_type, returned, rows
from community.foundation.errors import Invalid
from community.members.restrictions import Deed
from community.notifications import reading
from community.notifications.kinds import NotificationKind

MOST_IDS = 100


@strawberry.input(description="Which notifications the viewer has read. Give `ids` or `upTo`, or both.")
class MarkNotificationsReadInput:
    """Which notifications the viewer has read."""

    ids: list[strawberry.ID] | None = strawberry.field(
        description=f"These, {MOST_IDS} at most; others' and unknown ones are passed over.",
        default=None,
    )
    up_to: datetime | None = strawberry.field(
        description="Only those to which nothing was added after this time: the `latestAt` of the newest one shown.",
        default=None,
    )
    client_mutation_id: str | None = strawberry.field(description="Given back in the payload.", default=None)


@payload
class MarkNotificationsReadPayload(Returns):
    """What `markNotificationsRead` answers."""

    marked_count: int | None = returned("How many were unread before.")
    unread_notification_count: int = expression(unread_count, UNREAD_COUNT_MEANING)


@strawberry.input(description="Whether to be told of one kind of thing.")
class NotificationPreferenceInput:
    """Whether to be told of one kind of thing."""

    kind: NotificationKind = strawberry.field(description="The kind.")
    enabled: bool = strawberry.field(description="Whether to be told.")


@strawberry.input(description="Of what the viewer wants to be told.")
class UpdateNotificationPreferencesInput:
    """Of what the viewer wants to be told."""

    preferences: list[NotificationPreferenceInput] = strawberry.field(
        description="The kinds that change; others stay as they are.",
    )
    client_mutation_id: str | None = strawberry.field(description="Given back in the payload.", default=None)


@payload
class UpdateNotificationPreferencesPayload(Returns):
    """What `updateNotificationPreferences` answers."""

    notification_preferences: list[NotificationPreference] = rows(
        preferences,
        "All preferences as they are now.",
        limit=len(NotificationKind),
    )


@object_type
class NotificationMutations:
    """Changes to what the viewer is told of."""

    @change(deed=Deed.OWN)
    async def mark_notifications_read(info: Change, input: MarkNotificationsReadInput) -> MarkNotificationsReadPayload:
        """Mark notifications as read, on all the viewer's devices."""
        if input.ids is None and input.up_to is None:
            raise Invalid(field="ids", reason="Say which: give ids, or a time.", path=("ids",))
        if input.ids is not None and len(input.ids) > MOST_IDS:
            raise Invalid(field="ids", reason=f"Give {MOST_IDS} ids at most.", path=("ids",))
        acting = await info.acting()
        ids = None if input.ids is None else [id_of("notification", written) for written in input.ids]
        marked = await reading.mark_notifications_read(
            info.connection,
            acting.member_id,
            notification_ids=None if ids is None else [number for number in ids if number is not None],
            up_to=input.up_to,
        )
        return MarkNotificationsReadPayload.of(marked_count=len(marked))

    @change(deed=Deed.OWN)
    async def update_notification_preferences(
        info: Change,
        input: UpdateNotificationPreferencesInput,
    ) -> UpdateNotificationPreferencesPayload:
        """Say of what one wants to be told from now on."""
        acting = await info.acting()
        wanted = {preference.kind: preference.enabled for preference in input.preferences}
        await reading.update_notification_preferences(info.connection, acting.member_id, wanted)
        return UpdateNotificationPreferencesPayload.of()
