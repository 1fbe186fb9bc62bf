"""Notices: people who are no members say that something is wrong, as Article 16 of the Digital Services Act lets anybody."""
