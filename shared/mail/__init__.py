"""Mails: their templates, their envelope and headers, and the way to the provider.

What belongs here: how a mail looks, from whom it comes, the order to send one (queue `emails`).
What does not: whom to mail and why; each room composes its own.
"""
