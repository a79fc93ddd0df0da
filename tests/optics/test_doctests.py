"""The worked example in every docstring of the calculators holds."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

import prentice.optics

MODULES = sorted(
    module.name for module in pkgutil.walk_packages(prentice.optics.__path__, "prentice.optics.")
)


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of(name: str) -> None:
    failed, _ = doctest.testmod(importlib.import_module(name))
    assert failed == 0
