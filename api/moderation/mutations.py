"""What can be changed about moderation."""

from __future__ import annotations

from api.changing import Change, Returns, change, payload
from api.ids import number_of
from api.moderation.case_types import Case, CaseNote, Report
from api.moderation.decision_types import Appeal, Decision
from api.moderation.following import follow
from api.moderation.guest_mutations import GuestMutations
from api.moderation.health_types import SecondOpinion
from api.moderation.inputs import (
    AppealInput,
    CaseInput,
    DecideAppealInput,
    DecideInput,
    GiveSecondOpinionInput,
    NoteCaseInput,
    ReportInput,
    SecondOpinionInput,
    UndoDecisionInput,
    judgement_of,
    measures_of,
    subject_of,
)
from api.reading.fields import object_type, returned
from community.foundation.errors import Invalid
from community.members.principals import Scope
from community.members.restrictions import Deed
from moderation.appeals import appealing
from moderation.cases import claiming, notes
from moderation.decisions import deciding, undoing
from moderation.health import sampling
from moderation.reports import reporting


@payload
class ReportPayload(Returns):
    """What `report` answers."""

    report: Report | None = returned("The report; the first, where the viewer had reported it already.")


@payload
class ClaimCasePayload(Returns):
    """What `claimCase` answers."""

    case: Case | None = returned("The case, which is the viewer's to look at for a while.")


@payload
class ReleaseCasePayload(Returns):
    """What `releaseCase` answers."""

    case: Case | None = returned("The case, which anybody may claim.")


@payload
class NoteCasePayload(Returns):
    """What `noteCase` answers."""

    note: CaseNote | None = returned("The note.")


@payload
class DecidePayload(Returns):
    """What `decide` answers."""

    decision: Decision | None = returned("The decision.")


@payload
class UndoDecisionPayload(Returns):
    """What `undoDecision` answers."""

    decision: Decision | None = returned("The decision, undone.")
    case: Case | None = returned("Its case, which is open again.")


@payload
class AppealPayload(Returns):
    """What `appeal` answers."""

    appeal: Appeal | None = returned("The appeal.")


@payload
class ClaimSecondOpinionPayload(Returns):
    """What `claimSecondOpinion` answers."""

    second_opinion: SecondOpinion | None = returned("The second opinion, and what it is about.")


@payload
class GiveSecondOpinionPayload(Returns):
    """What `giveSecondOpinion` answers."""

    second_opinion: SecondOpinion | None = returned("The second opinion, given.")


@payload
class DecideAppealPayload(Returns):
    """What `decideAppeal` answers."""

    appeal: Appeal | None = returned("The appeal, judged.")


@object_type
class ModerationMutations(GuestMutations):
    """What can be changed about moderation."""

    @change(deed=Deed.OWN)
    async def report(info: Change, input: ReportInput) -> ReportPayload:
        """Report something that one sees. Several reports of one thing are one case; who reports is told what came of it."""
        acting = await info.acting()
        kind, number = subject_of(input.subject)
        report_id = await reporting.report(
            info.connection,
            acting,
            subject_kind=kind,
            subject_id=number,
            reason=input.reason,
            body=input.body,
            hold_weight=info.context.application.settings.moderation_hold_weight,
        )
        return ReportPayload.of(report=report_id)

    @change(traced=True)
    async def claim_case(info: Change, input: CaseInput) -> ClaimCasePayload:
        """Look at a case for a quarter of an hour, in which nobody else decides on it; claim it again for another."""
        acting = await info.acting(Scope.MODERATE)
        case_id = number_of("case", input.case)
        exposure_limit = info.context.application.settings.moderation_exposure_limit
        await claiming.claim_case(info.connection, acting, case_id, exposure_limit=exposure_limit)
        return ClaimCasePayload.of(case=case_id)

    @change(traced=True)
    async def release_case(info: Change, input: CaseInput) -> ReleaseCasePayload:
        """Give back a case that one has claimed."""
        acting = await info.acting(Scope.MODERATE)
        case_id = number_of("case", input.case)
        await claiming.release_case(info.connection, acting, case_id)
        return ReleaseCasePayload.of(case=case_id)

    @change(traced=True)
    async def note_case(info: Change, input: NoteCaseInput) -> NoteCasePayload:
        """Tell the other moderators something about a case, or whom it is about, before anything is decided."""
        acting = await info.acting(Scope.MODERATE)
        note_id = await notes.note_case(
            info.connection, acting, number_of("case", input.case), body=input.body, shown=input.shown
        )
        return NoteCasePayload.of(note=note_id)

    @change(traced=True)
    async def decide(info: Change, input: DecideInput) -> DecidePayload:
        """Decide on a case, or on what one came upon. All of it happens or none; whom it concerns and who reported it are told.

        A case is decided once: of two moderators one is faster, and the other is answered CASE_CLOSED.
        """
        acting = await info.acting(Scope.MODERATE)
        if (input.case is None) == (input.subject is None):
            raise Invalid(field="case", reason="Give either a case or a subject.")
        judgement = judgement_of(input)
        if input.case is not None:
            decided = await deciding.decide(info.connection, acting, number_of("case", input.case), judgement)
        else:
            kind, number = subject_of(input.subject or "")
            decided = await deciding.open_and_decide(info.connection, acting, kind, number, judgement)
        follow(info, decided)
        return DecidePayload.of(decision=decided.id)

    @change(traced=True)
    async def undo_decision(info: Change, input: UndoDecisionInput) -> UndoDecisionPayload:
        """Take back all that a decision did, or nothing of it. Its case is open again, and its reports wait for an answer.

        Of decisions that were made at once, undoing the first undoes all; any other is undone by itself.
        """
        acting = await info.acting(Scope.MODERATE)
        decision_id = number_of("decision", input.decision)
        undone = await undoing.undo_decision(
            info.connection, acting, decision_id, because=input.because, revision=input.expected_revision
        )
        for each in undone:
            follow(info, each)
        return UndoDecisionPayload.of(decision=decision_id, case=undone[0].case_id)

    @change(deed=Deed.OWN)
    async def appeal(info: Change, input: AppealInput) -> AppealPayload:
        """Ask that a decision be looked at again by somebody else: whom it concerns, or who reported what it did not find."""
        acting = await info.acting()
        appeal_id = await appealing.appeal(
            info.connection, acting, number_of("decision", input.decision), body=input.body
        )
        return AppealPayload.of(appeal=appeal_id)

    @change(traced=True)
    async def claim_second_opinion(info: Change, input: SecondOpinionInput) -> ClaimSecondOpinionPayload:
        """Take it on to give a second opinion. From now until it is given, one is not shown the case, nor what was decided.

        Who had to do with the case cannot. After a day somebody else may take it on.
        """
        acting = await info.acting(Scope.MODERATE)
        opinion_id = number_of("second_opinion", input.second_opinion)
        await sampling.claim_second_opinion(info.connection, acting, opinion_id)
        return ClaimSecondOpinionPayload.of(second_opinion=opinion_id)

    @change(traced=True)
    async def give_second_opinion(info: Change, input: GiveSecondOpinionInput) -> GiveSecondOpinionPayload:
        """Say what one would have found, without knowing what was: it changes nothing, and shows how far moderators agree.

        It is claimed first, by `claimSecondOpinion`.
        """
        acting = await info.acting(Scope.MODERATE)
        opinion_id = number_of("second_opinion", input.second_opinion)
        await sampling.give_second_opinion(info.connection, acting, opinion_id, verdict=input.verdict.value)
        return GiveSecondOpinionPayload.of(second_opinion=opinion_id)

    @change(traced=True)
    async def decide_appeal(info: Change, input: DecideAppealInput) -> DecideAppealPayload:
        """Judge an appeal against another's decision, in writing. Granted, the decision is undone at once."""
        acting = await info.acting(Scope.MODERATE)
        appeal_id = number_of("appeal", input.appeal)
        undone = await appealing.decide_appeal(
            info.connection,
            acting,
            appeal_id,
            granted=input.granted,
            answer=input.answer,
            measures=measures_of(input.measures),
            revision=input.expected_revision,
            law=input.law,
        )
        follow(info, undone)
        return DecideAppealPayload.of(appeal=appeal_id)
