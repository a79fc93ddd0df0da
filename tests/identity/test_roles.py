"""docs/identity.md says of each role what it may do, as the code has it."""

from __future__ import annotations

from pathlib import Path

from prentice.identity.roles import PERMISSIONS, Permission, Role, may
from prentice.semantic.model import Catalogue

DOCUMENT = (Path(__file__).parents[2] / "docs" / "identity.md").read_text()


def test_the_table_of_permissions_is_that_of_the_code() -> None:
    lines = [line for line in DOCUMENT.splitlines() if line.startswith("| `") and line.count("|") == 8]
    head = next(line for line in DOCUMENT.splitlines() if line.startswith("| permission |"))
    roles = [cell.strip() for cell in head.strip("|").split("|")[1:]]
    assert roles == list(Role)
    said = {}
    for line in lines:
        name, *cells = [cell.strip() for cell in line.strip("|").split("|")]
        said[name.split("`")[1]] = [cell == "yes" for cell in cells]
    assert said == {p.value: [may(role, p) for role in Role] for p in Permission}


def test_every_role_has_its_permissions_and_an_unknown_one_has_none() -> None:
    assert set(PERMISSIONS) == set(Role)
    assert not any(may("king", permission) for permission in Permission)  # type: ignore[arg-type]


def test_costs_and_figures_of_staff_are_for_owners_managers_and_auditors() -> None:
    catalogue = Catalogue.load()
    restricted = {frozenset(m.roles) for m in catalogue.metrics.values() if m.roles}
    assert restricted == {frozenset({"owner", "manager", "auditor"})}
    assert catalogue.metrics["gross_margin"].roles
