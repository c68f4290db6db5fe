"""The sentences of the stand-in's plans: plain, about the release at hand, promising nothing."""

import hashlib
from typing import Any

Words = dict[str, str]

_SENTENCES = {
    "summary": "A calm campaign for “{title}” that puts the people who already listen first and "
    "gives each week one clear job.",
    "positioning": "“{title}” is {genre} that {artist} can explain in one sentence: what it is "
    "about, who it is for, and why now.",
    "target_audience": "Listeners of {genre} who look for new names themselves, and everybody who "
    "has already left an address on the fan page.",
    "audience": "Listeners of {genre} who look for new names themselves.",
    "copy": "“{title}” is nearly here. I made it slowly and I would love to hear what you think. "
    "Reply to this, I read everything.",
    "subject": "“{title}”, and a word about it",
    "subject_line": "“{title}”, and a word about it",
    "body": "Hello,\n\n“{title}” is the {kind} I have been working on. Have a listen, and reply "
    "with one word on what it reminds you of.\n\n{artist}",
    "body_markdown": "Hello,\n\n**{title}** is the {kind} I have been working on. Have a listen, "
    "and reply with one word on what it reminds you of.\n\n{artist}",
    "preview_text": "A short note about “{title}”",
    "pitch": "“{title}” is {genre} with a story of its own. Draft, to be put into your own voice.",
    "story": "“{title}” began as a small idea and was finished when it stopped needing words.",
    "goal": "{goal}",
    "headline": "“{title}” by {artist}",
    "title": "Prepare “{title}”",
    "done_test": "Somebody who was not told about it can see that it is done.",
    "metric": "Confirmed fans on the list",
    "name": "Confirmed fans on the list",
    "target": "More than on the day the plan was approved",
    "how_measured": "Count the confirmed fans on the dashboard.",
    "measure": "Count the confirmed fans on the dashboard.",
    "mitigation": "Decide by the weekly look at the plan, and drop the step rather than rush it.",
    "risk": "Too little time before the date for everything that would be nice to have.",
    "assumption": "The date stands and the files are final.",
    "reason": "It serves the goal of this release: {goal}.",
    "rationale": "It serves the goal of this release: {goal}.",
}

_WHY = (
    "“{title}” needs this before anything else can lean on it, and it serves your goal: {goal}.",
    "In {genre} this is where attention turns into somebody who stays: {goal}.",
    "It is small, it is yours to control, and it moves “{title}” towards {goal}.",
)

_HOW: dict[str, tuple[str, ...]] = {
    "e-mail": (
        "Open with one true sentence about “{title}”",
        "Put one link and one question in it, nothing more",
        "Send the test to yourself and read it aloud",
    ),
    "rights": (
        "Write down who did what on “{title}”",
        "Send the same text to everybody and ask for a yes",
        "Keep the answers with the master",
    ),
    "video": (
        "Choose the moment of “{title}” that needs no introduction",
        "Film it in one place, in daylight, in several takes",
        "Cut one clip and leave it for a night before posting",
    ),
    "D2C": (
        "Open the page on a phone that is not yours",
        "Put its address where people already look for you",
        "Ask one person to sign up and tell you where it was unclear",
    ),
}
_HOW_USUALLY = (
    "Set one hour aside and write down what “{title}” needs here",
    "Do the smallest version that could count as done",
    "Note what you learned for the next {kind}",
)

_LISTS: dict[str, tuple[str, ...]] = {
    "risks": (
        "The time before the date is short if a file has to be made again.",
        "It is unknown how many of the people who listen now are reached by mail.",
        "One person does all the work: a lost week moves the plan, not the date.",
    ),
    "assumptions": (
        "The title, the credits and the date of “{title}” are final.",
        "The hours a week that were given are really free.",
    ),
    "kpis": (
        "Fans who confirmed their address",
        "Replies to the first mail about “{title}”",
        "People who come back in the week after the release",
    ),
    "story_angles": (
        "How “{title}” began",
        "What was left out of “{title}”, and why",
        "Whom “{title}” is for",
    ),
}

# What a model is asked to write: never copied from the facts.
PROSE = (set(_SENTENCES) | set(_LISTS) | {"why", "how", "steps"}) - {"title", "name", "goal"}


def sentence(name: str, *, words: Words, action: dict[str, Any] | None) -> str:
    """Return a text for the property of this name."""
    if name in {"why", "reason"} and action:
        return _WHY[_choice(action["key"], len(_WHY))].format(**_with_action(words, action))
    if name in _SENTENCES:
        return _SENTENCES[name].format(**words)
    if name == "key" and action:
        return str(action["key"])
    topic = name.replace("_", " ")
    step = (action or {}).get("title")
    if isinstance(step, str):
        return f"{topic.capitalize()} for “{words['title']}”: {step}"
    return f"{topic.capitalize()} for “{words['title']}”."


def listed(name: str, *, words: Words, action: dict[str, Any] | None) -> list[str]:
    """Return a few texts for a list of this name."""
    if name in {"how", "steps"}:
        steps = _HOW.get(str((action or {}).get("channel")), _HOW_USUALLY)
        return [step.format(**words) for step in steps]
    if name in _LISTS:
        return [text.format(**words) for text in _LISTS[name]]
    return [sentence(name, words=words, action=action)]


def _with_action(words: Words, action: dict[str, Any]) -> Words:
    return words | {"step": str(action.get("title", action["key"]))}


def _choice(key: str, count: int) -> int:
    return hashlib.sha256(key.encode()).digest()[0] % count
