"""The shape of a release's line of days."""

from datetime import date
from typing import Literal

from shared.performance.reading import ReleasePerformance
from shared.performance.schemas import DiscoverySourceView, MetricView, discovery_views
from shared.platform.schemas import Answer
from shared.timeline.release import Event


class TimelineEvent(Answer):
    """An action of the plan, a blast, or the release's own day."""

    day: date
    kind: Literal["release", "action", "blast"]
    id: str
    title: str
    state: str


class PerformanceView(Answer):
    """A release's numbers with their sources, and what was done, on one line of days."""

    release_id: str
    first: date
    last: date
    metrics: dict[str, MetricView]
    discovery_sources: list[DiscoverySourceView]
    events: list[TimelineEvent]

    @classmethod
    def of(
        cls, release_id: str, measured: ReleasePerformance, events: tuple[Event, ...]
    ) -> "PerformanceView":
        """Return numbers and events as they are answered."""
        return cls(
            release_id=release_id,
            first=measured.first,
            last=measured.last,
            metrics={series.metric.value: MetricView.of(series) for series in measured.metrics},
            discovery_sources=discovery_views(measured.discovery_sources),
            events=[
                TimelineEvent(
                    day=event.day,
                    kind=event.kind.value,
                    id=event.id,
                    title=event.title,
                    state=event.state,
                )
                for event in events
            ],
        )
