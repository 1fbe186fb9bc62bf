"""What who is no member, or locked out, can change about moderation: report, and appeal."""

from __future__ import annotations

import strawberry

from api.changing import Change, Returns, change, payload
from api.ids import MUTATION_ID
from api.reading.fields import object_type, returned
from moderation.appeals import appealing
from moderation.notices import notifying
from moderation.notices.addressing import subject_at
from moderation.notices.notifying import Notice


@strawberry.input(description="What somebody who is no member says is wrong, and who they are.")
class ReportAsGuestInput:
    """What somebody who is no member says is wrong, and who they are."""

    url: str = strawberry.field(
        description="The id of a post, a comment or a member, or an address of the community's at which it was seen."
    )
    reason: str = strawberry.field(description="The name of one of `reportReasons`.")
    body: str = strawberry.field(description="Why: 1 to 5,000 characters.")
    good_faith: bool = strawberry.field(
        description="Whether they believe in good faith that what they say is accurate and complete."
    )
    name: str = strawberry.field(
        description="Who they are. Not needed for the reason MINORS without an address.", default=""
    )
    email: str = strawberry.field(
        description="Where they can be written to. Not needed for the reason MINORS.", default=""
    )
    locale: str = strawberry.field(description="The language of the letters to them: `en` or `zh`.", default="en")
    client_mutation_id: str | None = strawberry.field(description=MUTATION_ID, default=None)


@strawberry.input(description="A letter's link.")
class ConfirmGuestReportInput:
    """A letter's link."""

    token: str = strawberry.field(description="What the link ends in.")
    client_mutation_id: str | None = strawberry.field(description=MUTATION_ID, default=None)


@strawberry.input(description="A letter's link, and why the decision is wrong.")
class AppealByTokenInput:
    """A letter's link, and why the decision is wrong."""

    token: str = strawberry.field(description="What the link ends in.")
    body: str = strawberry.field(description="Why it is wrong: 1 to 5,000 characters.")
    client_mutation_id: str | None = strawberry.field(description=MUTATION_ID, default=None)


@payload
class ReportAsGuestPayload(Returns):
    """What `reportAsGuest` answers."""

    mailed: bool | None = returned(
        "Whether a letter was sent whose link has the report count; else it counts already. Null: it was refused."
    )


@payload
class ConfirmGuestReportPayload(Returns):
    """What `confirmGuestReport` answers: further news come by mail."""


@payload
class AppealByTokenPayload(Returns):
    """What `appealByToken` answers: the answer to the appeal comes by mail."""


@object_type
class GuestMutations:
    """What who is no member, or locked out, can change about moderation."""

    @change(standalone=True)
    async def report_as_guest(info: Change, input: ReportAsGuestInput) -> ReportAsGuestPayload:
        """Report without being a member. It counts once the link in a letter is followed; see `confirmGuestReport`."""
        settings = info.context.application.settings
        async with info.database.reading() as connection:
            own = (settings.public_url, *settings.allowed_origins)
            kind, number = await subject_at(connection, input.url, own)
        notice = Notice(
            kind,
            number,
            input.reason,
            input.body,
            input.name,
            input.email,
            input.locale,
            good_faith=input.good_faith,
        )
        mailed = await notifying.give_notice(
            info.database, info.context.application.site, notice, address=info.context.address
        )
        return ReportAsGuestPayload.of(mailed=mailed)

    @change(standalone=True)
    async def confirm_guest_report(info: Change, input: ConfirmGuestReportInput) -> ConfirmGuestReportPayload:
        """Follow a letter's link: the report counts, and joins what others said of the same thing."""
        await notifying.confirm_notice(info.database, input.token, address=info.context.address)
        return ConfirmGuestReportPayload.of()

    @change(standalone=True)
    async def appeal_by_token(info: Change, input: AppealByTokenInput) -> AppealByTokenPayload:
        """Appeal by the link of a letter, without a session: for who is suspended or banned, and for guests who reported."""
        await appealing.appeal_by_token(
            info.database,
            info.context.application.keys.appeal,
            input.token,
            body=input.body,
            address=info.context.address,
        )
        return AppealByTokenPayload.of()
