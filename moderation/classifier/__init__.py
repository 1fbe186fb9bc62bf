"""How likely a text is abuse, or spam, or whatever else a community has decided about often enough.

`training.trained` makes a `model.Model` of examples: labelled texts, and what moderators decided. A model is one array;
it answers in-process, within a tenth of a millisecond, and `explaining.explained` says which parts of a text weigh how much.
`external.External` asks a classifier of the operator's own, by HTTP.
"""
