"""What each role may do. Denied by default: what is not listed here for a role, the role may not.

Which role may see which metric stands beside the metric (`roles` in the models, held by
`semantic.authorise`); this is about everything else, and about the patients model, which is by grant.
"""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """A person's part in one practice; `operator` is the platform's own and belongs to none."""

    owner = "owner"
    manager = "manager"
    dispenser = "dispenser"
    assistant = "assistant"
    auditor = "auditor"
    operator = "operator"


PRACTICE_ROLES = (Role.owner, Role.manager, Role.dispenser, Role.assistant, Role.auditor)


class Permission(StrEnum):
    """One thing that may be done. A route names the one that it needs in its signature."""

    ask = "ask"  # questions, Queries, the catalogue, the page
    export = "export"  # an answer's CSV and chart
    account = "account"  # one's own password, sessions, second factors, API keys
    users = "users"  # see, invite, change and remove a practice's users
    keys = "keys"  # every API key of the practice, not one's own alone
    settings = "settings"  # the practice's settings: limits, address lists, MFA per role, sign-in providers
    use = "use"  # see limits and use
    audit = "audit"  # read, verify and export the practice's audit log
    documents = "documents"  # the practice's own documents: see, add, remove, restore
    feedback = "feedback"  # see what people say of their answers, and review their corrections
    tenants = "tenants"  # the platform's practices: create, suspend, delete


_EVERYONE = frozenset({Permission.ask, Permission.export, Permission.account})

PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.owner: frozenset(Permission) - {Permission.tenants},
    Role.manager: _EVERYONE
    | {
        Permission.users,
        Permission.use,
        Permission.audit,
        Permission.documents,
        Permission.feedback,
    },
    Role.dispenser: _EVERYONE,
    Role.assistant: _EVERYONE,
    Role.auditor: _EVERYONE | {Permission.audit, Permission.use},
    Role.operator: frozenset({Permission.account, Permission.tenants}),
}

# What a program may do that shows a key or a host's token; people and settings are for people.
FOR_PROGRAMS = frozenset(
    {Permission.ask, Permission.export, Permission.use, Permission.audit, Permission.documents}
)

# What a person may be given beside the role, and which roles need no grant for it.
PATIENTS = "patients"  # the patients model: the anonymised copy
GRANTS = frozenset({PATIENTS})
_WITHOUT_GRANT: dict[str, frozenset[Role]] = {PATIENTS: frozenset({Role.owner})}

# Whose membership each role may give, change or take away: nobody raises anyone above oneself.
MAY_MANAGE: dict[Role, frozenset[Role]] = {
    Role.owner: frozenset(PRACTICE_ROLES),
    Role.manager: frozenset({Role.dispenser, Role.assistant}),
}


def may(role: Role, permission: Permission) -> bool:
    """
    >>> may(Role.owner, Permission.audit), may(Role.dispenser, Permission.audit)
    (True, False)
    """
    return permission in PERMISSIONS.get(role, frozenset())


def effective_grants(role: str, grants: frozenset[str]) -> frozenset[str]:
    """The grants given, and those that come with the role; none of a role that no practice has.

    >>> sorted(effective_grants(Role.owner, frozenset())), sorted(effective_grants(Role.manager, frozenset()))
    (['patients'], [])
    """
    if role not in PRACTICE_ROLES:
        return frozenset()
    return frozenset(g for g in GRANTS if g in grants or role in _WITHOUT_GRANT.get(g, frozenset()))
