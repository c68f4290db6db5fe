"""The page in the reminder mail."""

from shared.edge import replies
from shared.edge.call import Access, Call
from shared.edge.door import Door
from shared.edge.replies import Reply
from shared.edge.terms import Terms
from shared.reminders.schemas import TaskForm

door = Door("Reminders")


@door.on(
    "GET",
    "t/{token}",
    terms=Terms(access=Access.PUBLIC, html=True),
    answers={200: None},
    media="text/html",
)
def tasks_page(call: Call[None]) -> Reply:
    """Show the actions of a reminder mail, with the buttons done, a day later, and skip.

    The link lives 14 days and names that mail's actions only. Reading changes nothing.
    """
    return replies.page(call.app.task_pages.page(call.route["token"], now=call.now))


@door.on(
    "POST",
    "t/{token}",
    terms=Terms(access=Access.PUBLIC, body=TaskForm, form=True, html=True),
    answers={303: None},
    problems=("conflict", "invalid_state"),
)
def tasks_answer(call: Call[TaskForm]) -> Reply:
    """Do what a button of the page says, and show the page again."""
    call.app.task_pages.answer(call.route["token"], call.body, now=call.now)
    return replies.see_other(f"/t/{call.route['token']}")
