"""The OpenAPI 3.1 description, made from routes, docstrings and request models. Imports Flask and bodies."""

import re
from typing import Any

from flask import Flask
from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema
from werkzeug.routing import IntegerConverter, Rule

from corpusmill import __version__
from pipelines.tasks.registry import all_tasks
from webui.intake.requests.bodies import (
    ConclusionBody,
    CorpusBody,
    JobBody,
    JsonJobBody,
    ModelBody,
    PreferenceBody,
    ReviewBody,
    ScheduleBody,
)

PREFIX = "/api/v1"
SCHEMA = "#/components/schemas/{model}"
BODIES: dict[str, type[BaseModel]] = {
    "create_job": JsonJobBody,
    "add_corpus": CorpusBody,
    "add_model": ModelBody,
    "conclude_license": ConclusionBody,
    "add_review": ReviewBody,
    "prefer_model": PreferenceBody,
    "add_schedule": ScheduleBody,
}
SUCCESS = {
    "create_job": "202",
    "retry_job": "202",
    "run_schedule": "202",
    "add_corpus": "201",
    "add_model": "201",
    "add_review": "201",
    "add_schedule": "201",
}
MEDIA = {
    "get_results": ("application/jsonl", "text/csv", "application/zip"),
    "get_errors": ("application/jsonl",),
    "get_notice": ("text/plain",),
    "get_bom": ("application/vnd.cyclonedx+json", "application/ld+json"),
}
COUNT = {"type": "integer", "minimum": 0}
SEGMENTS = {"segments_done": COUNT, "segments_total": COUNT}
PROGRESS: dict[str, Any] = {
    "type": "object",
    "description": "The segments of long documents that run now, and how many documents have ended.",
    "required": ["documents_done", *SEGMENTS],
    "properties": {"documents_done": COUNT, **SEGMENTS},
}
DOCUMENT_PROGRESS: dict[str, Any] = {
    "type": ["object", "null"],
    "description": "The segments of this document; null unless it is long and runs now.",
    "required": list(SEGMENTS),
    "properties": SEGMENTS,
}
PARTS = {"Progress": PROGRESS, "DocumentProgress": DOCUMENT_PROGRESS}
ANSWERS = {"get_job": "Progress", "get_document": "DocumentProgress"}
"""What is described of an answer: its progress."""

FLAGGED = {"type": "boolean", "description": "Only what has flags, or only what has none."}
AFTER = {"type": "integer", "minimum": 0, "description": "Only lines of a greater position: to go on with a download."}
QUERY: dict[str, dict[str, dict[str, Any]]] = {
    "list_jobs": {
        "limit": {"type": "integer", "minimum": 1, "maximum": 200},
        "cursor": {"type": "string"},
        "flagged": FLAGGED,
    },
    "list_models": {
        "limit": {"type": "integer", "minimum": 1, "maximum": 1000},
        "cursor": {"type": "string"},
    },
    "list_documents": {
        "limit": {"type": "integer", "minimum": 1, "maximum": 1000},
        "cursor": {"type": "integer", "minimum": 1},
        "status": {"type": "string"},
        "flagged": FLAGGED,
    },
    "get_results": {
        "format": {"type": "string", "enum": ["jsonl", "csv", "zip"]},
        "flagged": FLAGGED,
        "after": AFTER,
        "bom": {"type": "boolean", "description": "Begin the csv with a byte order mark, as Excel wants it."},
    },
    "get_errors": {"after": AFTER},
    "get_bom": {"format": {"type": "string", "enum": ["cyclonedx", "spdx"]}},
}
REFUSALS = {
    "400": "The body is no JSON.",
    "403": "The request comes from another site, or names a directory it may not.",
    "404": "No such thing.",
    "409": "The licence does not permit the purpose, or the request contradicts what stands.",
    "413": "The request or one of its documents is too large.",
    "415": "The body is of an unsupported type.",
    "421": "The Host header names another server.",
    "422": "The request is well formed but cannot be carried out; `errors` says where.",
    "429": "Too much is unfinished already; Retry-After says when there may be room.",
    "503": "The database does not answer.",
    "504": "What was asked takes too long.",
    "507": "Too little of the server's disk is free.",
}
PROBLEM: dict[str, Any] = {
    "type": "object",
    "required": ["type", "title", "status", "detail", "code"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["pointer", "code", "detail"],
                "properties": {name: {"type": "string"} for name in ("pointer", "code", "detail")},
            },
        },
    },
}


def describe(app: Flask) -> dict[str, Any]:
    """The description of every route under /api/v1."""
    schemas = _schemas()
    paths: dict[str, dict[str, Any]] = {}
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith(PREFIX):
            path = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule)
            paths.setdefault(path, {}).update(_operations(app, rule))
    return {
        "openapi": "3.1.0",
        "info": {"title": "Corpusmill", "version": __version__, "license": {"name": "Apache-2.0"}},
        "paths": dict(sorted(paths.items())),
        "components": {"schemas": {**schemas, "Problem": PROBLEM, **PARTS}},
    }


def _schemas() -> dict[str, Any]:
    """Of every body, and of the parameters of every task, which are what bodies with parameters take."""
    bodies: list[type[BaseModel]] = [*BODIES.values(), JobBody]
    asked = [task.parameters for task in all_tasks()]
    wanted: list[tuple[type[BaseModel], JsonSchemaMode]] = [(body, "validation") for body in (*bodies, *asked)]
    _, schemas = models_json_schema(wanted, ref_template=SCHEMA)
    found: dict[str, Any] = schemas["$defs"]
    for body in bodies:
        if "parameters" in body.model_fields:
            choices = [{"$ref": SCHEMA.format(model=one.__name__)} for one in asked]
            found[body.__name__]["properties"]["parameters"] = {"anyOf": choices, "description": "Those of the task."}
    return found


def _operations(app: Flask, rule: Rule) -> dict[str, Any]:
    methods = (rule.methods or set()) - {"HEAD", "OPTIONS"}
    return {method.lower(): _operation(app, rule) for method in sorted(methods)}


def _operation(app: Flask, rule: Rule) -> dict[str, Any]:
    function = app.view_functions[rule.endpoint]
    name = function.__name__
    operation: dict[str, Any] = {
        "operationId": name,
        "summary": (function.__doc__ or "").strip().splitlines()[0],
        "parameters": _parameters(rule, name),
        "responses": _responses(name),
    }
    if name in BODIES:
        operation["requestBody"] = {"required": True, "content": _content(name)}
    return operation


def _content(name: str) -> dict[str, Any]:
    content: dict[str, Any] = {
        "application/json": {"schema": {"$ref": f"#/components/schemas/{BODIES[name].__name__}"}}
    }
    if name == "create_job":
        files = {"type": "array", "items": {"type": "string", "contentMediaType": "application/octet-stream"}}
        form = {
            "type": "object",
            "required": ["job", "files"],
            "properties": {"job": {"$ref": "#/components/schemas/JobBody"}, "files": files},
        }
        content["multipart/form-data"] = {"schema": form}
    return content


def _parameters(rule: Rule, name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for argument, converter in rule._converters.items():  # noqa: SLF001 - werkzeug shows converters nowhere else
        kind = "integer" if isinstance(converter, IntegerConverter) else "string"
        found.append({"name": argument, "in": "path", "required": True, "schema": {"type": kind}})
    found += [{"name": query, "in": "query", "schema": schema} for query, schema in QUERY.get(name, {}).items()]
    if name == "create_job":
        found.append({"name": "Idempotency-Key", "in": "header", "schema": {"type": "string", "maxLength": 255}})
    return found


def _responses(name: str) -> dict[str, Any]:
    types = MEDIA.get(name, ("application/json",))
    problem = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    done = {"description": "Done.", "content": {kind: _answer(name) for kind in types}}
    refusals = {status: {"description": text, "content": problem} for status, text in REFUSALS.items()}
    not_modified = {"304": {"description": "Unchanged since the ETag."}} if name == "get_job" else {}
    return {SUCCESS.get(name, "200"): done} | not_modified | refusals


def _answer(name: str) -> dict[str, Any]:
    """The part of an answer that is described; the rest of it is free."""
    if name not in ANSWERS:
        return {}
    part = {"$ref": f"#/components/schemas/{ANSWERS[name]}"}
    return {"schema": {"type": "object", "required": ["progress"], "properties": {"progress": part}}}
