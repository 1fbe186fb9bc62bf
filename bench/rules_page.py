"""What docs/rules.md says around its numbers."""

HEAD = """\
# Rules that look before people do (automod)

    python -m bench.rules --write docs/rules.md

A **rule** is data: a condition, a scope and an action. It is tried on the past before it is switched on, runs in shadow
first if one likes, says in both languages that it was automatic and why, and what it did can be appealed.
`moderation/rules` is pure: it is handed a `Candidate` with all that it may look at, and returns `Verdict`s. How rules
are kept, switched and done is in [moderation_rules.md](moderation_rules.md).

```json
{"all": [
  {"any": [
    {"keywords": {"words": ["加微信", "free money"], "variants": {"薇信": "微信", "vx": "微信"}}},
    {"links": {"outside": ["example.com"]}}
  ]},
  {"first_posts": {"first": 3}},
  {"not": {"trust": {"percentile": 20, "unknown": false}}}
]}
```

| condition | holds when |
|---|---|
| `keywords` | it says one of the words: whole words where spaces part them, anywhere in Chinese; `variants` are what the community knows to be written for parts of them |
| `pattern` | RE2 finds a pattern in the folded text, in what that reads as without disguise, or (`as_written`) in the text itself |
| `links` | it has so many links: any, `to` some domains and their look-alikes, or `outside` of some |
| `mentions` | it calls so many members |
| `repetition` | one sign so many times in a row, one word so many times, or such a share that was there before |
| `capitals` | such a share of its letters are capitals |
| `near_duplicates` | nearly the same was written so many times lately, by its author or anybody |
| `velocity` | it is the author's so manieth within so many seconds |
| `first_posts`, `account_age`, `trust` | its author is new, or has little reputation (percentile or level) |
| `scripts` | such a share of its letters is Latin, Han, Cyrillic ... Languages of one script are not told apart ([recipes](moderation_rules.md#2-save-it)) |
| `images` | a picture's perceptual hash is within some bits of one on a list ([media.md](media.md)) |
| `score` | a classifier that was trained here gives it such a score under a label |
| `external` | the operator's own classifier gives it such a score ([classifier.md](classifier.md#another-classifier)) |
| `all`, `any`, `not` | of conditions, six within each other and fifty a rule at most |

| action | does | |
|---|---|---|
| `LABEL` | shows it with a label, unless it has one | mildest |
| `REPORT` | shows it, and puts it in the queue | |
| `LIMIT` | shows it, and keeps its author from some things for some hours | |
| `HOLD` | shows it to nobody until a moderator has looked | |
| `REFUSE` | does not take it, and says why | severest |

Of several live rules the severest action is taken (`outcome`); a label and a report come on top, each the first rule's that
asks for it, unless it is refused. A rule in `SHADOW` gives the same verdicts, and nothing is done.

What is written besides (tags, why something was edited) is searched for words, patterns and links, and is no part of what is
compared, counted or scored.

What is wrong with a rule is named by its place (`condition.all.1.pattern.pattern`). Nothing that a rule says can make it
slow: keywords are one pass of Aho and Corasick's automaton, and patterns are RE2's, which takes time in proportion to the
text and refuses what would not (back-references, looking around); its program has 2,500 instructions at most.

## Disguises

A text is compared folded: NFKC, without case, accents, signs that are not seen, and runs of white space. Where it wears a
disguise, what it reads as without is searched as well, and never in its stead: look-alikes of other scripts (UTS 39),
digits and signs for letters, letters set apart and stretched. Every place leads back to the original, so moderators are
shown what was written.

"""

HONEST = """\
These tables are ours: the disguises are those that we know. What undoing them costs in false alarms is measured on texts
of people who sell nothing:

"""

TAIL = """\
## What is left out

- Letters that only look alike in pairs (`rn` for `m`, `vv` for `w`), pinyin and homophones that are not in the community's
  `variants`, traditional for simplified characters, and text in pictures.
- Languages: no light library was taken in; scripts are asked for instead. They tell Chinese, Japanese, Korean, Russian and
  English from each other in texts of some length, and neither English from French nor Russian from Ukrainian.
- A short Russian or Greek word that looks Latin throughout, alone in a text without another word of its script, is read as
  Latin too.
- A percentile of trust is asked for as it stands; who games the scores games the rule.
- Precision is of what people decided on. They look at what is reported, so of all that a rule would catch it may be lower.
"""
