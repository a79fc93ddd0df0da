"""What is not answered, why in one line, and what is offered instead."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from prentice.planner.reading import Mention, Reading
from prentice.planner.slots import Slots
from prentice.semantic.dates import TimeMention


@dataclass(frozen=True, slots=True)
class Refusal:
    """`code` is stable; `offers` are questions that are answered instead."""

    code: str
    message: str
    offers: tuple[str, ...]


_SALES = (
    "What was our revenue last month?",
    "What were our top 10 products by revenue last month?",
    "Show revenue by month",
)
REFUSALS: Mapping[str, Refusal] = {
    "identity": Refusal(
        "identity",
        "I do not hold who your patients are: no name, contact or record of a person reaches me. "
        "I can count and add up instead.",
        (
            "How many transactions did we have last month?",
            "What was our average transaction value last month?",
            "How many appointments did we have last month?",
        ),
    ),
    "patients_as_groups": Refusal(
        "people_not_held",
        "I count patients as groups and by year; visitors, households, and who is new or came back I do "
        "not hold.",
        (
            "How many patients do we have?",
            "How many transactions did we have last month?",
            "How many eye exams did we do last month?",
        ),
    ),
    "future": Refusal(
        "future",
        "I count what has happened; I do not forecast, and I hold no targets.",
        (
            "Show revenue by month",
            "Compare revenue this month with the same month last year",
            "How many appointments do we have next week?",
        ),
    ),
    "causes": Refusal(
        "causes",
        "The data say what happened, not why. I can break the number down so that you see where it changed.",
        (
            "Compare revenue by category this month with last month",
            "Compare revenue by brand this month with last month",
            "Show revenue by week",
        ),
    ),
    "advice": Refusal(
        "advice",
        "I do not give advice; I can show the figures to decide on.",
        (
            "Which products are low in stock?",
            "What are our worst-selling products?",
            "Which products are dead stock?",
        ),
    ),
    "not_held": Refusal("not_held", "The practice's data that I see do not hold that.", _SALES),
    "other_practice": Refusal(
        "other_practice", "I see this practice only; nothing of any other one.", _SALES
    ),
    "change": Refusal(
        "read_only",
        "I only read: I cannot change, book, order, send or delete anything.",
        (
            "Which products are low in stock?",
            "How many open orders do we have?",
            "How many appointments do we have next week?",
        ),
    ),
    "injection": Refusal(
        "not_a_question",
        "I answer questions about the practice's sales, stock, orders, appointments and purchasing, "
        "and nothing in a question changes how.",
        _SALES,
    ),
    "knowledge": Refusal(
        "not_held",
        "I answer from the practice's own figures: sales, stock, orders, appointments and purchasing.",
        _SALES,
    ),
}
_PEOPLE = ("customer", "customers", "client", "clients", "people", "patients", "patient")
_LISTING = (
    "list",
    "which patient",
    "show me patient",
    "patient who",
    "patient that",
    "patients who",
    "patients that",
)
_COUNTS_PEOPLE = frozenset(  # before such a word: they themselves are asked for
    ["per", "new", "many", "of", "our", "my", "which", "by", "unique", "returning", "each"]
)
_IMPERATIVE_WITHIN = 5  # an order to change something stands at the start of the sentence
_ALWAYS_CHANGE = ("delete", "erase", "wipe", "drop table", "truncate", "insert into", "alter table")
_BY_WEIGHT = (  # of several topics in one question, the first is the refusal
    *("injection", "identity", "change", "future", "causes", "other_practice"),
    *("not_held", "advice", "knowledge", "patients_as_groups"),
)


_ONE_PATIENT = re.compile(
    r"\bpatients? (?:no |number |id |#)?\d{3,}\b"
    r"|\b(?:chart|record|file|notes?|details?) (?:of|for) (?:patients?|px|mrs?|ms|miss)\b"
    r"|\bnames? (?:of|for)\b.*\b(?:wearers?|patients?|px|myopes?|people|kids|children)\b"
)
_EARNS = re.compile(
    r"\b(?:earns?|get paid|on an hour|makes? (?:an|a|per) (?:hour|day|week|month|year))\b"
    r"(?! (?:us|for|in sales|the practice))"
)  # somebody's pay
_ORDERED_TO = re.compile(
    r"""
    ^(?:(?:please|pls|can|could|would|will|you|i[ ]want[ ]you[ ]to|i[ ]need[ ]you[ ]to|go[ ]ahead[ ]and|kindly
        |just|now|prentice)[ ])*
    (?:
        # a verb of sending, whatever is sent
        (?:e?mail|text|message|whatsapp|phone|fax|notify|remind)[ ]\w+
        # a verb of changing, and what is to be changed
        |(?:book|schedule|reschedule|cancel|change|update|remove|erase|set|adjust|increase|reduce|raise|lower
          |email|text|message|remind|notify|print|export|refund|void|rename|approve|reject|submit|upload
          |import|transfer|reorder|edit|amend|correct|write[ ]off|mark|put|move)[ ]
        # "change the range", "change this to a bar chart" speak of the question before
        (?:the[ ](?!range|period|dates?|metric)|my|our|his|her|their|an?|all|any|every|this[ ](?!to)
          |that[ ](?!to)|these|those|them|everyone|orders?|transactions?|appointments?|invoices?|patients?
          |prices?|stock|low|another|some|more|\d+)\b
        # a verb that may ask for figures too ("order value"): only with what to add or to whom to send
        |(?:add|buy|order|purchase|send)[ ](?:\d+|another|some|more|an?|me|us|him|her|them|in)\b
    )
    """,
    re.VERBOSE,
)
_PRACTICE_NOUNS = frozenset(
    (
        *("eyecare", "optics", "optician", "opticians", "optical", "optometry", "optometrists"),
        *("vision", "eyewear", "eyeworks"),
    )
)


def refusal_for(reading: Reading, slots: Slots, own_name: frozenset[str]) -> Refusal | None:
    """The refusal that the question calls for, or None. What would leak or write comes first.

    `own_name`: the words of this practice's name; another practice's is declined.
    """
    if _ORDERED_TO.match(reading.text):
        return REFUSALS["change"]
    if _EARNS.search(reading.text) and any(v.dimension == "staff" for v in slots.values):
        return REFUSALS["not_held"]
    asks_who = any(m.has("grammar", "person") for m in reading.mentions) and not slots.counted
    if _ONE_PATIENT.search(reading.text) or (asks_who and slots.subject == "patients" and not slots.rank):
        return REFUSALS["identity"]
    if _names_another_practice(reading, own_name):
        return REFUSALS["other_practice"]
    topics = [(s.name, m) for m in reading.mentions for s in m.senses if s.kind == "topic" and _only_topic(m)]
    for name in _BY_WEIGHT:
        for found, mention in topics:
            if found == name and _counts(name, mention, reading, slots):
                return REFUSALS[name]
    return None


def _names_another_practice(reading: Reading, own_name: frozenset[str]) -> bool:
    strangers = [w for w in reading.unused if w not in own_name]
    if any(word in _PRACTICE_NOUNS for word in strangers):
        return True
    said = {t.text for i, t in enumerate(reading.tokens) if not reading.covers(i)}
    return bool(strangers) and not said.isdisjoint(_PRACTICE_NOUNS) and not said >= own_name


def _only_topic(mention: Mention) -> bool:
    held = mention.has("metric") or mention.has("value") or mention.has("dimension")
    return not held and not any(m.exact for m in mention.matches)


def _counts(name: str, mention: Mention, reading: Reading, slots: Slots) -> bool:
    if name == "change":
        return (
            mention.start < _IMPERATIVE_WITHIN and not mention.text.startswith("order")
        ) or mention.text.startswith(_ALWAYS_CHANGE)
    if name == "advice":
        return slots.listing is None
    if name == "identity" and mention.text.startswith(_LISTING) and slots.subject == "patients":
        return not any(v.models == ("patients",) for v in slots.values)  # how many, then, and not who
    if name == "patients_as_groups":
        return not _incidental(mention, reading, slots)
    if name == "knowledge" and mention.text in ("what is a", "what is an"):
        return not slots.metrics  # "what is an average sale"
    if name == "future" and mention.text.startswith(("predict", "forecast", "project", "estimate")):
        return True
    if name == "future":
        return slots.subject != "appointments" or not slots.metrics
    return True


def _incidental(mention: Mention, reading: Reading, slots: Slots) -> bool:
    """Whether people are named by the way: "what did customers spend" asks for sales."""
    if mention.text not in _PEOPLE:
        return False
    word = reading.tokens[mention.start - 1].text if mention.start else ""
    before = reading.before(mention.start)
    if before and (before.has("grammar", "number_of") or before.has("grammar", "which")):
        return False
    if word in _COUNTS_PEOPLE:
        return False
    return bool(slots.metrics or slots.sold or slots.money)


def future_of(times: tuple[TimeMention, ...], subject: str | None) -> Refusal | None:
    """A time ahead is for appointments only (KPIS.md, "Words for time")."""
    if subject not in (None, "appointments") and any(t.role == "future" for t in times):
        return Refusal(
            "future",
            "That has not happened yet; only appointments reach into the future.",
            REFUSALS["future"].offers,
        )
    return None
