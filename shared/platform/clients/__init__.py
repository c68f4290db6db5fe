"""Outside services, one module each, and the one way in which they are called (`http.py`)."""
