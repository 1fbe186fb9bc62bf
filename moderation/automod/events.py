"""What happens about rules, as the names of the events that tell of it. subject: the rule; space_id: whose rule it is."""

RULE_SAVED = "RuleSaved"
"""actor_id has written a rule, or another version of one. data: version."""

RULE_STATE_SET = "RuleStateSet"
"""actor_id has switched a rule on, off or into shadow. data: before, after, version."""

TEXT_MODEL_TRAINED = "TextModelTrained"
"""A classifier of texts was trained; its scores count from now on. subject: the model. data: label, number."""

CHANGING_RULES = frozenset({RULE_SAVED, RULE_STATE_SET, TEXT_MODEL_TRAINED})
"""The kinds of events that :meth:`Screening.apply` should hear of as soon as they are there."""
