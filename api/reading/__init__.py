"""Reads: a GraphQL document becomes one SQL statement whose one value is the response.

`fields` declares beside each field of the schema how it is read; `plan` turns a document into a tree of selections;
`compile` turns the tree into a statement; `execute` keeps the statements and runs them.
"""
