"""The chapter of the manual on fraud in referrals, around the tables that are measured."""

HEAD = """\
# Referrals that are made up

    python -m bench.referral_fraud --seeds {seeds} --write docs/referral_fraud.md

A reward for bringing friends (老带新) is a reward for making up friends as well. Every referral is judged: it is
**granted**, **held** for a moderator to look at, or **rejected**. Nothing is judged by one sign alone, and each
judgement says why, in words and numbers that a moderator can check.

## How a referral is judged

`community/referrals/fraud` is arithmetic on arrays. What is known of all claims of a programme is a `Claims`;
`judged(claims)` gives each claim a probability of fraud *p*, a band and what was measured, and `evidence` the reasons.

    log(p / (1 - p)) = {intercept:g} + sum of weight * strength over the signals below

A strength is 0 up to *from*, 1 from *full* on, and in between in proportion. Weights are weights of evidence in nats
(Good 1950): +0.7 doubles the odds of fraud, -0.7 halves them. What is not known says nothing. From *p* = {hold:g} on a
claim is held, from {reject:g} on it is rejected.

{signals}

Who keeps what is decided by the programme's own rules besides: that nobody brings themselves, or whom brought them, is
refused when it is claimed, whatever this says.

**Judge late.** Crude cheats are seen on the day they sign up, careful ones by what they do in two weeks and by whether
anybody comes to trust them (table below): let rewards wait for fourteen days, and judge once more before they are paid.
Give `judged` all claims of a programme each time, as many signals compare.

**Families, offices, events, viral posts** are what honest referrals look like, and are to pass: a shared network by
itself weighs 0.1; a burst only counts for as much as it lacks breadth, in networks, devices and later activity; idle
friends of one referrer count as ten at most (Kish's design effect), so that a post whose readers are a little less keen
is no proof by its size.

## How well it does

Programmes are made up by `tests/community/referrals/generator.py`, each by its seed: how keen friends are, how many
invite, how much is known of them, how many hide behind a carrier's network, how skilled cheats are. Weights and
thresholds were chosen by looking at seeds 0 to 59 and 1,000 to 1,039, 2,000 to 2,079, and drafts of this page showed
5,000 to 5,019 and 20,000 to 20,019; everything here is of seeds from {first:,} on, which nobody had looked at: {seeds}
programmes, {claims:,} claims, {made_up:,} of them made up. To be found are nine in ten, at one honest claim in a
hundred that is held.

{kinds}

{worlds}

What this says, and what not: *we* made up the cheats, so these are the frauds that we could think of. Real cheats will
do better than these where they know the table, and weights are to be taught by decisions (below). In particular:

- *Careful* cheats have a drawer of phones, another network each time, and feign activity. They are found by three
  things only: too few phones, accounts that all do equally much, and that nobody comes to trust them. A cheat with a
  phone for each account, whose accounts do as differently much as people do, and who is patient, is found by trust
  alone: where no scoring run has been, more than half of them pass.
- *Self* and *ring* claims are missed where the other account has a device and a network of its own, and is active: such
  an account is another person for all that can be seen.
- *Bargains* are strangers who found a code on a page of bargains. They are people, and hardly a friend; whether they
  are to be rewarded is for the programme's rule (a first purchase, a week of activity) and not for a detector of fraud.
- *Families* who share one tablet, of whom one never takes part, look like somebody who brought themselves. They are
  most of the honest claims that are held, and a moderator sees at a glance.
- *Bystanders* are real friends of cheats, held for the company they came with.

By the skill of the programme's cheats:

{skills}

Whether *p* is as often right as it says:

{calibration}

{speed}

## Judging live

A job (`community/referrals/judging.py`) judges all referrals of each programme in which something is promised: when it
is promised, with all that waits whenever it judges, and once more on the last day before it is granted. It reads by one
statement (`evidence/known.py`) what this server knows:

| facts | from |
|---|---|
| network, device | keyed hashes of where they asked to join; of referrers, of their last five sign-ins and codes too |
| instrument of payment | a keyed hash of what the shop tells with a purchase (`recordReferralPurchases`, `instrument`) |
| mail | the account's address, folded and hashed with a key that is gone a moment later |
| clicks, sign-up, verification | the referral and the account |
| acts and days | posts and comments that others see, and reactions |
| trust | the last scoring |

The programmes of the tables above, put into the tables of a database and judged by what is read from there:

{live}

{agreement} Votes and surveys are not read, as ballots are secret: who does nothing but vote looks idle, which by itself
weighs {idle:+.1f}.

{reading}

What was found is kept with the referral, and who runs campaigns reads it: `referralsUnderReview` are those that wait for
somebody, each with its `verdict {{ probability band evidence {{ signal sentence weight }} }}`; `reviewReferral` decides.

```graphql
query {{ referralsUnderReview(first: 20) {{ nodes {{
  id member {{ handle }} referrer {{ handle }}
  verdict {{ probability evidence {{ signal sentence weight }} }} }} }} }}
```

**What is kept, and for how long.** Of an address its network is hashed (an address of IPv4, the first 64 bits of IPv6;
none of those that are not of the open network), of a device what names it: in browsers a cookie `teahouse_device`
(HttpOnly, SameSite=Lax, 128 random bits and nothing else), set at a click that counts, at sign-up, sign-in and
`issueCode`; in apps `deviceToken`. A user agent is no device. The hashes have a key of their own, derived from the
server's secret; the key leads from no hash to an address, but who has it can test a guess. A sign-up is kept of
everybody, since who brought them may be claimed days later; sign-ins of those alone who have a code, the last five. A
sighting, and the instrument of a purchase, is thrown away after 180 days, unless a reward of the member's own referral,
or of one whom they brought, still waits: then when that is settled. If a member is erased, at once. They are in no
export and no event.

## What moderators teach

`learned` fits the weights to decisions by logistic regression under a strong prior at what is shipped (half a nat
each), and keeps their signs: no number of decisions makes evidence of fraud speak for a claim. `with_thresholds` then
sets from where on to hold and to reject, by decisions that took no part in it, so that with 95% certainty at most 1% of
honest claims are held and 0.2% rejected (Clopper and Pearson 1934); where there are too few to be certain (below 299
honest ones), thresholds stay. Here in communities without trust, where what is shipped is at its worst, on programmes
that took no part; decisions are right, and are drawn from all claims:

{taught}

Moderators decide about what was held, so weights would learn of the suspicious only. So the judging job
(`evidence/teaching.py`) takes what was granted 60 days ago and not complained of as honest as well, at a tenth of the
importance. Each decision (`reviewReferral`: GRANT, REJECT, or REVERSE for what was granted and turned out to be made up) is
kept with the strengths of the signals as they were. From 20 decisions on, and then whenever there are a fifth more, half
of all cases (all of a referrer's on one side) are learned from, a quarter sets thresholds, and a quarter measures. Each
result is a version; the latest judges, and `referralJudging` tells it to who runs campaigns: weights, thresholds, since
when, and precision, recall and honest referrals held, with bounds. `reverseReward` by itself teaches nothing, as what was
bought may just have been returned.

It is hard to lead astray, and not proof against it. The prior alone gives way to forty grants of plain farms; so one
decision in twenty is taken to be wrong, and one that says the opposite of overwhelming evidence counts for as much as it
is likely to be right. Of one moderator 300 decisions count at most, of whom a referral concerns none, and the thresholds
stay between 0.35 and 0.8, and 0.9 and 0.995, whatever is decided (`tests/community/referrals/test_teaching.py`).

## How sure a K-factor is

Members brought per member, with bounds at 95%: how often they hold the truth, in percent, and how wide they are. 95 is
to be.

{intervals}
Bootstraps promise more than they hold where few bring most, as a sample that missed the keenest cannot know of them;
the score interval is in closed form, is as good as any, and is used. With an exponent of 1.5 the variance would have no
bound but for the 200 invitations at most, and no interval holds what it says: of a community where one in a thousand
brings most, do not compare K-factors of a few hundred members.

"""

TAIL = """\
## What visits tell, and what not

`visitors.visitor` tells people from previews of links (WeChat, QQ, DingTalk, WhatsApp, Telegram, Slack, iMessage,
Facebook and others), crawlers, driven browsers and scripts, by what they say and do. No preview is a click. Who wants
to pass for a person can.

`visitors.visitor_key` is a keyed hash of network, browser and day: within a day, two visits with one key are likely of
one visitor; of two days nothing can be linked; and from keys alone no address is found. Whoever has the secret can test
a guess. Hashes of networks, devices and instruments, by which referrals are compared for weeks, have a key of their own,
and are thrown away (see above).

## Codes

Codes have 23 signs, `23456789CFHJKMNPQRTVWXY`: of signs that are taken for each other (0 O D Q, 1 I L J, 2 Z, 5 S, 6 G,
8 B, U V) one at most, and none of the vowels A and E. What is misread is put right without a guess. The last sign
checks the others by a weighted sum modulo 23 and tells every wrong sign and every swap. A guess hits one of all codes
once in a million times. Rude words of English and of pinyin are never drawn. People may type small letters, spaces,
dashes and full-width signs as they like.
"""
