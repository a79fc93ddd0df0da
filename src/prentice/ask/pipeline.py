"""The way of one question, from words to answer. Read `ask` from top to bottom.

guard -> plan -> route -> the analyst: authorise -> compile -> run -> check -> answer
                       -> the expert: retrieve -> ground -> (a model words it -> checked) -> answer
                       -> a calculator: solve -> answer
or two of them. A stage that finds something amiss ends the way with a refusal or a question back; what fails
raises a `PrenticeError`. Whatever the end, the answer passes `outgoing` and stands in the audit before anyone
sees it (`accounts`).
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property, lru_cache, partial
from typing import assert_never

import structlog
from redis import Redis

from prentice.ask import knowing, outgoing, replies
from prentice.ask.accounts import Account, Accounts
from prentice.ask.again import Again
from prentice.ask.beside import Beside
from prentice.ask.check import misshapen, passed_over
from prentice.ask.compound import asked_of_data, asked_of_expert, halves, joined, resolved, worth_joining
from prentice.ask.contract import Answer
from prentice.ask.guard import Allow, Reject, admit, instructs, judge
from prentice.ask.identifiers import without_identifiers
from prentice.ask.openings import openings
from prentice.ask.outgoing import Passed
from prentice.ask.resumed import resumed
from prentice.ask.route import ANALYST, WALLS, Routed, asked_for, asks_theory, lacking, route
from prentice.ask.vocabulary import Vocabulary
from prentice.audit import Action, AuditLog
from prentice.audit.entry import identifiers, redacted
from prentice.deid.redact.kept import keep_in
from prentice.embedded import Servers
from prentice.errors import BadQuery, Forbidden, NoCopy, PrenticeError
from prentice.feedback.store import FeedbackStore
from prentice.identity.identity import Identity
from prentice.knowledge.documents.elsewhere import opened
from prentice.knowledge.documents.library import Library
from prentice.knowledge.documents.store import DocumentStore
from prentice.knowledge.expert import Expert, Reply
from prentice.knowledge.writer import Writer
from prentice.limits import Limits
from prentice.llm.client import ChatModel
from prentice.llm.embeddings import minilm
from prentice.ops.health import postgres_answers, valkey_answers
from prentice.ops.secrets import Keyring
from prentice.planner.plan import Plan, Planner
from prentice.planner.rules import RulePlanner
from prentice.semantic.authorise import authorise
from prentice.semantic.compile import compile_query
from prentice.semantic.defaults import with_defaults
from prentice.semantic.model import Catalogue
from prentice.semantic.query import Query
from prentice.semantic.statement import Statement
from prentice.settings import Settings
from prentice.tenancy.platform import platform_engine
from prentice.tenancy.registry import Registry
from prentice.tenancy.scope import TenantScope
from prentice.warehouse.execute import Warehouse
from prentice.wiring import hooks_of

OnStage = Callable[[str], None]
REGIONS = {"GB": "UK", "US": "US"}  # of the corpus, by the practice's country
NO_PLAN = Plan("decline", 0.0)
log = structlog.get_logger(__name__)


@dataclass
class Way:
    """One question under way: its trace, its stages and how long each took (milliseconds)."""

    on_stage: OnStage | None = None
    trace_id: str = field(default_factory=lambda: uuid.uuid4().hex)
    timing_ms: dict[str, float] = field(default_factory=dict)
    began: float = field(default_factory=time.perf_counter)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        if self.on_stage:
            self.on_stage(name)
        start = time.perf_counter()
        try:
            yield
        finally:
            self.timing_ms[name] = self.timing_ms.get(name, 0.0) + (time.perf_counter() - start) * 1e3

    def finish(self, answer: Answer | Passed) -> Answer:
        """`answer` as it may be told, with its trace and its times."""
        told = answer if isinstance(answer, Passed) else outgoing.passed(answer)
        self.timing_ms["total"] = (time.perf_counter() - self.began) * 1e3
        timing = {name: round(ms, 2) for name, ms in self.timing_ms.items()}
        if told.withheld:
            log.warning("identifiers_withheld", trace_id=self.trace_id, **told.withheld)
        return told.answer.model_copy(update={"trace_id": self.trace_id, "timing_ms": timing})


class Prentice:
    """The platform for one process: safe to use from several threads."""

    def __init__(
        self,
        catalogue: Catalogue,
        registry: Registry,
        warehouse: Warehouse,
        planner: Planner,
        *,
        servers: Servers,
        keyring: Keyring,
        identity: Identity,
        limits: Limits,
        audit: AuditLog,
        library: Library,
        feedback: FeedbackStore,
        most_rows: int,
        writer: Writer | None = None,
    ) -> None:
        self.library = library
        self.writer = writer
        self.identity = identity
        self.limits = limits
        self.audit = audit
        self.feedback = feedback
        self.hooks = hooks_of(identity, audit, limits, library, feedback, servers.platform_url)
        self._accounts = Accounts(limits, audit, most_rows=most_rows)
        self.catalogue = catalogue
        self.registry = registry
        self.warehouse = warehouse
        self.servers = servers
        self.keyring = keyring
        self._planner = planner
        self._vocabulary = Vocabulary(warehouse)
        self._compiled = lru_cache(maxsize=2_000)(self._compile_text)  # 1 to 4 ms each; asked again every day
        self._again = Again()

    @cached_property
    def expert(self) -> Expert:
        """Opened when it is first asked, or ahead of that by a server: the corpus takes a second or two."""
        return Expert.open()

    @property
    def probes(self) -> Mapping[str, Callable[[], bool]]:
        """What readiness looks at: each server's name, and whether it answers."""
        return {
            "source": partial(postgres_answers, self.servers.source_url),
            "platform": partial(postgres_answers, self.servers.platform_url),
            "cache": partial(valkey_answers, self.servers.redis_url),
        }

    def ask(
        self,
        question: str,
        scope: TenantScope,
        *,
        context: Sequence[str] = (),
        on_stage: OnStage | None = None,
    ) -> Answer:
        """Answer `question` for the practice of `scope`; `context` are the questions before it, oldest first.

        Raises a `PrenticeError` where the question cannot be read or the practice's database does not
        answer. What is declined or unclear is an answer of its own kind.
        """
        way = Way(on_stage)
        with self._accounts.of(scope, Action.ask, way.trace_id, question=question) as account:
            account.answer = self._ask(question, scope, context, way, account)
        return account.answer

    def _ask(
        self, question: str, scope: TenantScope, context: Sequence[str], way: Way, account: Account
    ) -> Answer:
        with way.stage("guard"):
            question = admit(question)
            before = [admit(q) for q in context]
            verdict = judge(question)
            # What was declined then says nothing about what is meant now.
            earlier = [q for q in before if isinstance(judge(q), Allow)]
        match verdict:
            case Reject(reason, family):
                log.info(
                    "question_declined",
                    trace_id=way.trace_id,
                    tenant=scope.tenant_id,
                    family=family.value,
                    reason=reason,
                )
                return way.finish(replies.declined(family))
            case Allow():
                pass
            case _:
                assert_never(verdict)
        plan = self._plan(question, scope, way, account, earlier)
        if both := self._both(question, plan, scope, way, account):
            return way.finish(both)
        with way.stage("route"):
            routed = lacking(resumed(question, earlier)) or route(
                question,
                plan,
                partial(self._reply, question, scope, way),
                earlier,
            )
        return way.finish(self._routed(self._worded(routed, scope, way), plan, scope, way, account))

    def _plan(
        self, question: str, scope: TenantScope, way: Way, account: Account, earlier: Sequence[str] = ()
    ) -> Plan:
        with way.stage("plan"):
            values = self._vocabulary.of(scope, account.spend)
            return self._planner.plan(question, scope, values, earlier)

    def _worded(self, routed: Routed, scope: TenantScope, way: Way) -> Routed:
        """With the expert's reply in a model's words, where one is set and may speak. Halves are quoted."""
        if self.writer is None or routed.reply is None or not self.writer.may_word(routed.reply):
            return routed
        with way.stage("write"):
            return Routed(reply=self.writer.worded(routed.reply, scope, way.trace_id))

    def _routed(self, routed: Routed, plan: Plan, scope: TenantScope, way: Way, account: Account) -> Answer:
        """The answer of whoever has the word."""
        if routed.calculation:
            with way.stage("solve"):
                return knowing.calculated(routed.calculation)
        if routed.missing:
            return knowing.asked_back(routed.missing)
        if routed.reply:
            return knowing.known(routed.reply, self.expert)
        if plan.query is None:
            return replies.without_query(plan)
        try:
            answer = self._answer(plan.query, scope, way, plan, account)
        except (Forbidden, NoCopy) as cause:
            return replies.unavailable(cause)
        except BadQuery as unfit:
            return replies.unfit(unfit, plan)
        assert isinstance(answer, Answer)  # a plan's remarks are its own: only a bare Query is told again
        return answer

    def _reply(self, question: str, scope: TenantScope, way: Way) -> Reply:
        with way.stage("retrieve"):
            return self.expert.reply(question, REGIONS.get(scope.country, "any"), self.library.search(scope))

    def _both(
        self, question: str, plan: Plan, scope: TenantScope, way: Way, account: Account
    ) -> Answer | None:
        """Two halves, one of the practice's figures and one of knowledge; None where it is not so."""
        if plan.code in WALLS or (plan.outcome == "query" and not asks_theory(question)):
            return None
        for cut in halves(question):
            told = [self._known(part, scope, way, account) for part in asked_of_expert(cut)]
            known = [answer for answer in told if answer is not None]
            if not known:
                continue
            figures = resolved(asked_of_data(cut.figures), cut.rest, " ".join(a.answer for a in known))
            plan = self._plan(figures, scope, way, account)
            if plan.code in WALLS:
                return replies.without_query(plan)  # nothing else that was asked softens it
            counted = self._routed(ANALYST, plan, scope, way, account)
            if offered := replies.offered(counted):
                nearest = self._routed(ANALYST, self._plan(offered, scope, way, account), scope, way, account)
                counted = replies.instead(counted, nearest)
            if not worth_joining(counted, known):
                continue
            return joined([counted, *known] if cut.figures_first else [*known, counted])
        return None

    def _known(self, part: str, scope: TenantScope, way: Way, account: Account) -> Answer | None:
        """What the expert or a calculator says to a part of a question; None where neither has the word."""
        with way.stage("route"):
            routed = route(part, NO_PLAN, partial(self._reply, part, scope, way))
        return (
            None
            if routed is ANALYST or routed.missing or (routed.reply and not asked_for(part, routed.reply))
            else self._routed(routed, NO_PLAN, scope, way, account)
        )

    def query(self, query: Query, scope: TenantScope, *, on_stage: OnStage | None = None) -> Answer:
        """Answer a typed Query: the same way without the words. Raises `BadQuery`, `Forbidden`, …"""
        way = Way(on_stage)
        with self._accounts.of(scope, Action.query, way.trace_id) as account:
            account.answer = way.finish(self._answer(query, scope, way, None, account))
        return account.answer

    def suggestions(self, scope: TenantScope) -> list[str]:
        """Six questions that fit the role and name the practice's own values."""
        return [outgoing.text(q) for q in openings(scope, self._vocabulary.of(scope), self.catalogue)]

    def _compile_text(self, query: str, today: date) -> tuple[Statement, Query]:
        """The statement, and the Query with what it did not say."""
        asked = Query.model_validate_json(query)
        return compile_query(asked, self.catalogue, today=today), with_defaults(asked, self.catalogue, today)

    def _answer(
        self, query: Query, scope: TenantScope, way: Way, plan: Plan | None, account: Account
    ) -> Answer | Passed:
        with way.stage("authorise"):
            authorise(query, self.catalogue, scope.role, scope.grants)
        with way.stage("compile"):
            # By its text and not by the Query: True and 1 are equal values there, and not in SQL.
            text = query.model_dump_json(by_alias=True)
            statement, query = self._compiled(text, scope.today)  # its notes: what could not stay
        with way.stage("run"):
            result = self.warehouse.run(scope, statement, spend=account.spend)
        with way.stage("check"):
            if wrong := misshapen(query, statement.columns, result.rows):
                log.error("result_misshapen", trace_id=way.trace_id, tenant=scope.tenant_id, what=wrong)
                raise PrenticeError(
                    "The result did not have the shape that was asked for.", f"Report the id {way.trace_id}."
                )
            if plan and plan.reading and (left := passed_over(plan.reading, query, scope.today)):
                return replies.passed_over(left, plan, self.catalogue, scope)
            beside = Beside(self.catalogue, self.warehouse, self.registry, scope, account.spend)
            notes = [*statement.notes, *beside.caveats(query)]
            hint = beside.why_empty(query, result.rows)
        with way.stage("answer"):
            compose = partial(
                replies.answered,
                *(query, statement, result, scope, self.catalogue, plan),
                notes=notes,
                hint=hint,
            )
            return compose() if plan else self._again.of(text, scope, result, notes, hint, compose)


@contextmanager
def open_prentice(settings: Settings) -> Iterator[Prentice]:
    """Everything that a process needs to answer: servers (embedded where no address is set), the registry
    of practices, the warehouse, the planner, limits, audit, identity. Closed in the opposite order.

    Raises `BadConfiguration`, `EmbeddedServerFailed`, `SourceUnavailable`.
    """
    with ExitStack() as stack:
        servers = stack.enter_context(Servers.start(settings))
        keep_in(settings.home / "cache")
        keyring = Keyring.of(settings)
        registry = Registry(
            servers.platform_url,
            keyring,
            source_url=servers.source_url,
            today=settings.today,
            tls_ca=settings.tls_ca,
        )
        stack.callback(registry.close)
        redis = Redis.from_url(servers.redis_url, socket_timeout=1, socket_connect_timeout=1)
        stack.callback(redis.close)
        warehouse = stack.enter_context(Warehouse(registry, keyring, settings, redis))
        catalogue = Catalogue.load()
        planner = RulePlanner(catalogue)
        limits = Limits(redis, servers.platform_url, settings)
        stack.callback(limits.close)
        audit = stack.enter_context(
            AuditLog(
                servers.platform_url,
                keyring,
                settings.home,
                anchor_s=settings.audit_anchor_s,
                anchor_to=settings.audit_anchor_to,
            )
        )
        identity = Identity(servers.platform_url, keyring, redis, settings)
        stack.callback(identity.close)
        engine = platform_engine(servers.platform_url)
        stack.callback(engine.dispose)
        elsewhere = opened(settings)
        if elsewhere:
            stack.callback(elsewhere.close)
        library = Library(DocumentStore(engine, elsewhere), suspicious=instructs, identifiers=identifiers)
        model = stack.enter_context(ChatModel.open(settings))
        yield Prentice(
            catalogue,
            registry,
            warehouse,
            planner,
            servers=servers,
            keyring=keyring,
            identity=identity,
            limits=limits,
            audit=audit,
            library=library,
            feedback=FeedbackStore(engine),
            most_rows=settings.max_rows,
            writer=writer_of(model, limits) if model else None,
        )


def writer_of(model: ChatModel, limits: Limits) -> Writer:
    """The expert's writer, held to the guard and the output filter."""

    def unfit(sentence: str) -> bool:
        return instructs(sentence) or bool(without_identifiers(sentence, outgoing.WITHHELD)[1])

    return Writer(model, limits.budget, minilm(), unfit=unfit, redacted=lambda text: redacted(text) or "")
