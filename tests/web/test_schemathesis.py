"""The description in /openapi.json holds, whoever asks: schemathesis sends what it allows.

Guards against: a request that ends in a server error, and a response that the description does not tell of.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from people import SignedIn, person
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from prentice.ask.pipeline import Prentice
from prentice.identity.roles import PRACTICE_ROLES, Role
from web.attempts import forgotten

EXAMPLES = 6  # of each route and role: 12 routes and 7 roles make some 500 requests
CHECKS = [
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
ANONYMOUS = "anonymous"


@pytest.fixture(autouse=True)
def attempts(demo: Prentice) -> Iterator[None]:
    """Sign-in is tried too, and in vain: nobody after this waits for it."""
    yield
    forgotten(demo)


@pytest.mark.parametrize("role", [*Role, ANONYMOUS])
def test_no_request_ends_in_an_error_of_ours_and_the_description_tells_of_each_response(
    demo: Prentice, address: str, role: str
) -> None:
    headers = {}
    if role != ANONYMOUS:
        practices = ("harbour-optics", "bluebird-eyecare") if role in PRACTICE_ROLES else ()
        user_id = person(demo, f"{role}@described.example", *practices, role=Role(role))
        token, session = demo.identity.sessions.open_session(user_id, True, "127.0.0.1", "A test")
        headers = SignedIn(user_id, token, session.csrf).headers
    described = schemathesis.openapi.from_url(f"{address}/openapi.json")
    tried = set()
    for found in described.get_all_operations():
        operation = found.ok()

        @seed(7)
        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            database=None,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy())
        def holds(case: schemathesis.Case) -> None:
            response = case.call(headers=headers, timeout=60)
            documented = {str(status) for status in case.operation.definition.raw["responses"]}
            down = response.status_code == 503 and "503" in documented
            assert response.status_code < 500 or down, f"{case.method} {case.path}: {response.text}"
            case.validate_response(response, checks=CHECKS)

        holds()
        tried.add(operation.label)
    assert len(tried) >= 12
