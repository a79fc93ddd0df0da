"""Scopes are minted in one place, and hold what whoever asks was given; a suspended practice gives none."""

from __future__ import annotations

import ast
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from warehouse.hosts import Ask, House, fill

import prentice
from prentice.errors import TenantSuspended, UnknownTenant
from prentice.tenancy.registry import Registry

COUNT = "select count(*) from prentice.sales"


def calls(tree: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            named = node.func
            yield named.attr if isinstance(named, ast.Attribute) else getattr(named, "id", ""), node


def test_a_scope_is_minted_in_one_place_and_copied_in_none() -> None:
    root = Path(prentice.__file__).parent
    minted = []
    for file in sorted(root.rglob("*.py")):
        for name, call in calls(ast.parse(file.read_text("utf-8"))):
            if name == "TenantScope":
                minted.append(file.relative_to(root).as_posix())
            if name == "replace" and call.args:  # of a dataclass: a copy with other rights
                assert "scope" not in ast.unparse(call.args[0]), f"{file}:{call.lineno}"
            assert not (name == "__new__" and "TenantScope" in ast.unparse(call)), f"{file}:{call.lineno}"
    assert minted == ["tenancy/registry.py"]


def test_a_scope_holds_the_grants_given_and_those_of_the_role(house: House) -> None:
    house.registry.add(id="a" * 12, slug="north", name="North", company_id="c")

    def grants(role: str, *given: str) -> frozenset[str]:
        return house.scope("north", role=role, grants=frozenset(given)).grants

    assert grants("owner") == {"patients"}
    assert grants("manager") == frozenset()
    assert grants("dispenser", "patients") == {"patients"}
    assert grants("dispenser", "margin") == frozenset()  # there is no such grant
    assert grants("operator", "patients") == frozenset()  # nor such a role in a practice
    assert grants("king", "patients") == frozenset()


def test_a_practice_may_open_patients_to_its_managers_and_auditors(house: House) -> None:
    house.registry.add(id="a" * 12, slug="north", name="North", company_id="c")
    house.registry.change_settings("north", patients_by_grant=False)
    opened = {
        role
        for role in ("owner", "manager", "auditor", "dispenser", "assistant", "operator")
        if house.scope("north", role=role).grants
    }
    assert opened == {"owner", "manager", "auditor"}


def test_a_suspended_practice_refuses_everything_at_once_and_comes_back(house: House) -> None:
    fill(house.source_url, "north", "south")
    house.add("north", "north")
    house.add("south", "south")
    before = house.scope("north")  # as a batch holds one for an hour
    assert house.run("north", COUNT).rows == [[20]]
    house.registry.suspend("north")
    with pytest.raises(TenantSuspended):
        house.scope("north")
    with pytest.raises(TenantSuspended):
        house.warehouse.run(before, Ask(COUNT))  # not from the cache either
    with pytest.raises(TenantSuspended):
        house.warehouse.values(before)
    assert house.registry.get("north").status == "suspended"
    assert house.run("south", COUNT).rows == [[20]]
    house.registry.resume("north")
    assert house.warehouse.run(before, Ask(COUNT)).rows == [[20]]


def test_another_process_knows_of_a_suspension_within_a_second(house: House) -> None:
    house.registry.add(id="a" * 12, slug="north", name="North", company_id="c")
    other = Registry(house.platform_url, house.keyring)
    other.scope("north")
    house.registry.suspend("north")
    time.sleep(1.05)
    with pytest.raises(TenantSuspended):
        other.scope("north")
    other.close()


def test_what_is_leaving_is_neither_resumed_nor_suspended(house: House) -> None:
    house.registry.add(id="a" * 12, slug="north", name="North", company_id="c")
    house.registry.leave("north")
    for change in (house.registry.resume, house.registry.suspend):
        with pytest.raises(TenantSuspended, match="being removed"):
            change("north")
    assert house.registry.leave("north").status == "leaving"
    with pytest.raises(UnknownTenant):
        house.registry.suspend("west")
