"""What the local host makes of the application, as JSON: one process indexes one time."""

import json
import sys

from local.host.hostjson import read_host_json
from local.host.indexing import index
from local.stack.files import ROOT

settings = json.load(sys.stdin)
prefix = read_host_json(ROOT, {}).route_prefix
functions = index(ROOT, settings, route_prefix=prefix)
sys.stdout.write(json.dumps({function.name: function.bindings for function in functions}))
