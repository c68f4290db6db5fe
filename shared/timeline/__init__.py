"""What was done and what was measured, on one line of days: plans and blasts beside numbers.

What belongs here: joining what other rooms know of a release. What does not: any row of its own.
"""
