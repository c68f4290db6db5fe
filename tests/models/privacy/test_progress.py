"""How far a long piece of work has come is told rarely, rises, and never says done too early."""

from hypothesis import given
from hypothesis import strategies as st

from shared.privacy.progress import STEP_PERCENT, Progress


@given(parts=st.integers(0, 3_000), done=st.integers(0, 4_000))
def test_progress_rises_in_few_steps_and_stays_below_a_hundred(parts: int, done: int) -> None:
    told: list[int] = []
    progress = Progress(parts=parts, tell=told.append)
    assert list(progress.through([b"x"] * done)) == [b"x"] * done
    assert told == sorted(set(told))
    assert len(told) <= 100 // STEP_PERCENT
    assert all(0 < percent < 100 for percent in told)
    assert not told or told[-1] <= done * 100 // max(1, parts)


def test_half_of_the_work_is_fifty_percent() -> None:
    told: list[int] = []
    progress = Progress(parts=10, tell=told.append)
    for _ in range(5):
        progress.part_done()
    assert told == [10, 20, 30, 40, 50]
