"""What the OpenAPI page shows: one request and one response for each route. Invented figures."""

from __future__ import annotations

from typing import Any

ASK: dict[str, Any] = {
    "top frames": {
        "summary": "A question in words",
        "value": {
            "question": "What were our top 3 selling frames last month?",
            "tenant": "harbour-optics",
        },
    },
    "follow-up": {
        "summary": "A question that leans on the one before",
        "value": {
            "question": "and by brand?",
            "tenant": "harbour-optics",
            "context": ["What was our revenue last month?"],
        },
    },
}

QUERY: dict[str, Any] = {
    "revenue by brand": {
        "summary": "A Query instead of words",
        "value": {
            "tenant": "harbour-optics",
            "query": {
                "metrics": ["revenue"],
                "dimensions": ["brand"],
                "range": {"from": "2026-10-01", "to": "2026-10-31", "words": "October 2026"},
                "order": [{"by": "revenue", "descending": True}],
                "limit": 3,
            },
        },
    },
    "fields beside": {
        "summary": "The same, without the inner object",
        "value": {"tenant": "harbour-optics", "metrics": ["stock_on_hand"], "dimensions": ["brand"]},
    },
}

ANSWER: dict[str, Any] = {
    "kind": "analytics",
    "answer": "In October 2026 (1 to 31 October 2026) revenue was £1,234.50.",
    "range": {"from": "2026-10-01", "to": "2026-10-31", "words": "October 2026", "compared_with": None},
    "query": {"metrics": ["revenue"], "range": {"from": "2026-10-01", "to": "2026-10-31"}},
    "sql": "SELECT … FROM prentice.sale_lines WHERE …",
    "parameters": {"p1": "2026-10-01"},
    "columns": [
        {"name": "revenue", "role": "metric", "metric": "revenue", "unit": "GBP", "label": "Revenue"}
    ],
    "rows": [[1234.5]],
    "withheld": 0,
    "truncated": False,
    "citations": [],
    "chart": None,
    "steps": [],
    "alternatives": ["What was our revenue in the last 30 days?"],
    "confidence": 0.97,
    "timing_ms": {"total": 41.0, "plan": 6.0, "run": 22.0},
    "trace_id": "5f0c6f0a3c1d4b3f9a7d2e8c1b6a4f00",
}

PROBLEM: dict[str, Any] = {
    "error": {
        "code": "bad_query",
        "message": "Unknown metric 'revnue'.",
        "next_step": "Did you mean 'revenue'?",
        "trace_id": "5f0c6f0a3c1d4b3f9a7d2e8c1b6a4f00",
    }
}

EVENTS = (
    'event: stage\ndata: {"name":"plan","words":"Understanding"}\n\n'
    'event: stage\ndata: {"name":"run","words":"Counting"}\n\n'
    'event: answer\ndata: {"kind":"analytics", …}\n\n'
)

CATALOG: dict[str, Any] = {
    "metrics": [
        {
            "name": "revenue",
            "label": "Revenue",
            "description": "What customers paid for completed sales, after every discount and without tax.",
            "unit": "currency",
            "synonyms": ["takings", "turnover"],
            "model": "sales",
            "dimensions": ["product", "brand", "month"],
            "default_range": "last 12 complete months",
        }
    ],
    "dimensions": [
        {
            "name": "brand",
            "label": "Brand",
            "description": "The product's brand.",
            "type": "text",
            "synonyms": ["make"],
            "values": [],
            "metrics": ["revenue"],
        }
    ],
}
