"""Persons: how they come in, what they are in which practice, their passwords.

What concerns a practice names `by`, the user who asks for it, and whether they ask as an `operator`
(`Caller.operator`); `by` None is whoever runs Prentice's own commands.
Times of day come from `clock`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Engine, select, update

from prentice.errors import Forbidden, SignInNeeded, WrongCredentials
from prentice.identity import invitations, memberships, new_passwords, pending, persons
from prentice.identity.database import reading, writing
from prentice.identity.emails import checked_email, normalised_email
from prentice.identity.factors import remove_all
from prentice.identity.invitations import Invitation
from prentice.identity.memberships import Belongs, Member, checked_grants, checked_role
from prentice.identity.passwords import Context, check_rules, verify
from prentice.identity.persons import User
from prentice.identity.proof import Proof
from prentice.identity.roles import Role
from prentice.identity.sessions import end_all, end_keys, resume_keys, suspend_keys, utc_now
from prentice.identity.tables import users
from prentice.identity.tries import count_try, forget_tries


class Users:
    """Each method is one transaction. Raises `UnknownUser` wherever a user is named who is not there."""

    def __init__(self, engine: Engine, *, clock: Callable[[], datetime] = utc_now) -> None:
        self._engine = engine
        self._clock = clock

    # Persons

    def add(self, email: str, name: str = "", password: str | None = None, *, operator: bool = False) -> User:
        """Raises `UserExists`, `WeakPassword`, and `BadConfiguration` for what is no address."""
        with writing(self._engine) as connection:
            return persons.add(
                connection, checked_email(email), name, password, (), now=self._clock(), operator=operator
            )

    def add_with_password(
        self,
        tenant_id: str,
        email: str,
        role: str,
        grants: Collection[str] = (),
        *,
        name: str = "",
        password: str,
    ) -> User:
        """Somebody new as a member of the practice, in one step: for whoever runs Prentice's own commands.

        Raises as `add` and `add_member` do; then nothing was added.
        """
        address = checked_email(email)
        with writing(self._engine) as connection:
            words = persons.practice_words(connection, tenant_id)
            added = persons.add(connection, address, name, password, words, now=self._clock())
            memberships.give(
                connection, tenant_id, added.id, checked_role(role), checked_grants(grants), by=None
            )
        return added

    def by_email(self, email: str) -> User | None:
        address = normalised_email(email)
        return None if address is None else self._one(users.c.email == address)

    def by_id(self, user_id: str) -> User | None:
        return self._one(users.c.id == user_id)

    def all(self) -> list[User]:
        """Everybody, by address: for the operator."""
        with reading(self._engine) as connection:
            return [persons.read(row) for row in connection.execute(select(users).order_by(users.c.email))]

    def rename(self, user_id: str, name: str) -> User:
        return self._set(user_id, name=persons.shortened(name))

    def set_operator(self, user_id: str, operator: bool) -> User:
        return self._set(user_id, operator=operator)

    def disable(self, user_id: str) -> User:
        """Nothing of theirs is good any more until `enable`. Sessions, tokens and links to set a password end
        for good; API keys are suspended."""
        with writing(self._engine) as connection:
            row = persons.change(connection, user_id, status="disabled")
            self._shut_out(connection, user_id)
        return row

    def enable(self, user_id: str, *, keys: bool = False) -> User:
        """They may sign in again. Their API keys stay suspended unless `keys` gives them back: whoever was in
        the account may have made one. Of somebody who is not disabled nothing else changes."""
        with writing(self._engine) as connection:
            before = persons.required(connection, users.c.id == user_id)
            row = persons.change(connection, user_id, status="active")
            if not before.active:  # what was under way while they were being disabled
                self._shut_out(connection, user_id)
            if keys:
                resume_keys(connection, user_id)
        return row

    def _shut_out(self, connection: Connection, user_id: str) -> None:
        now = self._clock()
        pending.drop(connection, user_id, "second", "reset", "passkey-new", "passkey")
        end_all(connection, user_id, now=now)
        suspend_keys(connection, user_id, now=now)

    def signed_in(self, user_id: str) -> User | None:
        """Note the time. None where they were disabled in the meantime."""
        with writing(self._engine) as connection:
            row = connection.execute(
                update(users)
                .where(users.c.id == user_id, users.c.status == "active")
                .values(signed_in_at=self._clock())
                .returning(users)
            ).one_or_none()
        return None if row is None else persons.read(row)

    def reset_factors(self, user_id: str) -> None:
        """For the operator: no second factor is left, and whatever they are signed in with ends, API keys
        too: whoever had the account may have made one."""
        with writing(self._engine) as connection:
            persons.required(connection, users.c.id == user_id)
            remove_all(connection, user_id, now=self._clock())
            end_keys(connection, user_id, now=self._clock())

    # Practices

    def memberships(self, user_id: str) -> list[Belongs]:
        """Their practices, by short name; those suspended are flagged."""
        with reading(self._engine) as connection:
            return memberships.practices_of(connection, user_id)

    def members(self, tenant_id: str) -> list[Member]:
        """The practice's users, by address."""
        with reading(self._engine) as connection:
            return memberships.members_of(connection, tenant_id)

    def add_member(
        self,
        tenant_id: str,
        user_id: str,
        role: str,
        grants: Collection[str] = (),
        *,
        by: str | None,
        operator: bool = False,
    ) -> None:
        """Raises `Forbidden`, `UserExists`, `UnknownTenant`."""
        wanted, given = checked_role(role), checked_grants(grants)
        with writing(self._engine) as connection:
            persons.required(connection, users.c.id == user_id)
            memberships.give(connection, tenant_id, user_id, wanted, given, by, operator=operator)

    def set_role(
        self, tenant_id: str, user_id: str, role: str, *, by: str | None, operator: bool = False
    ) -> None:
        """Raises `Forbidden`, also for the practice's last owner."""
        with writing(self._engine) as connection:
            wanted = checked_role(role)
            memberships.change(
                connection, tenant_id, user_id, by, now=self._clock(), role=wanted, operator=operator
            )

    def set_grants(
        self,
        tenant_id: str,
        user_id: str,
        grants: Collection[str],
        *,
        by: str | None,
        operator: bool = False,
    ) -> None:
        """These grants and no others. Raises `Forbidden`, also for what `by` has not got."""
        given = checked_grants(grants)
        with writing(self._engine) as connection:
            memberships.change(
                connection, tenant_id, user_id, by, now=self._clock(), grants=given, operator=operator
            )

    def set_part(
        self,
        tenant_id: str,
        user_id: str,
        role: str,
        grants: Collection[str],
        *,
        by: str | None,
        operator: bool = False,
    ) -> None:
        """Role and grants together, or neither. Raises as `set_role` and `set_grants`."""
        wanted, given = checked_role(role), checked_grants(grants)
        now = self._clock()
        with writing(self._engine) as connection:
            memberships.change(
                connection, tenant_id, user_id, by, now=now, role=wanted, grants=given, operator=operator
            )

    def remove_member(self, tenant_id: str, user_id: str, *, by: str | None, operator: bool = False) -> None:
        """Their account stays: they may work elsewhere. Raises `Forbidden`, also for the last owner."""
        with writing(self._engine) as connection:
            memberships.take(connection, tenant_id, user_id, by, now=self._clock(), operator=operator)

    # Invitations

    def invite(
        self,
        tenant_id: str | None,
        email: str,
        role: str,
        grants: Collection[str] = (),
        *,
        by: str | None,
        operator: bool = False,
    ) -> str:
        """The token of a new invitation, told this once; good once and for 7 days.

        Without a practice: to be an operator. Raises `Forbidden`, `UserExists`, `UnknownTenant`.
        """
        wanted = Role.operator if tenant_id is None else checked_role(role)
        with writing(self._engine) as connection:
            return invitations.invite(
                connection,
                tenant_id,
                checked_email(email),
                wanted,
                checked_grants(grants),
                by,
                now=self._clock(),
                operator=operator,
            )

    def invitation(self, token: str) -> Invitation:
        """What the page shows before it is accepted. Raises `BadInvitation`."""
        with reading(self._engine) as connection:
            return invitations.look(connection, token, now=self._clock())

    def invitations(self, tenant_id: str | None) -> list[Invitation]:
        """The practice's open invitations."""
        with reading(self._engine) as connection:
            return invitations.open_ones(connection, tenant_id, now=self._clock())

    def withdraw(self, tenant_id: str, invitation_id: str, *, by: str | None, operator: bool = False) -> None:
        with writing(self._engine) as connection:
            invitations.withdraw(connection, tenant_id, invitation_id, by, operator=operator)

    def accept(
        self, token: str, name: str = "", password: str | None = None, *, signed_in: str | None = None
    ) -> User:
        """The user who now belongs to the practice.

        Somebody new gives a name and a password. Of an address that has an account, either `signed_in` is
        that account or the password is its own; neither its name nor its password changes. Raises
        `BadInvitation`, `SignInNeeded`, `WrongCredentials`, `TooManyRequests`, `Forbidden` (signed in as
        somebody else), `WeakPassword`, `UserExists`, `TenantSuspended`; after each of them the invitation is
        as it was.
        """
        now = self._clock()
        if signed_in is None and password:
            signed_in = self._owner_of_invited_address(token, password)
        with writing(self._engine) as connection:
            found = invitations.use(connection, token, now=now)
            user = persons.find(connection, users.c.email == found.email)
            if user is None:
                if signed_in is not None:
                    raise _for_somebody_else()
                practices = persons.practice_words(connection, found.tenant_id)
                user = persons.add(connection, found.email, name, password or "", practices, now=now)
            elif signed_in is None:
                raise SignInNeeded(
                    "There is an account with this address already.",
                    "Sign in to it, then open the link again.",
                )
            elif signed_in != user.id or not user.active:
                raise _for_somebody_else()
            if found.tenant_id is None:
                return persons.change(connection, user.id, operator=True)
            by = found.invited_by  # who was looked up just now, and as an operator where they are one
            memberships.give(
                connection, found.tenant_id, user.id, found.role, found.grants, by, operator=True
            )
        return user

    def check_password_for(self, token: str, name: str, password: str) -> None:
        """That somebody new could take up the invitation with it. Raises `WeakPassword`, `BadInvitation`."""
        found = self.invitation(token)
        with reading(self._engine) as connection:
            practices = persons.practice_words(connection, found.tenant_id)
        check_rules(password, Context(practices=practices, name=persons.shortened(name), email=found.email))

    def _owner_of_invited_address(self, token: str, password: str) -> str | None:
        """The account of the address that was invited, whose password this is; None where there is none.

        Whoever invited holds the token too: tries at somebody's password are counted.
        """
        now = self._clock()
        with reading(self._engine) as connection:
            found = invitations.look(connection, token, now=now)
            row = connection.execute(
                select(users.c.id, users.c.password_hash).where(
                    users.c.email == found.email, users.c.status == "active"
                )
            ).one_or_none()
        if row is None:
            return None
        count_try(self._engine, row.id, "invitation", now=now)
        if not verify(password, row.password_hash)[0]:
            raise WrongCredentials(
                "That is not the password of this account.", "Sign in to it, then open the link again."
            )
        forget_tries(self._engine, row.id, "invitation")
        return str(row.id)

    # Passwords

    def change_password(
        self, user_id: str, old: str, new: str, *, but: str | None = None, keys: bool = False
    ) -> None:
        """All their sessions but `but`, and their tokens, end; with `keys` their API keys too.

        Raises `WrongCredentials`, `TooManyRequests` (20 wrong ones within a day), `WeakPassword`.
        """
        now = self._clock()
        with reading(self._engine) as connection:
            kept = connection.execute(
                select(users.c.password_hash).where(users.c.id == user_id)
            ).scalar_one_or_none()
        count_try(self._engine, user_id, "password", now=now)
        if not verify(old, kept)[0]:
            raise WrongCredentials("The old password is not right.", "Try again, or ask for a new one.")
        forget_tries(self._engine, user_id, "password")
        with writing(self._engine) as connection:
            new_passwords.replace(connection, user_id, new, now=now, but=but)
            if keys:
                end_keys(connection, user_id, now=now)

    def set_password(self, proof: Proof, new: str, *, but: str | None = None) -> None:
        """For somebody who has none, or forgot it, and showed a factor. Ends sessions as above."""
        now = self._clock()
        proof.check(now)
        with writing(self._engine) as connection:
            new_passwords.replace(connection, proof.user_id, new, now=now, but=but)

    def reset_token(self, user_id: str) -> str:
        """For the operator to hand over: sets a new password, once, within 24 hours."""
        with writing(self._engine) as connection:
            return new_passwords.link(connection, user_id, now=self._clock())

    def resetting(self, token: str) -> User:
        """Whose password the link sets. Raises `BadInvitation`."""
        with reading(self._engine) as connection:
            return new_passwords.whose(connection, token, now=self._clock())

    def reset_password(self, token: str, new: str) -> User:
        """Second factors stay. Every session, token and API key ends.

        Raises `BadInvitation`, `WeakPassword`."""
        now = self._clock()
        with writing(self._engine) as connection:  # a weak password leaves the token as it was
            user = new_passwords.whose(connection, token, now=now, used_up=True)
            new_passwords.replace(connection, user.id, new, now=now)
            end_keys(connection, user.id, now=now)
        return user

    def _one(self, condition: ColumnElement[bool]) -> User | None:
        with reading(self._engine) as connection:
            return persons.find(connection, condition)

    def _set(self, user_id: str, **values: Any) -> User:
        with writing(self._engine) as connection:
            return persons.change(connection, user_id, **values)


def _for_somebody_else() -> Forbidden:
    return Forbidden("This invitation is for another address.", "Sign out, then open the link again.")
