"""The list of an artist's fans: rows and fences, who may be subscribed, counters, export, deletion.

What belongs here: the table Fans and what follows from it (FanStats, MailboxIndex, Mailboxes,
Suppressions). What does not: the page on which a fan signs up (`shared.capture`), and what is sent
to fans (`shared.blasts`). Why the rows are as they are: docs/SENDING.md.
"""
