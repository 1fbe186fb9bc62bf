"""What can be changed about referrals."""

from __future__ import annotations

from api.changing import Change, Returns, change, payload
from api.graph.job_types import Job
from api.ids import number_of
from api.reading.fields import object_type, returned
from api.referrals.carrying import brought_by
from api.referrals.devices import seen
from api.referrals.enums import ReferralCodeKind
from api.referrals.inputs import (
    ClaimReferralInput,
    CreateReferralProgramInput,
    IssueCodeInput,
    MeasureReferralsInput,
    RecordReferralPurchasesInput,
    ReferralDecision,
    ReferralProgramInput,
    ReviewReferralInput,
    RevokeCodeInput,
    UpdateReferralProgramInput,
    purchase_of,
    terms_of,
)
from api.referrals.types import Referral, ReferralCode, ReferralProgram
from community.foundation import jobs
from community.foundation.errors import Invalid
from community.members.principals import Scope
from community.members.restrictions import Deed
from community.members.roles import Permission, require_permission
from community.referrals import attribution, issuing, programs, purchases, reviewing, steps
from community.referrals.errors import ReferralCodeNotValid
from community.referrals.evidence.decisions import GRANTED, REJECTED, REVERSED
from community.referrals.evidence.sightings import note_referrer
from community.referrals.measuring import MEASURING

_DECISIONS = {
    ReferralDecision.GRANT: GRANTED,
    ReferralDecision.REJECT: REJECTED,
    ReferralDecision.REVERSE: REVERSED,
}


@payload
class CreateReferralProgramPayload(Returns):
    """What `createReferralProgram` answers."""

    program: ReferralProgram | None = returned("The programme.")


@payload
class UpdateReferralProgramPayload(Returns):
    """What `updateReferralProgram` answers."""

    program: ReferralProgram | None = returned("The programme as it is now.")


@payload
class PauseReferralProgramPayload(Returns):
    """What `pauseReferralProgram` answers."""

    program: ReferralProgram | None = returned("The programme, paused.")


@payload
class ResumeReferralProgramPayload(Returns):
    """What `resumeReferralProgram` answers."""

    program: ReferralProgram | None = returned("The programme, taken up again.")


@payload
class EndReferralProgramPayload(Returns):
    """What `endReferralProgram` answers."""

    program: ReferralProgram | None = returned("The programme, ended.")


@payload
class IssueCodePayload(Returns):
    """What `issueCode` answers."""

    code: ReferralCode | None = returned("The code.")


@payload
class RevokeCodePayload(Returns):
    """What `revokeCode` answers."""

    code: ReferralCode | None = returned("The code, which counts no more.")


@payload
class ClaimReferralPayload(Returns):
    """What `claimReferral` answers."""

    referral: Referral | None = returned("The referral: who brought the viewer, once and for all.")


@payload
class RecordReferralPurchasesPayload(Returns):
    """What `recordReferralPurchases` answers."""

    recorded: int | None = returned("How many of the purchases were not known before.")


@payload
class ReviewReferralPayload(Returns):
    """What `reviewReferral` answers."""

    referral: Referral | None = returned("The referral.")
    decided: int | None = returned("On how many rewards that was.")


@payload
class MeasureReferralsPayload(Returns):
    """What `measureReferrals` answers."""

    job: Job | None = returned("The job that measures; one that waits already stands for all who ask.")


@object_type
class ReferralMutations:
    """What can be changed about referrals."""

    @change
    async def create_referral_program(info: Change, input: CreateReferralProgramInput) -> CreateReferralProgramPayload:
        """Make a programme in which friends bring friends. For who runs campaigns."""
        acting = await info.acting()
        program_id = await programs.create_program(
            info.connection,
            acting,
            input.name,
            terms_of(input.terms),
            starts_at=input.starts_at,
            ends_at=input.ends_at,
        )
        return CreateReferralProgramPayload.of(program=program_id)

    @change
    async def update_referral_program(info: Change, input: UpdateReferralProgramInput) -> UpdateReferralProgramPayload:
        """Change a programme. Other terms are a new version for referrals to come; what was promised before stands."""
        acting = await info.acting()
        program_id = number_of("referral_program", input.program)
        terms = None if input.terms is None else terms_of(input.terms)
        await programs.update_program(
            info.connection, acting, program_id, name=input.name, ends_at=input.ends_at, terms=terms
        )
        return UpdateReferralProgramPayload.of(program=program_id)

    @change
    async def pause_referral_program(info: Change, input: ReferralProgramInput) -> PauseReferralProgramPayload:
        """Let a programme take no referrals for now. For who runs campaigns."""
        program_id = number_of("referral_program", input.program)
        await programs.move_program(info.connection, await info.acting(), program_id, "PAUSED")
        return PauseReferralProgramPayload.of(program=program_id)

    @change
    async def resume_referral_program(info: Change, input: ReferralProgramInput) -> ResumeReferralProgramPayload:
        """Let a paused programme take referrals again. For who runs campaigns."""
        program_id = number_of("referral_program", input.program)
        await programs.move_program(info.connection, await info.acting(), program_id, "ACTIVE")
        return ResumeReferralProgramPayload.of(program=program_id)

    @change
    async def end_referral_program(info: Change, input: ReferralProgramInput) -> EndReferralProgramPayload:
        """End a programme for good: those it has brought go on under their terms. For who runs campaigns."""
        program_id = number_of("referral_program", input.program)
        await programs.move_program(info.connection, await info.acting(), program_id, "ENDED")
        return EndReferralProgramPayload.of(program=program_id)

    @change(deed=Deed.OWN)
    async def issue_code(info: Change, input: IssueCodeInput) -> IssueCodePayload:
        """Make a code: one's own (the same again if there is one), or one of a campaign, for who runs campaigns."""
        acting = await info.acting()
        program_id = number_of("referral_program", input.program)
        if input.kind is ReferralCodeKind.PERSONAL:
            if input.member or input.channel or input.campaign or input.most_uses or input.expires_at:
                raise Invalid(field="kind", reason="A personal code is the viewer's own, and goes with nothing else.")
            code_id = await issuing.personal_code(
                info.connection, program_id, acting.member_id, actor_id=acting.member_id, context=acting.context
            )
            if info.context.principal is not None and info.context.principal.session_id is not None:
                # Who comes by an access token is a program, wherever it runs.
                await note_referrer(info.connection, acting.member_id, seen(info.context, input.device_token))
        else:
            code_id = await issuing.issue_code(
                info.connection,
                acting,
                program_id,
                input.kind.value,
                member_id=None if input.member is None else number_of("member", input.member),
                channel=input.channel,
                campaign=input.campaign,
                most_uses=input.most_uses,
                expires_at=input.expires_at,
            )
        return IssueCodePayload.of(code=code_id)

    @change(deed=Deed.OWN)
    async def revoke_code(info: Change, input: RevokeCodeInput) -> RevokeCodePayload:
        """Let a code count no more: one's own, or any for who runs campaigns. Who was brought by it stays so."""
        acting = await info.acting()
        code_id = number_of("referral_code", input.code)
        await issuing.revoke_code(info.connection, acting, code_id)
        return RevokeCodePayload.of(code=code_id)

    @change(deed=Deed.OWN)
    async def claim_referral(info: Change, input: ClaimReferralInput) -> ClaimReferralPayload:
        """Say who brought the viewer here, soon after joining. It is settled once, and never changed."""
        acting = await info.acting()
        brought = await brought_by(info.connection, info.context, input.code, input.token)
        if brought is None:
            raise ReferralCodeNotValid(path=("token",) if input.token else ("code",))
        referral_id = await attribution.claim_referral(
            info.connection, acting.member_id, brought, context=acting.context
        )
        await steps.reach(info.connection, [acting.member_id])
        return ClaimReferralPayload.of(referral=referral_id)

    @change
    async def record_referral_purchases(
        info: Change, input: RecordReferralPurchasesInput
    ) -> RecordReferralPurchasesPayload:
        """Say by the shop's books what members bought, as far as it is a step of referrals. For who runs campaigns."""
        acting = await info.acting()
        recorded = await purchases.record_purchases(
            info.connection,
            acting,
            [purchase_of(each) for each in input.purchases],
            secret=info.context.application.keys.sighting,
        )
        return RecordReferralPurchasesPayload.of(recorded=recorded)

    @change
    async def review_referral(info: Change, input: ReviewReferralInput) -> ReviewReferralPayload:
        """Decide on a referral that was held, or that is not judged yet, or take back what it was granted.

        Judging learns of what is decided: see `referralJudging`. For who runs campaigns.
        """
        acting = await info.acting()
        referral_id = number_of("referral", input.referral)
        decision = _DECISIONS[input.decision]
        decided = await reviewing.review_referral(info.connection, acting, referral_id, decision, reason=input.reason)
        return ReviewReferralPayload.of(referral=referral_id, decided=decided)

    @change
    async def measure_referrals(info: Change, input: MeasureReferralsInput) -> MeasureReferralsPayload:
        """Compute what referrals are worth now, and not only when it is due. For who sees insights."""
        del input
        acting = await info.acting(Scope.MODERATE)
        await require_permission(info.connection, acting.member_id, Permission.SEE_INSIGHTS)
        job_id = await jobs.ask(info.connection, MEASURING, {}, asked_by=acting.member_id, once=True)
        return MeasureReferralsPayload.of(job=job_id)
