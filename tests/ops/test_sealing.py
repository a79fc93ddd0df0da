"""Sealed values open for their owner and purpose alone, and in no altered form."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prentice.errors import CannotOpen
from prentice.ops.sealing import DataKey, Sealer, key_id_of, open_with, seal_with
from prentice.ops.secrets import Keyring

ONE, OTHER = "abcdefgh1234", "zyxwvuts9876"
KEY = DataKey.new()


@pytest.fixture
def keyring(tmp_path: Path) -> Keyring:
    return Keyring(tmp_path / "secrets.json")


@given(plain=st.binary(max_size=200), owner=st.text(max_size=20), purpose=st.text(max_size=20))
def test_what_is_sealed_opens_as_it_was(plain: bytes, owner: str, purpose: str) -> None:
    sealed = seal_with(KEY, plain, owner=owner, purpose=purpose)
    assert open_with(KEY, sealed, owner=owner, purpose=purpose) == plain
    assert len(sealed) == len(plain) + 37


def test_it_opens_in_another_process(keyring: Keyring) -> None:
    sealed = Sealer(keyring).seal(b"hush", owner=ONE, purpose="totp")
    assert b"hush" not in sealed
    assert Sealer(Keyring(keyring.path)).open(sealed, owner=ONE, purpose="totp") == b"hush"


def test_the_same_value_never_looks_the_same_twice(keyring: Keyring) -> None:
    sealer = Sealer(keyring)
    assert len({sealer.seal(b"hush", owner=ONE, purpose="totp") for _ in range(100)}) == 100


def test_it_opens_for_no_other_owner_and_no_other_purpose(keyring: Keyring) -> None:
    sealer = Sealer(keyring)
    sealed = sealer.seal(b"hush", owner=ONE, purpose="totp/u_1")
    sealer.seal(b"x", owner=OTHER, purpose="totp/u_1")
    for owner, purpose in ((OTHER, "totp/u_1"), ("platform", "totp/u_1"), (ONE, "totp/u_2"), (ONE, "")):
        with pytest.raises(CannotOpen) as told:
            sealer.open(sealed, owner=owner, purpose=purpose)
        assert ONE not in str(told.value)
        assert "hush" not in str(told.value)


def test_owner_and_purpose_cannot_be_shifted_into_each_other() -> None:
    sealed = seal_with(KEY, b"hush", owner="ab", purpose="c")
    with pytest.raises(CannotOpen):
        open_with(KEY, sealed, owner="a", purpose="bc")


def test_every_altered_bit_is_noticed(keyring: Keyring) -> None:
    sealer = Sealer(keyring)
    sealed = sealer.seal(b"hush", owner=ONE, purpose="totp")
    for place in range(len(sealed)):
        for bit in range(8):
            altered = bytearray(sealed)
            altered[place] ^= 1 << bit
            with pytest.raises(CannotOpen):
                sealer.open(bytes(altered), owner=ONE, purpose="totp")


def test_every_cut_and_what_was_never_sealed_is_noticed(keyring: Keyring) -> None:
    sealer = Sealer(keyring)
    sealed = sealer.seal(b"hush", owner=ONE, purpose="totp")
    for part in (
        *(sealed[:n] for n in range(len(sealed))),
        sealed + b"x",
        b"",
        b"plain text",
        b"\x02" + sealed[1:],
    ):
        with pytest.raises(CannotOpen):
            sealer.open(part, owner=ONE, purpose="totp")


def test_resealing_is_nothing_under_the_present_key_and_moves_on_from_an_old_one(keyring: Keyring) -> None:
    sealer = Sealer(keyring)
    sealed = sealer.seal(b"hush", owner=ONE, purpose="totp")
    assert sealer.reseal(sealed, owner=ONE, purpose="totp") == sealed
    keyring.rotate_data([ONE])
    again = sealer.reseal(sealed, owner=ONE, purpose="totp")
    assert key_id_of(again) == keyring.data_key(ONE).id != key_id_of(sealed)
    assert sealer.open(again, owner=ONE, purpose="totp") == sealer.open(sealed, owner=ONE, purpose="totp")
