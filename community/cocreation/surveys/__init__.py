"""Surveys: questions with logic, answered by name or so that nobody can say whose answers they are."""
