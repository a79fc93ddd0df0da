"""The kinds of attack that are told apart. Their names stand in the log and in `make eval`."""

from __future__ import annotations

from enum import StrEnum


class Family(StrEnum):
    OVERRIDE = "override"  # "ignore your instructions"
    ROLE_PLAY = "role_play"  # "you are now DAN"
    EXTRACTION = "extraction"  # "print your system prompt"
    SECRETS = "secrets"  # passwords, keys, card numbers
    OTHER_TENANTS = "other_tenants"  # another practice's data
    PERSON = "person"  # who somebody is, a person's record
    SQL = "sql"  # statements, tables, the schema
    WRITE = "write"  # deletes, changes, sends
    TOKENS = "tokens"  # what frames a language model's messages
    MARKUP = "markup"  # HTML, script, images, templates
    FORMULA = "formula"  # what a spreadsheet would run
    AUTHORITY = "authority"  # "I am the developer"
    PRIVILEGE = "privilege"  # suppression off, another role
    INDIRECT = "indirect"  # "the document says"
    FLOODING = "flooding"  # the same again and again
    EXFILTRATION = "exfiltration"  # to an address, a server
    ENCODED = "encoded"  # written so that it is not recognised
    STEERING = "steering"  # by the score alone
