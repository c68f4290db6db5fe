"""The two envelopes in which a model's text comes back."""

import uuid
from typing import Any, Literal

Form = Literal["chat", "responses"]
Ended = Literal["stop", "length", "content_filter"]

_CREATED = 1_795_000_000


def answer_body(
    form: Form,
    model: str,
    *,
    text: str | None = None,
    refusal: str | None = None,
    ended: Ended = "stop",
) -> dict[str, Any]:
    """Return the body of a 200, by the form that was asked."""
    tokens = max(1, len(text or refusal or "") // 4)
    if form == "chat":
        return _chat(model, text=text, refusal=refusal, ended=ended, tokens=tokens)
    return _responses(model, text=text, refusal=refusal, ended=ended, tokens=tokens)


def _chat(
    model: str, *, text: str | None, refusal: str | None, ended: Ended, tokens: int
) -> dict[str, Any]:
    return {
        "id": f"chatcmpl-{uuid.uuid4().hex}",
        "object": "chat.completion",
        "created": _CREATED,
        "model": model,
        "choices": [
            {
                "index": 0,
                "finish_reason": ended,
                "message": {"role": "assistant", "content": text, "refusal": refusal},
                "logprobs": None,
            }
        ],
        "usage": {
            "prompt_tokens": 900,
            "completion_tokens": tokens,
            "total_tokens": 900 + tokens,
            "completion_tokens_details": {"reasoning_tokens": 0},
            "prompt_tokens_details": {"cached_tokens": 0},
        },
    }


def _responses(
    model: str, *, text: str | None, refusal: str | None, ended: Ended, tokens: int
) -> dict[str, Any]:
    reason = {"length": "max_output_tokens", "content_filter": "content_filter"}.get(ended)
    status = "incomplete" if reason else "completed"
    content = (
        {"type": "refusal", "refusal": refusal}
        if refusal
        else {"type": "output_text", "text": text or "", "annotations": []}
    )
    # A reasoning item comes first, as real models send it: nobody may read index 0 unseen.
    return {
        "id": f"resp_{uuid.uuid4().hex}",
        "object": "response",
        "created_at": _CREATED,
        "status": status,
        "model": model,
        "error": None,
        "incomplete_details": {"reason": reason} if reason else None,
        "output": [
            {"id": f"rs_{uuid.uuid4().hex}", "type": "reasoning", "summary": []},
            {
                "id": f"msg_{uuid.uuid4().hex}",
                "type": "message",
                "status": status,
                "role": "assistant",
                "content": [content],
            },
        ],
        "parallel_tool_calls": False,
        "tool_choice": "auto",
        "tools": [],
        "usage": {
            "input_tokens": 900,
            "input_tokens_details": {"cached_tokens": 0},
            "output_tokens": tokens,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": 900 + tokens,
        },
    }
