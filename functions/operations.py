"""What operators see: what is stuck, what is held, and whether everything is well."""

from shared.edge import bodies, replies
from shared.edge.call import Access, Call
from shared.edge.door import Door
from shared.edge.replies import Reply
from shared.edge.terms import Terms
from shared.platform import checkup, poison_desk
from shared.platform.checkup import HealthView
from shared.platform.poison_desk import PoisonDiscard, PoisonPage, PoisonView
from shared.privacy import datamap, operating, register
from shared.privacy.register import DataMapQuery, DataMapView

door = Door("Operations")

_OPERATOR = Terms(access=Access.OPERATOR)


@door.on("GET", "api/ops/health", terms=_OPERATOR, answers={200: HealthView})
def ops_health_read(call: Call[None]) -> Reply:
    """Look at everything that the product depends on. Never hangs: five seconds at most.

    Storage, the queues' ages and poison queues, Key Vault, the sending domains (verified, and with
    no tracking of opens or clicks), the age of the places' database, and how many confirmations
    wait.
    """
    return replies.ok(checkup.health(call.app.dependencies.checks))


@door.on("GET", "api/ops/poison", terms=_OPERATOR, answers={200: PoisonPage})
def ops_poison_list(call: Call[None]) -> Reply:
    """List the messages that were given up, with their causes, the latest first."""
    return replies.items(poison_desk.listed(call.app.poison_messages))


@door.on(
    "POST",
    "api/ops/poison/{id}/replay",
    terms=_OPERATOR,
    answers={200: PoisonView},
    problems=("not_replayable",),
)
def ops_poison_replay(call: Call[None]) -> Reply:
    """Put a message back on its queue."""
    message = operating.replay(
        call.route["id"],
        messages=call.app.poison_messages,
        queues=call.app.queues,
        audit=call.app.audit,
        now=call.now,
        ids=call.ids,
    )
    return replies.ok(PoisonView.of(message))


@door.on(
    "POST",
    "api/ops/poison/{id}/discard",
    terms=Terms(access=Access.OPERATOR, body=PoisonDiscard),
    answers={200: PoisonView},
)
def ops_poison_discard(call: Call[PoisonDiscard]) -> Reply:
    """Drop a message, with a reason, which is kept as words without signs."""
    message = operating.discard(
        call.route["id"],
        reason=call.body.reason,
        messages=call.app.poison_messages,
        audit=call.app.audit,
        now=call.now,
        ids=call.ids,
    )
    return replies.ok(PoisonView.of(message))


@door.on(
    "GET",
    "api/ops/data-map",
    terms=Terms(access=Access.OPERATOR, query=DataMapQuery),
    answers={200: DataMapView},
    media=("application/json", "text/csv"),
)
def ops_data_map_read(call: Call[None]) -> Reply:
    """Read the record of processing activities; `?format=csv` downloads it as CSV."""
    contact = call.app.settings.privacy_contact
    asked = bodies.from_strings(call.query, DataMapQuery)
    return _as_csv(contact) if asked.format == "csv" else _as_json(contact)


def _as_json(contact: str) -> Reply:
    return replies.ok(register.record(datamap.read(), contact=contact))


def _as_csv(contact: str) -> Reply:
    content = register.as_csv(datamap.read(), contact=contact)
    return replies.file(content, content_type="text/csv", filename="data-map.csv")
