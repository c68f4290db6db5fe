"""Fan blasts: one message from an artist to many fans, once each, and to nobody who left.

What belongs here: drafts, the run of a blast with its ledger, what the provider answers and tells
later, the report, the brakes. What does not: who is a fan and may be mailed (`shared.fans`), single
mails (`shared.mail`). Why the rules are as they are: docs/SENDING.md.
"""
