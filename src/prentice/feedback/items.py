"""A candidate in the form of the corpus' items, with the gaps that a person fills before it joins them."""

from __future__ import annotations

from typing import Any

from prentice.feedback.store import Candidate

REGIONS = {"GB": "UK", "US": "US"}  # of the corpus, by the practice's country


def item(candidate: Candidate, country: str) -> dict[str, Any]:
    """One line of `knowledge/qa`: every field of `knowledge.corpus.Item`; what is not known yet is empty.

    Topic, article, paraphrases, key facts and sources are a reviewer's to give: until then the corpus
    refuses the line.
    """
    return {
        "id": f"feedback-{candidate.id}",
        "topic": "",
        "audience": "professional",
        "region": REGIONS.get(country, "any"),
        "article": "",
        "question": candidate.question,
        "paraphrases": [],
        "answer": candidate.answer,
        "key_facts": [],
        "numbers": [],
        "counterpart": None,
        "sources": [],
        "date": candidate.accepted_at.date().isoformat(),
        "reviewed": "unreviewed",
    }
