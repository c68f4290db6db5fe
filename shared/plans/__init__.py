"""Marketing plans: asked for, written by a model inside the catalogue's frame, approved, followed.

Belongs here: a plan and its actions, the prompt and what it withholds, the check of what came back,
approval, changes of single actions, what is due, the calendar feed, and a release's go-live.
Does not belong here: which action fits which day (`shared/campaigns`), daily reminders
(`shared/reminders`).
"""
