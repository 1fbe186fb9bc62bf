"""Which referrals are made up: signals, the score they add up to, and how moderators' decisions teach it.

`claims.Claims` is what is known, as arrays; `signals.SIGNALS` is what is looked for, as a table; `score.judged` gives
each claim a probability, a band and its evidence; `learning.learned` fits the weights to decisions. All of it is
arithmetic on arrays.
"""
