"""Rules that look at what is posted before people do: as data, tried on the past, and always open to appeal.

`conditions` are what a rule asks, and `written` reads them from JSON; `evaluating.RuleSet` asks all rules of a
`candidates.Candidate` and returns verdicts that show what they saw; `trying` says what a rule would have caught and how
often people agreed. Nothing here knows a database or acts: who calls it looks up what a candidate needs and does what a
verdict says.
"""
