"""What the host finds: everything that can happen, as `functions/triggers.json` lists it.

The file follows from what the modules of `functions/` declare (`python3 -m local triggers`). Each
trigger imports its own module when it first fires: a cold start pays for no room that nobody asks.
"""

import azure.functions as func

from shared.edge import host_index

app = func.FunctionApp(http_auth_level=func.AuthLevel.ANONYMOUS)
host_index.register_all(app)
