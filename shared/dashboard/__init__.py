"""The artist's home in one call. Reads across rooms; owns no rows."""
