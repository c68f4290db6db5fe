"""Where a trigger meets a use case: who asks, in what shape, and how answers and errors look."""
