"""Joining, showing that an address is one's own, and passwords."""

from __future__ import annotations

import strawberry

from api.changing import Change, Returns, change, payload
from api.ids import MUTATION_ID
from api.members.session_mutations import Granted, granted
from api.moderation.screening import refuse_screened
from api.reading.fields import object_type
from api.referrals.carrying import brought_by
from api.referrals.devices import DEVICE_TOKEN, seen
from community.members import accounts, sessions
from community.members.restrictions import Deed
from community.referrals.evidence.sightings import Sighting, note_sign_up
from moderation.automod.drafts import Draft
from moderation.rules.candidates import Kind


@strawberry.input(description="Who asks to join.")
class SignUpInput:
    """Who asks to join."""

    handle: str = strawberry.field(
        description="The name that mentions use; letters and digits of any script, `_`, `.`."
    )
    email: str = strawberry.field(description="Where the letter goes that makes them a member.")
    password: str = strawberry.field(description="What only they shall know.")
    display_name: str = strawberry.field(description="The name to show; the handle where it is empty.", default="")
    locale: str = strawberry.field(description="The language of their letters; see `community.locales`.", default="en")
    referral_code: str | None = strawberry.field(
        description="The code of whoever brought them, as they typed it. It beats a link.", default=None
    )
    referral_token: str | None = strawberry.field(
        description="The token of the link that brought them, where their browser's cookie does not carry it.",
        default=None,
    )
    device_token: str | None = strawberry.field(description=DEVICE_TOKEN, default=None)
    client_mutation_id: str | None = strawberry.field(description=MUTATION_ID, default=None)


@strawberry.input(description="A letter's link.")
class VerifyEmailInput:
    """A letter's link."""

    token: str = strawberry.field(description="What the link ends in.")
    handle: str | None = strawberry.field(description="Another handle, where theirs is taken by now.", default=None)
    client_mutation_id: str | None = strawberry.field(description=MUTATION_ID, default=None)


@strawberry.input(description="Nothing more is needed.")
class RequestEmailVerificationInput:
    """Nothing more is needed."""

    client_mutation_id: str | None = strawberry.field(description=MUTATION_ID, default=None)


@strawberry.input(description="Who forgot their password.")
class RequestPasswordResetInput:
    """Who forgot their password."""

    email: str = strawberry.field(description="Their account's address.")
    client_mutation_id: str | None = strawberry.field(description=MUTATION_ID, default=None)


@strawberry.input(description="A letter's link, and a new password.")
class ResetPasswordInput:
    """A letter's link, and a new password."""

    token: str = strawberry.field(description="What the link ends in.")
    password: str = strawberry.field(description="The new password.")
    client_mutation_id: str | None = strawberry.field(description=MUTATION_ID, default=None)


@strawberry.input(description="The present password, and a new one.")
class ChangePasswordInput:
    """The present password, and a new one."""

    current: str = strawberry.field(description="The present password.")
    password: str = strawberry.field(description="The new password.")
    client_mutation_id: str | None = strawberry.field(description=MUTATION_ID, default=None)


@payload
class SignUpPayload(Returns):
    """What `signUp` answers: the same, whether the address has an account or not."""


@payload
class VerifyEmailPayload(Granted):
    """What `verifyEmail` answers."""


@payload
class RequestEmailVerificationPayload(Returns):
    """What `requestEmailVerification` answers."""


@payload
class RequestPasswordResetPayload(Returns):
    """What `requestPasswordReset` answers: the same, whether the address has an account or not."""


@payload
class ResetPasswordPayload(Returns):
    """What `resetPassword` answers."""


@payload
class ChangePasswordPayload(Returns):
    """What `changePassword` answers."""


@object_type
class AccountMutations:
    """Joining, showing that an address is one's own, and passwords."""

    @change(standalone=True)
    async def sign_up(info: Change, input: SignUpInput) -> SignUpPayload:
        """Ask to join. A letter goes to the address; `verifyEmail` with the token in it makes the member.

        The community's rules may refuse a name.
        """
        named = Draft(Kind.PROFILE, "", input.display_name, input.handle)
        await refuse_screened(info, named, locale=input.locale)
        where = seen(info.context, input.device_token)
        async with info.database.reading() as connection:
            brought = await brought_by(
                connection, info.context, input.referral_code, input.referral_token, code_field="referralCode"
            )
        await accounts.sign_up(
            info.database,
            info.context.application.site,
            handle=input.handle,
            email=input.email,
            password=input.password,
            display_name=input.display_name,
            locale=input.locale,
            address=info.context.address,
            brought_by=None if brought is None else brought.kept(),
            seen=where.kept(),
        )
        return SignUpPayload.of()

    @change(secret=True)
    async def verify_email(info: Change, input: VerifyEmailInput) -> VerifyEmailPayload:
        """Follow a letter's link: who asked to join is a member now, and signed in."""
        application = info.context.application
        if input.handle is not None:
            await refuse_screened(info, Draft(Kind.PROFILE, "", besides=input.handle), locale="en")
        member_id, where = await accounts.verify_email(
            info.connection,
            application.site,
            token=input.token,
            handle=input.handle,
        )
        await note_sign_up(info.connection, member_id, Sighting.of_kept(where))
        grant = await sessions.begin_session(info.connection, application.keys, member_id, client=info.context.client)
        return VerifyEmailPayload.of(**granted(info, grant))

    @change(deed=Deed.OWN)
    async def request_email_verification(
        info: Change,
        input: RequestEmailVerificationInput,  # noqa: ARG002 - it has no more to say
    ) -> RequestEmailVerificationPayload:
        """Send the viewer the letter again that shows that their account's address is theirs."""
        acting, _ = await info.acting_by_session()
        await accounts.request_verification(info.connection, info.context.application.site, acting.member_id)
        return RequestEmailVerificationPayload.of()

    @change(standalone=True)
    async def request_password_reset(
        info: Change,
        input: RequestPasswordResetInput,
    ) -> RequestPasswordResetPayload:
        """Send a letter with a link for a new password, if the address has an account. The answer does not tell."""
        await accounts.request_password_reset(
            info.database,
            info.context.application.site,
            email=input.email,
            address=info.context.address,
        )
        return RequestPasswordResetPayload.of()

    @change(standalone=True)
    async def reset_password(info: Change, input: ResetPasswordInput) -> ResetPasswordPayload:
        """Set a new password with a letter's link. All sessions end: sign in with it."""
        await accounts.reset_password(
            info.database,
            info.context.application.site,
            token=input.token,
            password=input.password,
            address=info.context.address,
        )
        info.afterwards.append(info.context.application.authentication.load_ended)
        return ResetPasswordPayload.of()

    @change(standalone=True, deed=Deed.OWN)
    async def change_password(info: Change, input: ChangePasswordInput) -> ChangePasswordPayload:
        """Set a new password. All other sessions of the viewer end."""
        _, principal = await info.acting_by_session()
        await accounts.change_password(
            info.database,
            info.context.application.site,
            principal,
            current=input.current,
            password=input.password,
        )
        info.afterwards.append(info.context.application.authentication.load_ended)
        return ChangePasswordPayload.of()
