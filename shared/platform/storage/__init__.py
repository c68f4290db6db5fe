"""Tables, queues and blobs: the one place that speaks to the storage account.

It promises conditional writes, transactions that tell which operation failed, bounded and jittered
retries that never report a false success, and errors of its own (`faults.py`). It refuses to know
what a row means: rooms bring `Row`s and read them back. Clients are made once, on first use.
"""
