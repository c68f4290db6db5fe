"""The queue of single mails: each message is an order for one."""

from shared.edge.consumer import Consumers, Delivery
from shared.mail import orders
from shared.platform.storage.names import Queue

consumers = Consumers()


@consumers.on(Queue.EMAILS)
def emails_consume(delivery: Delivery) -> None:
    """Send the mail that the message orders."""
    orders.fulfil(orders.read(delivery.message), room=delivery.app.mail_room, now=delivery.now)
