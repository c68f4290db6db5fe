"""Instants are written so that they are read again, whatever the year."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from shared.blasts.schemas import BlastRequest, SendRequest
from shared.fans.queries import FanFilter
from shared.plans.schemas import ActionChange
from shared.platform.clock import instant, parse_instant

YEARS = st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 - bounds are naive
HOSTILE = ["0001-01-01", "0900-01-01", "1969-12-31", "9999-12-31", "9999-12-31T23:59:59-01:00"]


@given(YEARS)
def test_an_instant_is_read_as_it_was_written(moment: datetime) -> None:
    assert parse_instant(instant(moment)) == moment.replace(microsecond=0)


@pytest.mark.parametrize("text", [*HOSTILE, "0001-01-01T00:00:00+01:00", "soon", ""])
def test_days_that_nobody_means_are_refused_where_they_are_sent(text: str) -> None:
    for field in ("since", "until"):
        with pytest.raises(ValidationError):
            FanFilter.model_validate({field: text})
        with pytest.raises(ValidationError):
            BlastRequest.model_validate(
                {"subject": "s", "body_markdown": "b", "segment": {field: text}}
            )
    with pytest.raises(ValidationError):
        SendRequest.model_validate({"expected_recipients": 1, "send_at": text})
    with pytest.raises(ValidationError):
        ActionChange.model_validate_json(f'{{"due_date": "{text}"}}')
