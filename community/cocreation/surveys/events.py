"""What happens to surveys, as the names of the events that tell of it.

What anybody answered is in no event, but for the tags that answers by name give; and that somebody answered an anonymous
survey is in none either: the log would say when. `subject_kind` is survey, but for tags.
"""

SURVEY_CREATED = "SurveyCreated"
"""A draft is there, which few see."""

SURVEY_OPENED = "SurveyOpened"
"""Members may answer."""

SURVEY_CLOSED = "SurveyClosed"
"""No response is taken any more. actor_id: none where its time was over."""

SURVEY_ANSWERED = "SurveyAnswered"
"""actor_id answered a survey that goes by name, or answered anew."""

SURVEY_RESPONSE_WITHDRAWN = "SurveyResponseWithdrawn"
"""actor_id takes no part any more in a survey that goes by name."""

MEMBER_TAGGED = "MemberTagged"
"""member_id said of themselves what a tag (the subject) stands for."""

MEMBER_UNTAGGED = "MemberUntagged"
"""member_id does not say so any more."""
