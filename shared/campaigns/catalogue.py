"""The catalogue: every action a campaign may hold, and the lead times it must keep.

Read once from the TOML files beside this module. Each entry names its source and the day it was
checked, so that a lead time which has changed is corrected in one line.
"""

import tomllib
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache
from importlib import resources
from types import MappingProxyType
from typing import Any

PITCH_MAX_CHARS = 500  # Spotify for Artists takes no more (playbook 4.2, spotify_pitch).
FILES = ("groundwork", "build_up", "release_week", "after", "situations")


class Channel(StrEnum):
    """Where an action happens; an artist may rule out any of them."""

    STRATEGY = "strategy"
    RIGHTS = "rights"
    ASSETS = "assets"
    DISTRIBUTION = "distribution"
    PROFILES = "profiles"
    PRESS = "press"
    D2C = "d2c"
    EMAIL = "email"
    STREAMING = "streaming"
    CURATORS = "curators"
    BLOGS = "blogs"
    RADIO = "radio"
    VIDEO = "video"
    SHORT_VIDEO = "short_video"
    COLLABORATORS = "collaborators"
    LIVE = "live"
    OPS = "ops"
    SOCIAL = "social"
    METADATA = "metadata"
    REVIEW = "review"
    RELEASE = "release"
    ADS = "ads"


FACE_ON_CAMERA = "face_on_camera"
PAID_ADS = "paid_ads"
# What `no_go_channels` may hold: the channels, and two ways of working.
NO_GO_CHOICES = frozenset({*(channel.value for channel in Channel), FACE_ON_CAMERA, PAID_ADS})


class Phase(StrEnum):
    """The part of a campaign an action belongs to."""

    GROUNDWORK = "groundwork"
    BUILD_UP = "build_up"
    RELEASE_WEEK = "release_week"
    AFTER = "after"


class Anchor(StrEnum):
    """What the days of a window are counted from."""

    RELEASE = "release"
    TODAY = "today"


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """A lead time or threshold that somebody else has set, with where it was read."""

    name: str
    rule: str
    source: str
    checked_on: date
    days: int = 0
    threshold: int = 0
    confidence: str = "fair"


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One thing an artist can do.

    `window` and `target` are days relative to the anchor, `minutes` the effort of the whole,
    `cost` the range in minor units of the artist's currency, `rank` the order in which hours
    are given (lower first), `lead` the place at the head of the list (0: none).
    """

    key: str
    title: str
    channel: Channel
    phase: Phase
    window: tuple[int, int]
    target: int
    minutes: int
    why: str
    done_test: str
    how: tuple[str, ...]
    variants: MappingProxyType[str, tuple[str, ...]]
    source: str
    checked_on: date
    must: bool
    rank: int
    lead: int
    anchor: Anchor
    cost: tuple[int, int]
    needs: tuple[str, ...]
    after: MappingProxyType[str, int]
    gate: str | None
    copy: str | None
    copy_kind: str | None
    situational: bool
    door: bool
    fan_mail: bool
    before_release: bool
    from_11th: bool

    @property
    def lead_days(self) -> int:
        """Days before the release by which this must be done; 0 when it may be done after."""
        return max(0, -self.window[1]) if self.anchor is Anchor.RELEASE else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """All actions by key, in the order of the files, and all gates by name."""

    actions: MappingProxyType[str, Action]
    gates: MappingProxyType[str, Gate]

    @property
    def core(self) -> tuple[str, ...]:
        """The keys of playbook 4.2 and `ads_test`: each stands in every plan, somewhere."""
        return tuple(key for key, action in self.actions.items() if not action.situational)

    @property
    def doors(self) -> tuple[str, ...]:
        """The keys whose lead time somebody else has set: what the date dial shows."""
        return tuple(key for key, action in self.actions.items() if action.door)


@lru_cache(maxsize=1)
def catalogue() -> Catalogue:
    """Return the catalogue, read from the TOML files on the first call only."""
    actions = {action.key: action for name in FILES for action in _actions_of(name)}
    return Catalogue(actions=MappingProxyType(actions), gates=MappingProxyType(_gates()))


def gate(name: str) -> Gate:
    """Return one lead time or threshold by its name."""
    return catalogue().gates[name]


def _read(name: str) -> dict[str, Any]:
    text = resources.files("shared.campaigns").joinpath("playbook", f"{name}.toml")
    return tomllib.loads(text.read_text(encoding="utf-8"))


def _gates() -> dict[str, Gate]:
    raw = _read("gates")
    return {row["name"]: Gate(checked_on=raw["checked_on"], **row) for row in raw["gate"]}


def _actions_of(name: str) -> list[Action]:
    raw = _read(name)
    default = {"phase": raw["phase"], "checked_on": raw["checked_on"]}
    return [_action({**default, **row}, from_file=name) for row in raw["action"]]


def _action(row: dict[str, Any], *, from_file: str) -> Action:
    return Action(
        key=row["key"],
        title=row["title"],
        channel=Channel(row["channel"]),
        phase=Phase(row["phase"]),
        window=(row["window"][0], row["window"][1]),
        target=row["target"],
        minutes=row["minutes"],
        why=row["why"],
        done_test=row["done_test"],
        how=tuple(row["how"]),
        variants=MappingProxyType(
            {k.removeprefix("how_"): tuple(v) for k, v in row.items() if k.startswith("how_")}
        ),
        source=row["source"],
        checked_on=row["checked_on"],
        must=row.get("must", False),
        rank=row["rank"],
        lead=row.get("lead", 0),
        anchor=Anchor(row.get("anchor", "release")),
        cost=(row.get("cost", [0, 0])[0], row.get("cost", [0, 0])[1]),
        needs=tuple(row.get("needs", [])),
        after=MappingProxyType(dict(row.get("after", {}))),
        gate=row.get("gate"),
        copy=row.get("copy"),
        copy_kind=row.get("copy_kind"),
        situational=row.get("situational", from_file == "situations"),
        door=row.get("door", False),
        fan_mail=row.get("fan_mail", False),
        before_release=row.get("before_release", False),
        from_11th=row.get("from_11th", False),
    )
