"""Who uses the product: the account, its slug and settings, consents, banners, the audit trail.

What belongs here: everything that is the artist's own, and the way from a Clerk user to it. What
does not: fans, releases and whatever else an account owns.
"""
