"""People's rights: access, correction, objection, export, erasure; the policy and its notices.

What belongs here: everything that is done across rooms for a person whose data is held, with its
clock and its proof. What does not: each room's own rows, which it reads and erases itself.
"""
