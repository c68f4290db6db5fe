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
    "copy": "“{title}” is the {kind} I have been working on. [One line in your own words.] Reply "
    "and tell me what it reminds you of, I read everything.",
    "subject": "“{title}”, and a word about it",
    "subject_line": "“{title}”, and a word about it",
    "body": "Hello,\n\n“{title}” is the {kind} I have been working on. Have a listen, and reply "
    "with one word on what it reminds you of.\n\n{artist}",
    "body_markdown": "Hello,\n\n**{title}** is the {kind} I have been working on. Have a listen, "
    "and reply with one word on what it reminds you of.\n\n{artist}",
    "preview_text": "A short note about “{title}”",
    "pitch": "“{title}” is {genre}. It began with [one true sentence on where it comes from], and "
    "it is for [who it is for]. This is a draft, to be put into your own voice.",
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
    "“{title}” needs this before anything else can lean on it. Your goal: {goal}.",
    "In {genre} this is where attention turns into somebody who stays. Your goal: {goal}.",
    "It is small and yours to control, and “{title}” is the better for it. Your goal: {goal}.",
    "Whoever hears “{title}” once should find a way back, and this is one. Your goal: {goal}.",
    "It costs more to do late than now, and nobody else will do it. Your goal: {goal}.",
)

_HOW: dict[str, tuple[str, ...]] = {
    "strategy": (
        "Write down, by hand, whom “{title}” is for and what they should feel",
        "Cross out every word that you would not say aloud",
    ),
    "rights": (
        "Write down who did what on “{title}”",
        "Send everybody the same text and ask for a yes in writing",
    ),
    "assets": (
        "Listen to, or look at, the file on the worst device that you own",
        "Make the last changes in one sitting and give the file its final name",
    ),
    "distribution": (
        "Fill in the form with the release open beside it, field by field",
        "Ask somebody else to read it before you send it",
    ),
    "profiles": (
        "Open your own page as a stranger would and note what is wrong",
        "Correct the wrong things first, the missing ones second",
    ),
    "press": (
        "Choose the few who wrote about {genre} because they like it",
        "Write each of them what they would ask you first",
    ),
    "d2c": (
        "Open the page on a phone that is not yours",
        "Put its address where people already look for you",
    ),
    "email": (
        "Open with one true sentence about “{title}”",
        "Put one link and one question in it, nothing more, and read the test aloud",
    ),
    "streaming": (
        "Collect what the form asks for before you open it",
        "Describe “{title}” as {genre} and in your own words, without praise",
    ),
    "video": (
        "Choose the moment of “{title}” that needs no introduction",
        "Film it in one place, in daylight, in several takes",
    ),
    "collaborators": (
        "Ask everybody how they want to be named",
        "Send text, clip and link in one message that can be passed on as it is",
    ),
    "live": (
        "Ask the people who came last time where they would come again",
        "Settle a day and a place before anything else",
    ),
    "ops": (
        "Go through it on a phone, as somebody who knows nothing",
        "Mend what is broken before you go on",
    ),
    "social": (
        "Write it as you would to one friend",
        "Answer everybody who answers, the same day",
    ),
    "metadata": (
        "Copy names and spellings from the release, not from memory",
        "Search for “{title}” the next day and look at what comes up",
    ),
    "review": (
        "Open the dashboard beside this plan",
        "Write one line on what brought people who stayed, and one on what did not",
    ),
}
_HOW |= {
    "curators": _HOW["press"],
    "blogs": _HOW["press"],
    "radio": _HOW["press"],
    "short_video": _HOW["video"],
    "e-mail": _HOW["email"],
}
_HOW_USUALLY = (
    "Set one hour aside and write down what “{title}” needs here",
    "Do the smallest version that could count as done",
)

_COPY: dict[str, str] = {
    "press": "Hello [name], “{title}” is {genre}, and I thought of you because of [one thing that "
    "they wrote]. [One line on where it comes from.] A private link is below. No hurry, and "
    "thank you for reading.",
    "video": "“{title}”, in one take. Tell me what you hear in it.",
    "social": "“{title}” is here with the help of [those who agreed to be named]. Thank you. Tell "
    "me what you hear in it.",
}
_COPY |= {
    "curators": _COPY["press"],
    "blogs": _COPY["press"],
    "radio": _COPY["press"],
    "short_video": _COPY["video"],
}

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
        return _WHY[_choice(action["key"], len(_WHY))].format(**words)
    if name == "copy" and action:
        return _draft(action).format(**words)
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
        return _steps(action or {}, words=words)
    if name in _LISTS:
        return [text.format(**words) for text in _LISTS[name]]
    return [sentence(name, words=words, action=action)]


def _steps(action: dict[str, Any], *, words: Words) -> list[str]:
    steps = _HOW.get(str(action.get("channel")), _HOW_USUALLY)
    written = [step.format(**words) for step in steps]
    done = action.get("done_when") or action.get("done_test")
    return [*written, f"Done when: {done}"] if isinstance(done, str) else written


def _draft(action: dict[str, Any]) -> str:
    draft = action.get("draft")
    kind = draft.get("kind") if isinstance(draft, dict) else draft
    if kind == "pitch":
        return _SENTENCES["pitch"]
    return _COPY.get(str(action.get("channel")), _SENTENCES["copy"])


def _choice(key: str, count: int) -> int:
    return hashlib.sha256(key.encode()).digest()[0] % count
