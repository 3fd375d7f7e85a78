"""Logging in and staying logged in.

A log-in begins a *family* of refresh tokens: each refresh rotates the family's one live token under the row's lock, and
a token that was rotated out and comes back ends the family, for somebody has a copy (RFC 9700 §4.14). Access tokens
live 15 minutes and name their family and the person's token version; both are looked up with the person on every
request, so whatever ends a session ends it at once.
"""
