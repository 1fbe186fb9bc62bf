"""A dump as interactions: what the importer and the view make of it, without a database."""

from pathlib import Path

import numpy as np

from bench.graph.history import history
from graph.interactions import NOBODY
from graph.kinds import InteractionKind

POSTS = """<posts>
<row Id="1" PostTypeId="1" OwnerUserId="10" Score="4" Title="How?" Body="x" CreationDate="2020-01-01T00:00:00" AcceptedAnswerId="2"/>
<row Id="2" PostTypeId="2" ParentId="1" OwnerUserId="20" Score="-2" Body="So." CreationDate="2020-01-11T00:00:00"/>
</posts>"""
COMMENTS = """<comments>
<row Id="5" PostId="1" UserId="30" Score="1" Text="Why?" CreationDate="2020-01-02T00:00:00"/>
<row Id="6" PostId="2" UserId="10" Score="0" Text="Thanks." CreationDate="2020-01-12T00:00:00"/>
<row Id="7" PostId="2" UserId="20" Score="3" Text="To myself." CreationDate="2020-01-12T00:00:00"/>
</comments>"""
USERS = """<users>
<row Id="10" DisplayName="Asker" Reputation="7" CreationDate="2019-01-01T00:00:00"/>
<row Id="20" DisplayName="Answerer" Reputation="90" CreationDate="2019-01-01T00:00:00"/>
<row Id="30" DisplayName="Wonderer" CreationDate="2019-01-01T00:00:00"/>
</users>"""


def test_questions_answers_comments_and_acceptance_become_what_was_done(tmp_path: Path) -> None:
    for name, text in (("Posts", POSTS), ("Comments", COMMENTS), ("Users", USERS)):
        (tmp_path / f"{name}.xml").write_text(text, encoding="utf-8")

    found = history(tmp_path)

    done = found.activity.interactions
    rows = zip(done.actors.tolist(), done.targets.tolist(), done.kinds.tolist(), done.ages.tolist(), strict=True)
    assert sorted(rows) == [
        (0, 1, InteractionKind.REPLY, 0),
        (0, 1, InteractionKind.ACCEPTED_ANSWER, 1),
        (0, int(NOBODY), InteractionKind.POST, 11),
        (1, 0, InteractionKind.COMMENT, 1),
        (2, 0, InteractionKind.COMMENT, 10),
    ], "and what one does towards oneself is nothing"
    assert found.reputation.tolist() == [7, 90, 0]
    assert np.allclose(found.mean_score, [2, 0.5, 1])
