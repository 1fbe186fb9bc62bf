"""What each server process does by itself, besides answering: one feature a function."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from api.idempotency import forget_answers
from api.jobs import Jobs
from community.cocreation.backing import settling, webhooks
from community.discussions.standing import catch_up, show_all_content_of
from community.foundation import jobs, mail, rate_limits
from community.foundation.event_partitions import ensure_partitions
from community.media.forgetting import forget_unshown
from community.members import accounts, openid
from community.members.standing import reinstate_lapsed
from community.referrals.clicks import forget_visitors
from community.referrals.evidence.sightings import forget_sightings
from community.rewards import granting
from community.rewards.deliveries import Webhook, deliver_due
from community.rewards.expiring import announce_expiring
from moderation.audit.denying import forget_denied
from moderation.automod.matches import forget_matches
from moderation.automod.signatures import forget_signatures
from moderation.notices.notifying import forget_guests
from moderation.teams.routing import escalate_due

if TYPE_CHECKING:
    from api.application import Application

_FORGETTING = (
    accounts.forget_expired,
    openid.forget_returns,
    rate_limits.forget_idle,
    mail.forget_old,
    forget_answers,
    jobs.forget_done,
    webhooks.forget_calls,
    forget_visitors,
    forget_sightings,
    forget_matches,
    forget_signatures,
    forget_guests,
    forget_denied,
    forget_unshown,
)


def start_tasks(application: Application) -> None:
    """Start all of it. Every process may: no two do the same thing twice."""
    background, database, settings = application.background, application.database, application.settings
    carrier = mail.carrier_from(settings)

    async def reinstate() -> None:
        for member_id in await database.transact(reinstate_lapsed):
            application.viewers.forget(member_id)
            await show_all_content_of(database, member_id)

    async def forget() -> None:
        for forget_some in _FORGETTING:
            await database.transact(forget_some)

    background.forever(
        "deliver mail",
        lambda: mail.deliver_forever(database, carrier, sender=settings.mail_from),
    )
    background.every(timedelta(days=1), "months of the event log", lambda: ensure_partitions(database))
    background.every(timedelta(minutes=1), "reinstate", reinstate)
    background.every(timedelta(hours=1), "catch up with suspensions", lambda: catch_up(database))
    background.every(timedelta(days=1), "forget", forget)
    background.forever("rule matches", application.screening.matches.run)
    assert settings.database_url is not None  # the server has been started on one
    seen_to = Jobs(database, settings.database_url.get_secret_value(), score_every=settings.score_every)
    background.every(timedelta(seconds=2), "jobs", seen_to.see_to)
    background.every(timedelta(seconds=2), "rewards", lambda: granting.see_to(database))
    background.every(timedelta(seconds=10), "cases that wait too long", lambda: database.transact(escalate_due))
    if notice := timedelta(days=settings.points_expiring_days):
        background.every(timedelta(minutes=1), "points that expire", lambda: announce_expiring(database, notice))
    if (webhook := Webhook.of(settings)) is not None:
        background.every(timedelta(seconds=2), "reward webhook", lambda: deliver_due(database, webhook))
    if (errands := application.errands) is not None:
        background.every(timedelta(seconds=2), "backing", lambda: settling.see_to(errands))
