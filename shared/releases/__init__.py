"""What an artist brings out: the release, its audio and artwork, its readiness and its doors.

What belongs here: releases, the way of a file from a stranger's bytes to a checked blob, links to
it and renditions of it, what is missing, and how all of it goes again. What does not: plans,
performance and pages; they are told of changes and deletions through hooks.
"""
