"""Runs in the worker's own environment: indexes the application and calls one function.

The library is driven as the worker in Azure's image drives it, without the wire between host and
worker: its private modules are pinned by version in `official.py`.
"""

import asyncio
import json
import os
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

# The library is installed in the worker's environment alone.
from azure_functions_runtime import (  # type: ignore[import-not-found]  # As above.
    handle_event,
    start_threadpool_executor,
)
from azure_functions_runtime.bindings.datumdef import Datum  # type: ignore[import-not-found]  # As above.
from azure_functions_runtime.native_invocation import (  # type: ignore[import-not-found]  # As above.
    invocation_request_native,
)


class BindingInfo(SimpleNamespace):
    """The message of the wire that indexing fills in, with its enumeration."""

    undefined: ClassVar[int] = 0
    out: ClassVar[int] = 1
    inout: ClassVar[int] = 2


def indexed(root: Path) -> list[Any]:
    """Index `function_app.py` with the worker's own checks of parameters and annotations."""
    sys.path.insert(0, str(root))
    handle_event.protos = SimpleNamespace(
        BindingInfo=BindingInfo,
        RpcFunctionMetadata=SimpleNamespace,
        RpcRetryOptions=SimpleNamespace,
    )
    handle_event.load_binding_registry()
    start_threadpool_executor()
    return list(handle_event.index_functions(str(root / "function_app.py"), str(root)))


def answer_to_get(function: Any, path: str) -> dict[str, Any]:
    """Call an HTTP function as the worker would, and return its answer."""
    bindings = [json.loads(text) for text in function.raw_bindings]
    argument = next(binding["name"] for binding in bindings if binding["type"] == "httpTrigger")
    request = {
        "method": Datum("GET", "string"),
        "url": Datum(f"http://127.0.0.1{path}", "string"),
        "headers": {},
        "query": {},
        "params": {},
        "body": Datum(b"", "bytes"),
    }
    call = invocation_request_native(
        "invocation-1", function.function_id, [(argument, Datum(request, "http"))], {}
    )
    ok, answer, _, fault, _ = asyncio.run(call)
    if not ok:
        raise RuntimeError(fault)
    return {
        "status": int(answer.value["status_code"].value),
        "body": answer.value["body"].value.decode(),
    }


def main() -> None:
    given = json.load(sys.stdin)
    # Indexing comes before the settings: a cold start may depend on none of them.
    functions = indexed(Path(given["root"]))
    os.environ.update(given["settings"])
    health = next(function for function in functions if function.name == "health_read")
    found = {
        "bindings": {
            function.name: [json.loads(text) for text in function.raw_bindings]
            for function in functions
        },
        "health": answer_to_get(health, "/api/health"),
    }
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main()
