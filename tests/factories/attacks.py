"""Documents and bodies that hostile clients send: each as it was seen to do harm, or larger than that."""

from __future__ import annotations

from collections.abc import Mapping


def fragment_fan_out(fragments: int = 20) -> str:
    """Spread each fragment twice in the one before it: 2 to the power of `fragments` fields."""
    chain = " ".join(f"fragment F{i} on Query{{...F{i + 1} ...F{i + 1}}}" for i in range(fragments))
    return f"{{...F0}} {chain} fragment F{fragments} on Query{{__typename}}"


def fragment_cycle(fragments: int = 20) -> str:
    """Spread fragments in a circle."""
    return "{...F0} " + " ".join(f"fragment F{i} on Query{{...F{(i + 1) % fragments}}}" for i in range(fragments))


def hidden_aliases() -> str:
    """Hide ten aliases in a fragment that is spread eight times."""
    spreads = " ".join(f"m{i}: node(id: {i}){{...F}}" for i in range(8))
    aliases = " ".join(f"a{i}: __typename" for i in range(10))
    return f"{{{spreads}}} fragment F on Node{{{aliases}}}"


def inline_fragments(times: int = 700) -> str:
    """Repeat one inline fragment."""
    return "{" + "...{__typename}" * times + "}"


def junk(length: int = 400_000) -> str:
    """Ask for fields that are not there."""
    return "{" + " ".join(f"junk{i}" for i in range(length // 9)) + "}"


def nested_selections(depth: int) -> str:
    """Nest selections."""
    return "{node(id: 1)" + "{node" * depth + "{id}" + "}" * depth + "}"


def connections(first: int) -> str:
    """Ask for pages within pages within pages."""
    page = f"(first: {first})"
    comments = f"comments{page}{{nodes{{id author{{posts{page}{{nodes{{id}}}}}}}}}}"
    return f'{{space(slug: "tea"){{posts{page}{{nodes{{{comments}}}}}}}}}'


def connections_in_fragments(first: int) -> str:
    """Ask for a page in a fragment within a page in another."""
    posts = f"fragment S on Space{{posts(first: {first}){{nodes{{space{{...T}}}}}}}}"
    return f'{{space(slug: "a"){{...S}}}} {posts} fragment T on Space{{posts(first: {first}){{nodes{{id}}}}}}'


def unused_fan_out(fragments: int = 90) -> str:
    """Fan out in fragments that no operation uses, so that only validation walks them."""
    chain = " ".join(f"fragment F{i} on Query{{a{{...F{i + 1}}} a{{...F{i + 1}}}}}" for i in range(fragments))
    return f"{{__typename}} {chain} fragment F{fragments} on Query{{__typename}}"


def unused_cycles(fragments: int = 24) -> str:
    """Spread every unused fragment in every other."""
    spreads = " ".join(f"...F{i}" for i in range(fragments))
    return "{__typename} " + " ".join(f"fragment F{i} on Query{{{spreads}}}" for i in range(fragments))


def circular_introspection(times: int = 4) -> str:
    """Walk in circles through the schema's own types."""
    return "{__schema{types" + "{fields{type" * times + "{name}" + "}}" * times + "}}"


def many_fragments(fragments: int, fields: int) -> str:
    """Let validation compare every fragment with every other."""
    names = " ".join(f"f{i}" for i in range(fields))
    definitions = " ".join(f"fragment F{i} on Query{{{names}}}" for i in range(fragments))
    return "{" + " ".join(f"...F{i}" for i in range(fragments)) + "}" + definitions


def repeated_deeply(times: int, depth: int) -> str:
    """Repeat a field so that the pairs to compare multiply at every level."""
    inner = "__typename"
    for _ in range(depth):
        inner = " ".join([f"a{{{inner}}}"] * times)
    return f"{{{inner}}}"


DOCUMENTS: Mapping[str, tuple[str, str]] = {
    "1 fragment fan-out, 20": (fragment_fan_out(), "TOO_COSTLY"),
    "1 fragment fan-out, 99": (fragment_fan_out(99), "TOO_COSTLY"),
    "1 fan-out in unused fragments, 90": (unused_fan_out(), "TOO_MANY_REPETITIONS"),
    "1 fan-out in unused fragments, 14": (unused_fan_out(14), "INVALID"),
    "1 fan-out in unused fragments, 40": (unused_fan_out(40), "INVALID"),
    "2 unused cyclic fragments": (unused_cycles(), "INVALID"),
    "2 cyclic fragments": (fragment_cycle(), "CYCLE"),
    "2 a fragment that spreads itself": ("{...F} fragment F on Query{__typename ...F}", "CYCLE"),
    "3 aliases hidden in fragments": (hidden_aliases(), "TOO_MANY_ALIASES"),
    "4 repeated inline fragments": (inline_fragments(), "TOO_MANY_REPETITIONS"),
    "5 comment padding, 400 kB": ("#" + "x" * 400_000 + "\n{__typename}", "TOO_LONG"),
    "5 comment padding, 10,000 lines": ("#x\n" * 10_000 + "{__typename}", "TOO_MANY_TOKENS"),
    "5 comment padding, 49 kB in one": ("#" + "x" * 49_900 + "\n{junk}", "INVALID"),
    "6 junk fields, 400 kB": (junk(), "TOO_LONG"),
    "6 junk fields, 49 kB": (junk(49_000), "TOO_MANY_TOKENS"),
    "6 junk fields, 2,900": (junk(9 * 2_900), "TOO_MANY_FIELDS"),
    "6 junk fields, just within": (junk(9 * 1_000), "INVALID"),
    "7 20,000 directives": ("{__typename" + " @a" * 20_000 + "}", "TOO_LONG"),
    "7 1,200 directives": ("{__typename" + " @a" * 1_200 + "}", "TOO_MANY_DIRECTIVES"),
    "8 20,000 duplicate fields": ("{" + "id " * 20_000 + "}", "TOO_LONG"),
    "8 2,900 duplicate fields": ("{" + "id " * 2_900 + "}", "TOO_MANY_FIELDS"),
    "8 900 duplicate fields": ("{" + "id " * 900 + "}", "TOO_MANY_REPETITIONS"),
    "8 repeated fields within repeated fields": (repeated_deeply(7, 3), "TOO_MANY_REPETITIONS"),
    "8 fragments compared with fragments": (many_fragments(40, 25), "TOO_MANY_REPETITIONS"),
    "8 100 repetitions, just within": ("{" + "__typename a " * 70 + "}", "INVALID"),
    "8 99 fragments beside each other": (many_fragments(99, 1), "INVALID"),
    "8 30 fragments of 11 fields": (many_fragments(30, 11), "INVALID"),
    "9 5,000 aliases": ("{" + " ".join(f"a{i}:id" for i in range(5_000)) + "}", "TOO_MANY_TOKENS"),
    "9 740 aliases": ("{" + " ".join(f"a{i}:__typename" for i in range(740)) + "}", "TOO_MANY_ALIASES"),
    "10 5,000 operations": (" ".join(f"query q{i}{{a}}" for i in range(2_900)), "TOO_MANY_TOKENS"),
    "10 600 operations": (" ".join(f"query q{i}{{a}}" for i in range(590)), "TOO_MANY_OPERATIONS"),
    "11 5,000 unused variables": ("query(" + "".join(f"$a{i}:ID" for i in range(5_000)) + "){a}", "TOO_MANY_TOKENS"),
    "11 700 unused variables": ("query(" + "".join(f"$a{i}:ID" for i in range(700)) + "){a}", "TOO_MANY_VARIABLES"),
    "11 100 unused variables": ("query(" + "".join(f"$a{i}:ID" for i in range(100)) + "){__typename}", "INVALID"),
    "12 selections 300 deep": (nested_selections(300), "SYNTAX"),
    "12 selections 100 deep": (nested_selections(100), "TOO_DEEP"),
    "12 a list 300 deep": ("{nodes(ids: " + "[" * 300 + "]" * 300 + "){id}}", "SYNTAX"),
    "12 a list 100 deep": ("{nodes(ids: " + "[" * 100 + "]" * 100 + "){id}}", "TOO_DEEP"),
    "12 a list type 100 deep": ("query($a:" + "[" * 100 + "ID" + "]" * 100 + "){__typename}", "TOO_DEEP"),
    "12 fragments chained 100 deep": (
        "{...F0}" + "".join(f"fragment F{i} on Query{{a{{...F{i + 1}}}}}" for i in range(99)),
        "TOO_DEEP",
    ),
    "13 100 x 100 x 100": (connections(100), "TOO_COSTLY"),
    "13 posts in posts in a fragment": (
        connections_in_fragments(100),
        "TOO_COSTLY",
    ),
    "14 no page": ('{space(slug:"a"){posts{nodes{id}}}}', "PAGE_SIZE"),
    "14 null page": ('{space(slug:"a"){posts(first:null){nodes{id}}}}', "PAGE_SIZE"),
    "14 two pages": ('{space(slug:"a"){posts(first:1,last:1){nodes{id}}}}', "PAGE_SIZE"),
    "14 negative page": ('{space(slug:"a"){posts(first:-1){nodes{id}}}}', "PAGE_SIZE"),
    "14 empty page": ('{space(slug:"a"){posts(last:0){nodes{id}}}}', "PAGE_SIZE"),
    "14 page of 101": ('{space(slug:"a"){posts(first:101){nodes{id}}}}', "PAGE_SIZE"),
    "14 page of 6,000 digits": ('{space(slug:"a"){posts(first:' + "9" * 6_000 + "){nodes{id}}}}", "NUMBER_TOO_LARGE"),
    "14 page that is a text": ('{space(slug:"a"){posts(first:"1"){nodes{id}}}}', "PAGE_SIZE"),
    "15 circular introspection": (circular_introspection(), "INVALID"),
    "18 unknown fragment": ("{...Nowhere}", "INVALID"),
    "23 NUL in a literal": ('{tag(name:"a\\u0000"){name}}', "BAD_TEXT"),
    "23 lone surrogate in a literal": ('{tag(name:"\\ud800"){name}}', "SYNTAX"),
    "23 number beyond 64 bits in a literal": ("{node(id:9223372036854775808){id}}", "NUMBER_TOO_LARGE"),
}
"""By row of the table of attacks: the document, and the code it is refused with."""

DOCUMENTS_IN_PRODUCTION: Mapping[str, tuple[str, str]] = {
    "15 introspection": ("{__schema{types{name}}}", "INTROSPECTION"),
    "15 introspection in a fragment": ('{...F} fragment F on Query{a:__type(name:"Post"){name}}', "INTROSPECTION"),
}

BODIES: Mapping[str, bytes] = {
    "21 nested 200,000 deep": b'{"query":' + b"[" * 200_000 + b"]" * 200_000 + b"}",
    "21 nested 1,000 deep": b'{"query":"{__typename}","variables":{"a":' + b"[" * 1_000 + b"]" * 1_000 + b"}}",
    "21 a number of 6,000 digits": b'{"query":"{__typename}","variables":{"a":' + b"9" * 6_000 + b"}}",
    "21 not UTF-8": b'{"query":"\xff"}',
    "21 byte order mark": b'\xef\xbb\xbf{"query":"{__typename}"}',
    "21 a number": b"1",
    "21 a text": b'"query"',
    "21 null": b"null",
    "21 nothing": b"",
    "21 cut off": b'{"query":',
    "21 NaN": b'{"query":"{__typename}","variables":{"a":NaN}}',
    "21 infinity": b'{"query":"{__typename}","variables":{"a":1e999}}',
    "21 a key twice": b'{"query":"{__typename}","query":"{a}"}',
    "21 a key twice within": b'{"query":"{__typename}","variables":{"a":{"b":1,"b":2}}}',
    "21 300,000 objects": b'{"query":"{__typename}","variables":{"a":[' + b"{}," * 300_000 + b"{}]}}",
    "21 query is a number": b'{"query":1}',
    "21 no query": b"{}",
    "21 variables are a list": b'{"query":"{__typename}","variables":[]}',
    "19 a batch": b'[{"query":"{__typename}"},{"query":"{__typename}"}]',
    "23 a lone surrogate": b'{"query":"{__typename}","variables":{"a":"\\ud800"}}',
    "23 a lone surrogate as bytes": b'{"query":"{__typename}","variables":{"a":"\xed\xa0\x80"}}',
    "23 a bare NUL": b'{"query":"{__typename}\x00"}',
}
"""By row of the table of attacks: bodies that are answered with 400."""
