"""What streaming services say about an artist: connections, day by day numbers, and their sources.

What belongs here: Spotify's consent and tokens, imports, syncs, the numbers with their provenance.
What does not: plans and blasts on the same time line (`shared.timeline`).
"""
