"""The OpenAPI 3.1 document, made from the declared routes and the contracts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from api.problems import MEDIA_TYPE
from api.routes.desk import Desk
from api.routes.operation import JSON, Nothing, Operation, json_answer
from schemas.base import Contract

PATH = "/openapi.json"
_REF = "#/components/schemas/{name}"
_NAME = re.compile(r"\{(\w+)\}")


class Problem(Contract, frozen=True, kw_only=True):
    """What went wrong (RFC 9457). `reason` is a stable code; `field` and `line` say where."""

    type: str
    title: str
    status: int
    detail: str
    reason: str | None = None
    field: str | None = None
    line: int | None = None
    position: int | None = None
    length: int | None = None
    pointer: str | None = None


def with_openapi(operations: Sequence[Operation]) -> tuple[Operation, ...]:
    """Add the route that gives the document, which names itself too."""

    async def give(desk: Desk, request: Request) -> Response:
        return json_answer(document)

    own = Operation(
        method="GET",
        path=PATH,
        about="Describe this interface as OpenAPI 3.1.",
        handle=give,
        query=Nothing,
        gives=JSON,
    )
    every = (*operations, own)
    document = render(every)
    return every


def render(operations: Sequence[Operation]) -> dict[str, Any]:
    """Describe operations as an OpenAPI 3.1 document."""
    named = list(dict.fromkeys(_contracts(operations)))
    schemas, components = msgspec.json.schema_components([*named, Problem], ref_template=_REF)
    refs = dict(zip(named, schemas, strict=False))
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        paths.setdefault(operation.template, {})[operation.method.lower()] = _described(
            operation, refs
        )
    return {
        "openapi": "3.1.0",
        "info": {"title": "Threadline", "version": "1"},
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{"token": []}],
    }


def _contracts(operations: Sequence[Operation]) -> list[Any]:
    found = []
    for operation in operations:
        found += [sent for _, sent in operation.sends if sent is not None]
        if not isinstance(operation.gives, str):
            found.append(operation.gives)
    return found


def _described(operation: Operation, refs: dict[Any, Any]) -> dict[str, Any]:
    described: dict[str, Any] = {
        "summary": operation.about,
        "parameters": [*_in_path(operation.template), *_in_query(operation.query)],
        "responses": _responses(operation, refs),
    }
    if operation.sends:
        described["requestBody"] = {
            "required": True,
            "content": {kind: _content(sent, refs) for kind, sent in operation.sends},
        }
    if operation.is_open:
        described["security"] = []
    return described


def _responses(operation: Operation, refs: dict[Any, Any]) -> dict[str, Any]:
    is_text = isinstance(operation.gives, str)
    kind = operation.gives if is_text else JSON
    content = {kind: {} if is_text else _content(operation.gives, refs)}
    answers: dict[str, Any] = {
        str(operation.status): {
            "description": HTTPStatus(operation.status).phrase,
            "content": content,
        }
    }
    refused = () if operation.is_open else (401, 403)
    for status in sorted({*operation.problems, *refused}):
        answers[str(status)] = {
            "description": HTTPStatus(status).phrase,
            "content": {MEDIA_TYPE: {"schema": {"$ref": _REF.format(name="Problem")}}},
        }
    return answers


def _content(of: Any, refs: dict[Any, Any]) -> dict[str, Any]:
    return {} if of is None else {"schema": refs[of]}


def _in_path(path: str) -> list[dict[str, Any]]:
    return [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in _NAME.findall(path)
    ]


def _in_query(query: type[Contract]) -> list[dict[str, Any]]:
    _, components = msgspec.json.schema_components([query], ref_template=_REF)
    schema = components[query.__name__]
    needed = set(schema["required"])
    parameters = []
    for name, own in schema["properties"].items():
        about = own.pop("description", "")
        resolved = _inlined(own, components)
        parameters.append(
            {
                "name": name,
                "in": "query",
                "required": name in needed,
                "description": about,
                "schema": resolved,
            }
        )
    return parameters


def _inlined(schema: Any, components: dict[str, Any]) -> Any:
    """Replace references to the few enumerations that parameters use by what they name."""
    if isinstance(schema, list):
        return [_inlined(one, components) for one in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return components[schema["$ref"].rpartition("/")[2]]
    return {name: _inlined(value, components) for name, value in schema.items()}
