"""The daily reminder: when an artist is told what is due, and the page in that mail.

Belongs here: the moment of the next reminder, the mail, its page. Does not belong here: what is due
and how an action changes (`shared/plans`).
"""
