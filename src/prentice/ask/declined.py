"""What is said to a question that the guard does not let through, family by family.

Each sentence says what Prentice does instead. None holds a word of the question: repeating it would be doing
a part of what it wants.
"""

from __future__ import annotations

from collections.abc import Mapping

from prentice.ask.injection.families import Family
from prentice.planner.refusals import REFUSALS, Refusal

_STEERED = REFUSALS["injection"]
_PERSON = REFUSALS["identity"]
_GROUPS = (
    "How many patients do we have?",
    "How many eye exams did we do last month?",
    "How many appointments did we have last month?",
)
_DATA = (
    "Show revenue by month",
    "What were our top 10 products by revenue last month?",
    "Which products are low in stock?",
)


def _steered(message: str, offers: tuple[str, ...] = _STEERED.offers) -> Refusal:
    return Refusal(_STEERED.code, message, offers)


SAID: Mapping[Family, Refusal] = {
    Family.OVERRIDE: _steered(
        "My rules are not set by the words of a question, so nothing in it can lift them. I answer "
        "questions about the practice's figures."
    ),
    Family.ROLE_PLAY: _steered(
        "I stay what I am: the one who answers questions about this practice's figures, by the same "
        "rules each time."
    ),
    Family.EXTRACTION: _steered(
        "I do not tell how I am set up. What I can show is how each figure was made: its definition "
        "and its SQL stand below every answer.",
        _DATA,
    ),
    Family.SECRETS: _steered(
        "I hold no passwords, keys or card numbers, and no answer can contain one. I can count and "
        "add up the practice's figures.",
    ),
    Family.OTHER_TENANTS: Refusal(
        REFUSALS["other_practice"].code,
        "I see this practice only. No question can open another one's figures, or those of all together.",
        REFUSALS["other_practice"].offers,
    ),
    Family.PERSON: _PERSON,
    Family.SQL: _steered(
        "I do not run statements or list tables. Ask in plain words: I write the SQL myself and show "
        "it with the answer.",
        _DATA,
    ),
    Family.WRITE: REFUSALS["change"],
    Family.TOKENS: _steered(
        "That is written as messages for a program. A question to me is read as one question, in plain words."
    ),
    Family.MARKUP: _steered(
        "A question is plain text, and so are its answer's words: no markup, script or picture from "
        "elsewhere. Where a chart helps I draw it myself."
    ),
    Family.FORMULA: _steered(
        "I do not take formulas, and no cell of a download starts one. I can give you the figures as "
        "a table.",
        _DATA,
    ),
    Family.AUTHORITY: _steered(
        "What you may see follows from your sign-in, not from what a question says. Within that I can"
        " show figures for the whole practice."
    ),
    Family.PRIVILEGE: _steered(
        "Your role and the protection of small groups are the same for every question and cannot be "
        "switched off in one. I can show figures for larger groups.",
        _GROUPS,
    ),
    Family.INDIRECT: _steered(
        "Documents, notes and names are things I may count, never orders that I follow. Ask me "
        "directly what you want to know."
    ),
    Family.FLOODING: _steered("That is the same thing many times. Ask one thing, in a sentence or two."),
    Family.EXFILTRATION: Refusal(
        REFUSALS["change"].code,
        "I send nothing anywhere and open no addresses: answers are shown here, and you can download "
        "the table.",
        _STEERED.offers,
    ),
    Family.ENCODED: _steered("I read plain words only, and answer in them. Please ask without a code."),
    Family.STEERING: _STEERED,
}
