"""The chapter of the manual on the classifier, around the tables that are measured."""

from __future__ import annotations

from bench.labelled_texts import SEED
from moderation.classifier.ngrams import Shape
from moderation.classifier.training import COST, HOME

_PAGE = """\
# A score of texts: abuse, spam, and what else a community decides about

    python -m bench.classifier --write docs/classifier.md

A linear model over n-grams. It runs within the server, says why, and learns from the community's own decisions.

```sh
teahouse moderation train --labelled texts.csv --label abuse --out abuse.model     # columns text and label
echo '加微信免费领取' | teahouse moderation score - --model abuse.model
teahouse moderation train --label spam     # of what moderators decided here, kept where rules ask for its scores
```

## How it works

1. **Read in one spelling** (`normalising.py`): NFKC, case, signs that print nothing, letters of other scripts within Latin
   words, signs repeated more than three times. Names behind `@` are left out.
2. **N-grams** (`ngrams.py`): runs of 1 to {longest} signs (at most 3 with a Chinese one), words, and pairs of words up to
   {reach} apart, in order; a Chinese sign is a word here, and no dictionary is needed. Each is hashed to one of 2^{bits} numbers.
3. **Weights** (`training.py`, `regression.py`): naive Bayes' log ratios, scaled by logistic regression (Wang & Manning 2012;
   dual coordinate descent, Yu, Huang & Lin 2011; cost {cost:g}). The evidence is their sum over the square root of how many
   n-grams the text has, so that one number an n-gram is all there is. The 2^18 largest are kept, as float16.
4. **Probability** (`calibration.py`): beta calibration (Kull et al. 2017) on what models say of texts they did not see. Texts
   that read the same are never on both sides.
5. **Threshold** (`quality.py`): the lowest at which a wanted precision is certain at 95% on texts like those learned from, or
   none.
6. **Reasons** (`explaining.py`): the evidence is taken apart exactly into parts of the text; n-grams that overlap are merged.
   N-grams that share a number are counted and told.

What moderators decide is `Example(text, positive, importance, home=True)`, given together with labelled texts. From {enough} decisions
on (`HOME` in `training.py`), probabilities and threshold are of those alone. Several labels are several models.

## How well it does

Precision and recall are of what is given 0.5 or more (keywords: of what has one). Times are of the same
run, in milliseconds for a text, warm, reading included: the median of a thousand texts scored one by one, and the mean of all
scored at once.

| task | classifier | precision | recall | AUC | Brier | calibration error | ms, one by one | ms, in a batch |
|---|---|---|---|---|---|---|---|---|
{table}

- **Chinese**: COLDataset, learned from its train and dev, tested on its test split.
- **English**: Davidson et al.; a fifth of each class is tested, drawn by seed 7. Hate and offensive against neither, and hate
  alone, which is 6% of the texts. `--balanced` is not used.
- **Spam**: comments on five videos; each video by what the other four teach, and the mean of five. Nothing was chosen by
  looking at them; other costs were tried afterwards, and a greater one would have been a little better on texts as few as these.
  AUC by video: {videos}.
- **Keywords**: 500 words, and runs of two to four Chinese signs, that tell most in the training texts (Monroe et al. 2008);
  AUC by how many a text has. To name a text for one of 500 words is harsh: asking for more words would raise its precision and
  lower its recall, which AUC does not depend on. Nobody's own list was tried.
- **scikit-learn**: {peer}.

Design and cost were chosen by training on two topics of the Chinese training texts and looking at the third, and by
cross-validation within the English training part. One thing is not as clean: that pairs of signs help had been seen on the
Chinese test split in experiments before, so its AUC may be a little too good; the choice by topics says the same.

{sizes}

Seconds are of a machine of two cores that had other work.

## What a community's own decisions change

Labels that somebody gave elsewhere say what a word means, and badly how sure one may be of it here. The Chinese test texts
were labelled by people with another idea of what is offensive than the training texts. Some of them, drawn by seed {seed}, are taken
as what moderators of this place decided, and given to training besides; all rows are measured on the same texts, that are in none
of them. What is reported is not all that is written: decisions say how common something is among what people look at.

{home}

## What hashing costs

{collisions}

Chinese training texts, each topic by what the other two teach. A model keeps one array of that size in memory.

## What it gets wrong

Chinese test texts, by what people say they are:

{told}
- **It takes speaking of a thing for doing it.** Texts against bias name the groups and the slurs that they are against, and so
  are named far more often than other harmless texts (above). Whether a mere name of a group makes a text suspect was not
  measured apart from that. Never act on this score alone: let it order what people look at.
- **Texts of another kind than it learned from get worse probabilities.** The Chinese training labels are
  semi-automatic by its authors' word, the test labels are people's: a precision promised on the former does not hold on the
  latter, and calibration makes it worse there. Another community is further away than that. Train with your own decisions:
  200 of them mend it (above).
- **It reads words and no meaning**: irony, insult in polite words, pictures, what is answered to, and who says it are unseen.
  Pairs of words do not know negation further than they reach.
- **Whoever tries gets past it**: 拼音, homophones, split or traditional signs are other n-grams until examples of them are
  decided about. Look-alike letters and invisible signs are read through.
- A reason in a moderator's hands is how the model reckoned, and no proof. Where a model never met an n-gram, that can have
  another's weight: `chance` says how likely.

## Another classifier

`TEAHOUSE_CLASSIFIER_URL` is asked by POST of JSON, `{{"texts": [{{"id": "0", "text": "…"}}]}}`, and answers
`{{"scores": [{{"id": "0", "probability": 0.93}}]}}`, in any order. It is called as the reward webhook is
([rewards.md](rewards.md)): signed, by `https`, on the open network, by the number that was looked at. It has
`TEAHOUSE_CLASSIFIER_WITHIN` seconds and 64 KiB. Without a whole answer `TEAHOUSE_CLASSIFIER_ON_FAILURE` says what becomes of texts: `open`
lets them through, `closed` holds them for a person. After five failures in a row it is left alone for thirty seconds.
Rules ask it by `{{"external": {{"at_least": 0.9}}}}` ([moderation_rules.md](moderation_rules.md#classifiers)): a text is asked about
where such a rule depends on it, before anything is written and with no transaction open.
"""


def page(**parts: str) -> str:
    """Return the page with what was measured."""
    shape = Shape()
    return _PAGE.format(
        longest=str(shape.longest),
        reach=str(shape.reach),
        bits=str(shape.bits),
        cost=COST,
        enough=HOME,
        seed=SEED,
        **parts,
    )
