"""Growing old: what the product keeps for a time only goes when the time is over.

What belongs here: the nightly round over all rooms. What does not: each room's own rule of what is
old, which it keeps beside its rows.
"""
