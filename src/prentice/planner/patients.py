"""Which figure of the anonymised patients is meant: a count of people, or their share (KPIS.md)."""

from __future__ import annotations

from prentice.planner.slots import Slots

COUNT_OF = {
    "progressive_share": "progressive_patients",
    "single_vision_share": "single_vision_patients",
    "bifocal_share": "bifocal_patients",
    "contact_lens_share": "contact_lens_wearers",
    "myopia_share": "myopic_patients",
    "high_myopia_share": "highly_myopic_patients",
    "hyperopia_share": "hyperopic_patients",
    "astigmatism_share": "astigmatic_patients",
    "presbyopia_share": "presbyopic_patients",
    "recall_overdue_share": "recall_overdue_patients",
    "nhs_exempt_share": "nhs_exempt_patients",
}
_SHARE_OF = {count: share for share, count in COUNT_OF.items()}
_LENS_TYPES = ("progressive", "single_vision", "bifocal")


def of_patients(slots: Slots, metrics: tuple[str, ...]) -> tuple[Slots, tuple[str, ...]]:
    """The slots and metrics with words of other models ("wear contacts") taken as the patients' own."""
    slots, metrics = _wearers(slots, metrics)
    if slots.share_at is not None and metrics == ("active_patients",):
        metrics = ("patients",)
    shared = slots.share_at is not None
    if shared and metrics == ("patients",):
        return _of_lens_type(slots)
    if shared and metrics[0] in _SHARE_OF:
        return slots, (_SHARE_OF[metrics[0]], *metrics[1:])
    if slots.counted and not shared and metrics[0] in COUNT_OF:
        return slots, (COUNT_OF[metrics[0]], *metrics[1:])  # "how many patients have myopia"
    return slots, metrics


def _wearers(slots: Slots, metrics: tuple[str, ...]) -> tuple[Slots, tuple[str, ...]]:
    contacts = [v for v in slots.values if v.dimension == "product_type" and v.value == "contact_lens"]
    if metrics != ("patients",) or not contacts or contacts[0].negated:
        return slots, metrics
    return slots.with_(values=tuple(v for v in slots.values if v not in contacts)), ("contact_lens_wearers",)


def _of_lens_type(slots: Slots) -> tuple[Slots, tuple[str, ...]]:
    """ "What percentage of patients bought progressives": those lenses have a share of their own."""
    types = [v for v in slots.values if v.dimension == "lens_type"]
    known = types[0].value.casefold().replace(" ", "_").replace("-", "_") if len(types) == 1 else ""
    if known not in _LENS_TYPES or types[0].negated:
        return slots, ("patients",)
    kept = tuple(v for v in slots.values if v not in types)
    return slots.with_(values=kept), (f"{known}_share",)
