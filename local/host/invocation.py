"""Running one function once: its context, its thread or loop, its outputs, its time limit."""

import asyncio
import logging
import os
import threading
import time
import uuid
from collections import Counter
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Any

import azure.functions as func
from azure.functions import _abc

from local.host import logs
from local.host.functions import RESPONSE, Function, QueueOutput

log = logging.getLogger("host.invocation")

HERE = Path(__file__).parent
SendOutput = Callable[[QueueOutput, object], Awaitable[None]]


class FunctionTimeoutError(Exception):
    """The function ran longer than host.json's functionTimeout."""


class Invoker:
    """Runs functions as the Python worker does, and knows how many are running.

    Sync functions take a thread of a pool, async ones share one loop that is not the host's: a
    blocking async function visibly hurts the other async functions, as it would in Azure, while
    leases and timers go on.
    """

    def __init__(
        self, *, root: Path, threads: int, timeout: timedelta | None, send_output: SendOutput
    ) -> None:
        self._root = root
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="function")
        self._timeout = timeout.total_seconds() if timeout else None
        self._send_output = send_output
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, name="async-functions", daemon=True).start()
        self._running: Counter[str] = Counter()
        self.started = 0

    @property
    def running(self) -> dict[str, int]:
        """The names of running functions with their numbers."""
        return dict(+self._running)

    async def invoke(self, function: Function, value: object, *, trace_parent: str = "") -> object:
        """Run a function with its trigger's value; return what it returns, raise what it raises."""
        invocation_id = str(uuid.uuid4())
        self.started += 1
        self._running[function.name] += 1
        mark = logs.invocation.set(f"{function.name} {invocation_id[:8]}")
        began = time.monotonic()
        log.info("Executing")
        try:
            result = await self._call_with_outputs(function, value, invocation_id, trace_parent)
        except BaseException as fault:
            milliseconds = (time.monotonic() - began) * 1000
            log.error(  # noqa: TRY400 - the traceback is given, shortened.
                "Failed after %.0f ms", milliseconds, exc_info=_without_host(fault)
            )
            raise
        else:
            log.info("Succeeded after %.0f ms", (time.monotonic() - began) * 1000)
            return result
        finally:
            logs.invocation.reset(mark)
            self._running[function.name] -= 1

    async def _call_with_outputs(
        self, function: Function, value: object, invocation_id: str, trace_parent: str
    ) -> object:
        arguments: dict[str, object] = {function.trigger.argument: value}
        named = [output for output in function.outputs if output.argument != RESPONSE]
        boxes = {output.argument: _Box() for output in named}
        arguments |= boxes
        if function.wants_context:
            arguments["context"] = Context(function.name, self._root, invocation_id, trace_parent)
        result = await self._call(function, arguments)
        returned = [output for output in function.outputs if output.argument == RESPONSE]
        if result is not None and not returned and not function.returns_response:
            raise RuntimeError(f"{function.name} returned a value, but has no $return binding")
        for output in returned:
            await self._send_output(output, result)
        for output in named:
            await self._send_output(output, boxes[output.argument].get())
        return result

    async def _call(self, function: Function, arguments: dict[str, object]) -> object:
        mark = logs.invocation.get()
        if function.is_async:
            coroutine = _marked(function, arguments, mark)
            future = asyncio.wrap_future(asyncio.run_coroutine_threadsafe(coroutine, self._loop))
        else:
            loop = asyncio.get_running_loop()
            future = loop.run_in_executor(self._threads, _call_marked, function, arguments, mark)
        done, _ = await asyncio.wait([future], timeout=self._timeout)
        if not done:
            future.cancel()
            raise FunctionTimeoutError(f"{function.name} ran longer than {self._timeout} s")
        return future.result()


def _without_host(
    fault: BaseException,
) -> tuple[type[BaseException], BaseException, TracebackType | None]:
    """Return what to log of a fault: the frames of the function, not the host's before it."""
    own = frame = fault.__traceback__
    while frame:
        if Path(frame.tb_frame.f_code.co_filename).parent == HERE:
            own = frame.tb_next or own
        frame = frame.tb_next
    return type(fault), fault, own


def _call_marked(function: Function, arguments: dict[str, object], mark: str) -> object:
    logs.invocation.set(mark)
    return function.call(**arguments)


async def _marked(function: Function, arguments: dict[str, object], mark: str) -> object:
    logs.invocation.set(mark)
    return await function.call(**arguments)


class _Box(func.Out[object]):
    """What a function sets as an output; sent when it has returned, never when it failed."""

    def __init__(self) -> None:
        self._value: object = None

    def set(self, val: object) -> None:
        self._value = val

    def get(self) -> object:
        return self._value


class _TraceContext(_abc.TraceContext):
    def __init__(self, parent: str) -> None:
        self._parent = parent or f"00-{uuid.uuid4().hex}-{os.urandom(8).hex()}-01"

    @property
    def trace_state(self) -> str:
        return ""

    @property
    def trace_parent(self) -> str:
        return self._parent

    # The worker offers both spellings; its documentation shows the capitalised one.
    Traceparent = trace_parent
    Tracestate = trace_state

    @property
    def attributes(self) -> dict[str, str]:
        return {}


class _NoRetry(_abc.RetryContext):
    """The first run: what the worker gives where nothing was retried."""

    @property
    def retry_count(self) -> int:
        return 0

    @property
    def max_retry_count(self) -> int:
        return 0

    @property
    def exception(self) -> _abc.RpcException:
        raise AttributeError("nothing was retried")


# The library's annotation says type, its documentation and the worker give an instance.
_thread_local: Any = threading.local()


class Context(_abc.Context):
    """What a function gets as `context`."""

    def __init__(self, function: str, root: Path, invocation_id: str, trace_parent: str) -> None:
        self._function = function
        self._root = root
        self._invocation_id = invocation_id
        self._trace = _TraceContext(trace_parent)

    @property
    def invocation_id(self) -> str:
        return self._invocation_id

    @property
    def thread_local_storage(self) -> type[threading.local]:
        storage: type[threading.local] = _thread_local
        return storage

    @property
    def function_name(self) -> str:
        return self._function

    @property
    def function_directory(self) -> str:
        return str(self._root)

    @property
    def trace_context(self) -> _abc.TraceContext:
        return self._trace

    @property
    def retry_context(self) -> _abc.RetryContext:
        return _NoRetry()
