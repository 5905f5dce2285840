"""Hooks of Schemathesis for npm run test:fuzz."""

import os
import re

import schemathesis

PAGE = os.environ["TRAWL"] + "/errors/not-found"

URL_FIELDS = ("url", "webhook", "webhook_url")

# How the API words rules that JSON Schema cannot express.
INEXPRESSIBLE = re.compile(
    "|".join(
        [
            "Must be unique",
            "No parser with this name",
            "Must be a CSS selector",
            "Must be a regular expression",
            "the number of groups in the pattern",
            "Is required: the field",
            "followed only by regex",
            "Must be last",
            "levels of fields",
            "fields in all",
            "The whole parser must have",
            "Metadata can have at most",
            "This Idempotency-Key was already used",
            "The batch has no",
        ]
    )
)


@schemathesis.deserializer("text/html", "text/markdown")
def text(ctx, response):
    return response.text


@schemathesis.hook
def before_call(ctx, case, kwargs):
    """Keeps all traffic on this machine: URLs become one of Trawl's own pages."""
    case.body = with_local_urls(case.body)


def with_local_urls(value):
    if isinstance(value, dict):
        return {key: PAGE if is_url(key, part) else with_local_urls(part) for key, part in value.items()}
    if isinstance(value, list):
        return [with_local_urls(part) for part in value]
    return value


def is_url(key, value):
    if key not in URL_FIELDS or not isinstance(value, str) or len(value) > 8192:
        return False
    # URL parsers drop control characters.
    return re.sub(r"[\x00-\x20]", "", value).lower().startswith(("http:", "https:"))


@schemathesis.hook
def filter_failure(ctx, failure, case, response):
    """Whether a failure counts. A request that matches its schema may break one of the other rules."""
    if failure.title != "Schema-valid request rejected":
        return True
    problem = response.json()
    faults = [fault["message"] for fault in problem.get("errors", [])] or [problem["detail"]]
    return not all(INEXPRESSIBLE.search(fault) for fault in faults)
