"""Rules at work: kept in the database, asked before anything is written, and done as they say.

`moderation.rules` is the pure engine; here it meets the community. `screening` asks it, `enforcing` does what it says,
`managing` is how moderators change it, and `trial` tries a rule on the past.
"""
