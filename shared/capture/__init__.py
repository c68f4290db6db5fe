"""The public side of a fan list: the artist's page, the sign-up, and the fan's own pages.

What belongs here: what a visitor sees and sends, the guards of both doors, the confirmation mail,
and what a fan can do by a link. What does not: rows and states of fans (`shared.fans`).
"""
