"""The poison queues: what the host gave up goes to a table before the queue forgets it."""

from shared.edge import poison_queues

poison_queues.declare_all(__name__)
