"""What the manual says of languages: each recipe finds the texts that it is for, and leaves the others alone."""

from __future__ import annotations

import re
from pathlib import Path

import orjson
import pytest

from moderation.rules.evaluating import RuleSet
from tests.moderation.rules.candidates import candidate, rule

PAGE = Path(__file__).parents[3] / "docs" / "moderation_rules.md"
TEXTS = {
    "zh": "这款春茶香气清雅，回甘很久，推荐大家试试",
    "zh_mixed": "这款春茶 SPRING TEA 2026 很香，回甘持久，值得一试",
    "en": "This spring tea smells lovely and stays long",
    "ja": "このお茶はとても香りが良くて、また飲みたいです",
    "ko": "이 차는 향이 정말 좋아요 추천합니다",
    "ru": "Этот чай очень ароматный, советую",
    "th": "ชานี้หอมมากแนะนำเลย",
    "none": "🍵🍵🍵 2026!!!",
}
RECIPES = {
    "不是中文": {"en", "ja", "ko", "ru", "th"},
    "日文": {"ja"},
    "既不是中文也不是拉丁字母文字": {"ja", "ko", "ru", "th"},
}


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_finds_its_languages_and_no_other(name: str) -> None:
    found = re.search(rf"^\| {name} \| `(.*)` \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert found is not None, "it stands in the manual"
    rules = RuleSet([rule(orjson.loads(found[1]))])

    caught = {language for language, text in TEXTS.items() if rules.verdicts(candidate(text))}

    assert caught == RECIPES[name]
