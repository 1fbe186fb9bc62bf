"""Every text that a mutation takes, and whether the community's rules are asked of it: a table to read.

A new input of text fails the test until it is said here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

SCREENED: Final = """
signUp: handle displayName
verifyEmail: handle
updateProfile: displayName bio websiteUrl location
createSpace: slug name description rules
updateSpace: slug name description rules
createPost: title body tags
editPost: title body tags reason
createComment: body
editComment: body reason
proposeOption: title body
submitSurveyResponse: answers.text
createIdea: title body tags
proposeAmendment: title body reason
declineAmendment: why
"""
# Who moderates, runs campaigns or runs the server; it is said in the name of the community.
BY_STAFF: Final = """
suspendMember: reason
reinstateMember: because
createRound: title body options.title options.body
voidBallot: reason
releaseRound: reason
createSurvey: title body questions.title questions.choices.title questions.lowestLabel questions.highestLabel
createIdeaBoard: title body
updateIdeaBoard: title body
advanceIdea: answer
mergeIdeas: answer
undoMerge: answer
createBackingCampaign: title body tiers.title tiers.body
createProductTest: title body variants.title variants.body variants.imageUrl
recordPurchases: purchases.externalId
createReferralProgram: name terms.body terms.rewards.name
updateReferralProgram: name terms.body terms.rewards.name
issueCode: channel campaign
recordReferralPurchases: purchases.externalId purchases.instrument
reviewReferral: reason
createRewardBudget: name unit
grantPoints: reason
reviewReward: reason
reverseReward: reason
importVouchers: codes csv
createRewardItem: title body unit
updateRewardItem: title body
fulfilRedemption: note
cancelRedemption: reason
noteCase: body
decide: measures.title measures.body facts law
undoDecision: because
decideAppeal: answer measures.title measures.body law
previewDecision: measures.title measures.body facts law
decideMany: measures.title measures.body facts law
createTeam: name
updateTeam: name
createSavedReply: name textEn textZh
updateSavedReply: name textEn textZh
saveRule: name condition messageEn messageZh
saveReportReason: labelEn labelZh descriptionEn descriptionZh
proposeIdentityMerge: reason
testRule: condition
"""
# Read by who wrote it and by moderators, who must hear of what is wrong in whatever words.
TO_MODERATORS: Final = """
deletePost: reason
deleteComment: reason
report: body
reportAsGuest: body name
appeal: body
appealByToken: body
createAccessToken: name
"""
# Addresses, secrets, numbers, names out of a list: what is not one is refused, and none is read as a text.
NO_TEXT: Final = """
signUp: email password locale referralCode referralToken deviceToken
verifyEmail: token
requestPasswordReset: email
resetPassword: token password
changePassword: current password
signIn: login password deviceToken
requestAccountMerge: code
refreshSession: refreshToken
beginOpenIdSignIn: provider redirectUrl
completeOpenIdSignIn: provider attempt state code locale deviceToken
updateProfile: avatarUrl locale
addReaction: kind
removeReaction: kind
createBackingCampaign: goal.amount goal.currency tiers.price.amount tiers.price.currency
pledge: amount.amount amount.currency paymentToken
createProductTest: variants.price.amount variants.price.currency variants.unitCost.amount variants.unitCost.currency
createProductTest: variants.salvage.amount variants.salvage.currency
recordExposure: viewing visit
createReferralProgram: terms.steps.threshold terms.rewards.step.threshold terms.rewards.amount
createReferralProgram: terms.budget.amount terms.budget.currency terms.currency
updateReferralProgram: terms.steps.threshold terms.rewards.step.threshold terms.rewards.amount
updateReferralProgram: terms.budget.amount terms.budget.currency terms.currency
issueCode: deviceToken
claimReferral: code token
recordReferralPurchases: purchases.amount.amount purchases.amount.currency
createRewardBudget: amount perMember
grantPoints: amount idempotencyKey
importVouchers: pool
redeemReward: idempotencyKey
updateScoreWeights: interactions.kind
planSeeding: scope.tag
reportAsGuest: url reason email locale
confirmGuestReport: token
appealByToken: token
report: reason
decide: measures.label reason territorialScope
decideAppeal: measures.label
previewDecision: measures.label reason territorialScope
decideMany: measures.label reason territorialScope
createTeam: routes.reason routes.tag
updateTeam: routes.reason routes.tag
createSavedReply: reason
updateSavedReply: reason
saveRule: reason label
saveReportReason: name category
testRule: locale
"""
TABLES: Final[Mapping[str, str]] = {
    "screened": SCREENED,
    "by staff": BY_STAFF,
    "to moderators": TO_MODERATORS,
    "no text": NO_TEXT,
}


def paths_in(table: str) -> list[str]:
    """Return the paths of a table, such as `createPost.title`."""
    lines = [line.partition(": ") for line in table.strip().splitlines()]
    return [f"{mutation}.{field}" for mutation, _, fields in lines for field in fields.split()]
