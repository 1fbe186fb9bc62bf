"""On comments and tweets that people wrote, a model tells what it has not seen."""

from __future__ import annotations

import pytest

from bench.classifier_peers import keywords
from bench.labelled_texts import Part, tasks, topics
from moderation.classifier.quality import auc
from moderation.classifier.training import Example, trained
from tests.shared_data import SHARED

needs_texts = pytest.mark.skipif(
    not all((SHARED / name).is_dir() for name in ("cold_zh", "davidson_hate_en", "youtube_spam_en")),
    reason="the labelled texts are not in the shared data",
)


@needs_texts
@pytest.mark.slow
def test_spam_under_a_video_is_told_by_that_under_others_and_better_than_by_keywords() -> None:
    part = next(task for task in tasks() if task.name == "English, spam").parts[0]

    model = trained(map(Example, part.texts, map(bool, part.positive)), "spam")

    own = auc(model.probabilities(part.unseen), part.unseen_positive)
    assert own > 0.965
    assert own > auc(keywords(part)(part.unseen), part.unseen_positive)


@needs_texts
@pytest.mark.slow
def test_offence_on_one_topic_is_told_by_that_on_others_in_chinese() -> None:
    topic = next(iter(topics()))
    part = Part(topic.texts[:6_000], topic.positive[:6_000], topic.unseen[:2_000], topic.unseen_positive[:2_000])

    model = trained(map(Example, part.texts, map(bool, part.positive)), "abuse")

    own = auc(model.probabilities(part.unseen), part.unseen_positive)
    assert own > 0.78
    assert own > auc(keywords(part)(part.unseen), part.unseen_positive)
