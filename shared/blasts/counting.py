"""The count of the ledger's letters: what a report says. Pure."""

from collections import Counter
from collections.abc import Iterable

from shared.blasts.ledger import Fate, Letter
from shared.blasts.model import Totals


def counted(rows: Iterable[tuple[str, str]]) -> Totals:
    """Return the counts of these rows' letters and fates.

    A fate counts for who is accepted; it is known for nobody else, since it proves acceptance.
    """
    letters: Counter[str] = Counter()
    fates: Counter[str] = Counter()
    for row_letters, row_fates in rows:
        letters.update(row_letters)
        fates.update(row_fates)
    return Totals(
        accepted=letters[Letter.ACCEPTED],
        unsubscribed=letters[Letter.UNSUBSCRIBED],
        bounced=letters[Letter.BOUNCED],
        complained=letters[Letter.COMPLAINED],
        erased=letters[Letter.ERASED],
        failed=letters[Letter.FAILED] + letters[Letter.FAILED_IN_PASSING],
        uncertain=letters[Letter.UNCERTAIN],
        pending=letters[Letter.PENDING] + letters[Letter.ASKED],
        failed_in_passing=letters[Letter.FAILED_IN_PASSING],
        delivered=fates[Fate.DELIVERED] + fates[Fate.UNSUBSCRIBED] + fates[Fate.COMPLAINED],
        mail_bounced=fates[Fate.BOUNCED] + fates[Fate.FAILED] + fates[Fate.SUPPRESSED],
        mail_complained=fates[Fate.COMPLAINED],
        mail_unsubscribed=fates[Fate.UNSUBSCRIBED],
    )
