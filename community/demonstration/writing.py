"""Texts of the demonstration: the same numbers always write the same words."""

import html
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from community.demonstration.phrases import CHINESE, ENGLISH, Phrases
from community.demonstration.topics import TOPICS, Words
from community.foundation.markdown import render

NUMBERS = 24
"""How many random numbers a text is written from."""

_MARKED_UP_ONE_IN = 12


@dataclass(frozen=True, slots=True)
class Body:
    """A text in the forms it is kept in."""

    markdown: str
    html: str
    text: str


def plain_body(paragraphs: Sequence[str]) -> Body:
    """Return what rendering gives for paragraphs without any mark-up, without the work that it is.

    Our sentences are known to have none; a test renders them all the same and compares.
    """
    return Body(
        markdown="\n\n".join(paragraphs),
        html="\n".join(f"<p>{html.escape(paragraph, quote=False)}</p>" for paragraph in paragraphs),
        text=" ".join(paragraphs),
    )


def marked_up_body(markdown: str) -> Body:
    """Return a text that has mark-up, rendered."""
    rendered = render(markdown)
    return Body(markdown=markdown, html=rendered.html, text=rendered.text)


def post_title(numbers: Sequence[int], topic: int, *, chinese: bool, question: bool, official: bool) -> str:
    """Write a post's title."""
    phrases, slots = _slots(numbers, topic, chinese=chinese)
    choices = phrases.news_titles if official else phrases.questions if question else phrases.titles
    title = _pick(choices, numbers[12]).format_map(slots)
    return title[0].upper() + title[1:]


def post_body(numbers: Sequence[int], topic: int, *, chinese: bool, question: bool, official: bool) -> Body:
    """Write a post's body, about what its title says."""
    phrases, slots = _slots(numbers, topic, chinese=chinese)

    def say(choices: Sequence[str], place: int) -> str:
        return _sentence(choices, numbers[place], slots)

    if official:
        # Three of the seven, in an order of their own.
        step = 1 + numbers[13] % (len(phrases.news) - 1)
        first = numbers[14]
        told = [_sentence(phrases.news, first + step * place, slots) for place in range(3)]
        return _with_mark_up(numbers, phrases, say, told)
    opening = [say(phrases.openings, 13), say(phrases.details, 14)]
    if numbers[15] % 3 == 0:
        opening.append(_sentence(phrases.details, numbers[14] + 1 + numbers[16] % 10, slots))
    closing = [say(phrases.measures, 17), say(phrases.asks if question else phrases.closings, 18)]
    if numbers[19] % _MARKED_UP_ONE_IN == 0:
        return _with_mark_up(numbers, phrases, say, [*opening, *closing])
    between = phrases.between
    if numbers[20] % 2:
        return plain_body([between.join([*opening, *closing])])
    return plain_body([between.join(opening), between.join(closing)])


def comment_body(numbers: Sequence[int], topic: int, *, chinese: bool, answer: bool) -> Body:
    """Write a comment: an answer to a question, or what one says to one another."""
    phrases, slots = _slots(numbers, topic, chinese=chinese)
    sentences = [_sentence(phrases.answers if answer else phrases.replies, numbers[12], slots)]
    if numbers[13] % 3:
        sentences.append(_sentence(phrases.additions, numbers[14], slots))
    if numbers[15] % 4 == 0:
        sentences.append(_sentence(phrases.measures, numbers[16], slots))
    return plain_body([phrases.between.join(sentences)])


def biography(numbers: Sequence[int], topic: int, *, chinese: bool) -> Body:
    """Write what a member says of themselves."""
    phrases, slots = _slots(numbers, topic, chinese=chinese)
    return plain_body([_sentence(phrases.bios, numbers[12], slots)])


def topic_words(topic: int, *, chinese: bool) -> Words:
    """Return a topic's own words in a language."""
    return TOPICS[topic].chinese if chinese else TOPICS[topic].english


def _with_mark_up(
    numbers: Sequence[int], phrases: Phrases, say: Callable[[Sequence[str], int], str], sentences: Sequence[str]
) -> Body:
    """Write a text with a list, words that stand out, and sometimes a link."""
    first, *others = sentences
    lines = "\n".join(f"- {sentence}" for sentence in others)
    strong = say(phrases.closings, 21)
    tail = f"**{strong}**"
    if numbers[22] % 2:
        tail += f"\n\n<https://tea.example/notes/{numbers[23] % 1_000_000}>"
    return marked_up_body(f"{first}\n\n{lines}\n\n{tail}")


def _slots(numbers: Sequence[int], topic: int, *, chinese: bool) -> tuple[Phrases, dict[str, object]]:
    words = topic_words(topic, chinese=chinese)
    phrases = CHINESE if chinese else ENGLISH
    notes = words.notes
    vessels = words.vessels or phrases.vessels
    note = numbers[2] % len(notes)
    return phrases, {
        "tea": words.teas[numbers[0] % len(words.teas)],
        "place": words.places[numbers[1] % len(words.places)],
        "note": notes[note],
        "other": notes[(note + 1 + numbers[3] % (len(notes) - 1)) % len(notes)],
        "vessel": vessels[numbers[4] % len(vessels)],
        "water": phrases.waters[numbers[5] % len(phrases.waters)],
        "time": phrases.times[numbers[6] % len(phrases.times)],
        "grams": f"{3 + numbers[7] % 70 / 10:.1f}",
        "degrees": 75 + numbers[8] % 26,
        "seconds": 5 + numbers[8] // 32 % 55,
        "steep": 2 + numbers[9] % 9,
        "year": 1998 + numbers[9] // 16 % 28,
        "days": 2 + numbers[10] % 88,
        "price": 18 + numbers[11] % 900,
    }


def _pick(choices: Sequence[str], number: int) -> str:
    return choices[number % len(choices)]


def _sentence(choices: Sequence[str], number: int, slots: Mapping[str, object]) -> str:
    sentence = choices[number % len(choices)].format_map(slots)
    # A sentence may begin with a tea that is written small, or with a number, which Markdown would read as a list.
    return sentence[0].upper() + sentence[1:]
