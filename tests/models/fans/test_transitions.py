"""Every sequence of up to six acts on one fan, and what must hold after each."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from shared.fans import transitions
from shared.fans.model import (
    CONFIRM_FOR,
    HISTORY_MAX,
    PENDING_FOR,
    Fan,
    FanStatus,
    How,
    Lock,
    Place,
    SignUp,
    SignUpDoor,
    Step,
)

START = datetime(2026, 12, 1, 12, tzinfo=UTC)
HASHED = "4" + "a" * 31
ACTS_AT_MOST = 6


@dataclass(frozen=True, slots=True)
class Asked:
    """A mail that asked to confirm: until when its link works, and what it asked about."""

    nonce: str
    until: datetime
    source: str | None


@dataclass(frozen=True, slots=True)
class World:
    """One fan, the mails that went out, and the sum of what the counters were told."""

    now: datetime
    lock: Lock | None = None
    fan: Fan | None = None
    mails: tuple["Asked", ...] = ()
    counted: tuple[tuple[str, int], ...] = ()
    may_be_subscribed: bool = False  # By a confirmation, an undo or the artist's choice.

    def after(self, step: Step | None, *, lawful: bool = False) -> "World":
        if step is None:
            return self
        counted = dict(self.counted)
        for change in step.changes:
            counted[change.status] = counted.get(change.status, 0) + change.by
        subscribed = step.fan is not None and step.fan.status is FanStatus.SUBSCRIBED
        return replace(
            self,
            lock=step.lock,
            fan=step.fan,
            counted=tuple(sorted((k, v) for k, v in counted.items() if v)),
            may_be_subscribed=subscribed and (self.may_be_subscribed or lawful),
        )


def sign_up(at: datetime) -> SignUp:
    return SignUp(
        email="ada@example.com",
        mail_to=None,
        mailbox="b" * 32,
        place=Place("DE", "Berlin", "Berlin"),
        page_slug="ada",
        source=f"gig of {at:%d %B}",
        release_id=None,
        notice_version="v1",
        at=at,
        door=SignUpDoor.FORM,
    )


def signs_up(world: World) -> World:
    if world.lock is None:
        lock, fan = transitions.first_sign_up(HASHED, sign_up(world.now))
        return world.after(Step(before=lock, lock=lock, was=None, fan=fan))
    if world.lock.status in {FanStatus.UNSUBSCRIBED, FanStatus.ERASED}:
        return replace(world, lock=transitions.renewed(world.lock, sign_up(world.now)))
    return world


def is_mailed(world: World) -> World:
    lock = world.lock
    if lock is None or not lock.awaits_confirmation:
        return world
    if not transitions.may_be_mailed(lock, now=world.now):
        return world
    nonce = f"n{len(world.mails)}"
    claimed = transitions.claimed(lock, nonce=nonce, now=world.now)
    source = lock.again.source if lock.again else world.fan.source if world.fan else None
    asked = Asked(nonce, world.now + CONFIRM_FOR, source)
    return replace(world, lock=claimed, mails=(*world.mails, asked))


def confirms_last_mail(world: World) -> World:
    return _confirms(world, world.mails[-1:])


def confirms_first_mail(world: World) -> World:
    return _confirms(world, world.mails[:1])


def _confirms(world: World, mails: tuple[Asked, ...]) -> World:
    if world.lock is None or not mails or world.now > mails[0].until:
        return world
    step = transitions.confirmed(world.lock, world.fan, nonce=mails[0].nonce, now=world.now)
    # A link is good for the sign-up that its mail asked about, and for no other one's data.
    as_asked = step is not None and step.fan is not None and step.fan.source == mails[0].source
    return world.after(step, lawful=as_asked)


def opts_in_singly(world: World) -> World:
    if world.lock is None or world.fan is None:
        return world
    if not transitions.may_opt_in_singly(world.lock, world.fan):
        return world
    return world.after(
        transitions.opted_in_singly(world.lock, world.fan, now=world.now), lawful=True
    )


def on_lock(
    judge: Callable[[Lock, Fan | None, datetime], Step | None], *, lawful: bool = False
) -> Callable[[World], World]:
    def act(world: World) -> World:
        if world.lock is None:
            return world
        return world.after(judge(world.lock, world.fan, world.now), lawful=lawful)

    return act


def days_pass(days: int) -> Callable[[World], World]:
    return lambda world: replace(world, now=world.now + timedelta(days=days))


ACTS: dict[str, Callable[[World], World]] = {
    "signs up": signs_up,
    "is mailed": is_mailed,
    "confirms the last mail": confirms_last_mail,
    "confirms the first mail": confirms_first_mail,
    "opts in singly": opts_in_singly,
    "leaves": on_lock(lambda lock, fan, now: transitions.left(lock, fan, how=How.LINK, now=now)),
    "undoes": on_lock(
        lambda lock, fan, now: transitions.came_back(lock, fan, now=now), lawful=True
    ),
    "complains": on_lock(
        lambda lock, fan, now: transitions.refused_mail(lock, fan, how=How.COMPLAINT, now=now)
    ),
    "is erased": on_lock(lambda lock, fan, _: transitions.erased(lock, fan)),
    "is swept": on_lock(lambda lock, fan, now: transitions.expired(lock, fan, now=now)),
    "a day passes": days_pass(1),
    "a month passes": days_pass(31),
}


def worlds() -> Iterator[tuple[World, str, World]]:
    """Yield each reachable world, an act, and the world after it."""
    seen = {World(START)}
    edge = set(seen)
    for _ in range(ACTS_AT_MOST):
        fresh: set[World] = set()
        for world in edge:
            for name, act in ACTS.items():
                after = act(world)
                yield world, name, after
                fresh.add(after)
        edge = fresh - seen
        seen |= edge


def test_no_sequence_of_acts_breaks_a_rule_of_the_list() -> None:
    looked_at = 0
    for before, act, after in worlds():
        looked_at += 1
        for rule in (agree, counters_tell_the_truth, consented, erased_is_bare, refusals_stay):
            assert rule(before, after), f"{rule.__name__} after {act!r}: {before} -> {after}"
    assert looked_at > 5_000


def agree(_: World, after: World) -> bool:
    if after.lock is None:
        return after.fan is None
    if after.lock.status is FanStatus.ERASED:
        return after.fan is None and after.lock.data_key is None
    fan = after.fan
    return fan is not None and (fan.status, fan.data_key) == (
        after.lock.status,
        after.lock.data_key,
    )


def counters_tell_the_truth(_: World, after: World) -> bool:
    there = ((after.fan.status.value, 1),) if after.fan else ()
    return tuple((str(name), count) for name, count in after.counted) == there


def consented(_: World, after: World) -> bool:
    subscribed = after.fan is not None and after.fan.status is FanStatus.SUBSCRIBED
    return after.may_be_subscribed or not subscribed


def erased_is_bare(_: World, after: World) -> bool:
    lock = after.lock
    if lock is None or lock.status is not FanStatus.ERASED or lock.again is not None:
        return True
    return lock == Lock(hashed=HASHED, status=FanStatus.ERASED)


def refusals_stay(before: World, after: World) -> bool:
    complained = before.lock is not None and before.lock.status is FanStatus.COMPLAINED
    gone = after.lock is None or after.lock.status in {FanStatus.COMPLAINED, FanStatus.ERASED}
    return gone or not complained


def confirmed_fan() -> World:
    return confirms_last_mail(is_mailed(signs_up(World(START))))


def test_a_confirm_link_is_good_for_one_consent() -> None:
    left = ACTS["leaves"](confirmed_fan())
    assert confirms_last_mail(left).fan == left.fan


def test_who_left_comes_back_only_by_the_mail_of_the_new_sign_up() -> None:
    later = days_pass(2)(ACTS["leaves"](confirmed_fan()))
    again = signs_up(later)
    assert confirms_first_mail(again).fan == later.fan
    back = confirms_last_mail(is_mailed(again)).fan
    assert back is not None
    assert back.status is FanStatus.SUBSCRIBED
    assert back.unsubscribed_at is not None


def test_a_stranger_cannot_change_what_a_waiting_mail_asks_about() -> None:
    asked = is_mailed(signs_up(days_pass(2)(ACTS["leaves"](confirmed_fan()))))
    assert asked.lock is not None
    other = replace(sign_up(asked.now), source="stranger")
    assert transitions.renewed(asked.lock, other) == asked.lock


def test_who_never_confirmed_and_says_no_is_kept_no_longer_than_who_says_nothing() -> None:
    asked = is_mailed(signs_up(World(START)))
    unasked = signs_up(World(START))
    for world in (asked, unasked):
        refused = ACTS["leaves"](ACTS["leaves"](world))
        assert refused.lock is not None
        assert refused.lock.status is FanStatus.UNSUBSCRIBED
        assert refused.lock.expires == (START + PENDING_FOR).date()
        swept = ACTS["is swept"](days_pass(31)(refused))
        assert swept.fan is None
        # The marker sees to it that no choice of the artist's lets a stranger subscribe them.
        back = opts_in_singly(signs_up(swept))
        assert back.lock is not None
        assert back.lock.status is FanStatus.ERASED
    confirmed = ACTS["leaves"](confirmed_fan())
    assert confirmed.lock is not None
    assert confirmed.lock.expires is None


def test_a_later_sign_up_takes_the_place_of_the_waiting_one_and_of_its_link() -> None:
    first = is_mailed(signs_up(days_pass(2)(ACTS["leaves"](confirmed_fan()))))
    for days, source in ((0, "gig of 03 December"), (2, "gig of 05 December")):
        again = signs_up(days_pass(days)(first))
        assert again.lock is not None
        assert again.lock.again is not None
        assert again.lock.again.source == source
        assert (again.lock.nonce is None) is (days == 2)
    assert confirms_last_mail(again).fan == first.fan


def test_the_history_tells_each_sign_up_that_was_confirmed_and_its_words() -> None:
    left = days_pass(20)(ACTS["leaves"](confirmed_fan()))
    assert left.lock is not None
    by_json = replace(sign_up(left.now), door=SignUpDoor.JSON, notice_version="v2")
    waiting = replace(left, lock=transitions.renewed(left.lock, by_json))
    back = confirms_last_mail(is_mailed(waiting))
    assert back.fan is not None
    assert back.lock is not None
    assert back.lock.door is SignUpDoor.JSON
    assert [(entry.how, entry.notice_version) for entry in back.fan.history] == [
        (How.FORM, "v1"),
        (How.CONFIRMED, None),
        (How.LINK, None),
        (How.JSON, "v2"),
        (How.CONFIRMED, None),
    ]
    assert ACTS["undoes"](ACTS["leaves"](back)).may_be_subscribed


def test_an_undo_ends_after_seven_days() -> None:
    left = ACTS["leaves"](confirmed_fan())
    assert ACTS["undoes"](days_pass(7)(left)).may_be_subscribed
    assert not ACTS["undoes"](days_pass(8)(left)).may_be_subscribed


def test_an_undo_does_not_confirm_who_never_confirmed() -> None:
    assert not ACTS["undoes"](ACTS["leaves"](signs_up(World(START)))).may_be_subscribed


def test_a_corrected_place_is_not_guessed_again() -> None:
    fan = confirmed_fan()
    assert fan.lock is not None
    assert fan.fan is not None
    said = {"country": "FR", "region": None, "city": "Lyon"}
    corrected = fan.after(transitions.corrected(fan.lock, fan.fan, said, now=fan.now))
    left = days_pass(2)(ACTS["leaves"](corrected))
    back = confirms_last_mail(is_mailed(signs_up(left)))
    assert back.fan is not None
    assert back.fan.place == Place("FR", None, "Lyon")


def test_corrections_push_no_change_of_the_status_out_of_the_history() -> None:
    world = confirmed_fan()
    lock, fan = world.lock, world.fan
    assert lock is not None
    assert fan is not None
    before = fan.history
    for number in range(2 * HISTORY_MAX):
        corrected = transitions.corrected(lock, fan, {"city": f"City {number}"}, now=world.now)
        assert corrected.fan is not None
        fan = corrected.fan
    assert fan.history[:-1] == before
    assert fan.history[-1].how is How.CORRECTED


def test_history_keeps_its_first_entry_and_the_last_ones() -> None:
    world = confirmed_fan()
    for _ in range(HISTORY_MAX):
        world = ACTS["undoes"](ACTS["leaves"](world))
    assert world.fan is not None
    assert len(world.fan.history) == HISTORY_MAX
    assert world.fan.history[0].how is How.FORM
    assert world.fan.history[-1].how is How.UNDONE
