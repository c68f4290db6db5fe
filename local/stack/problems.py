"""What stops the stack, in a sentence for the person at the keyboard."""


class StackError(Exception):
    """The stack cannot go on; the message says why and what to do. Shown without a traceback."""
