"""What is known of one patient, and every form in which it could be written.

A patient comes as a mapping with the host's column names; unknown columns are read by their name and their
look. The
forms are held as sets of words, squeezed strings (letters and digits only) and phrases, so that nothing is
compiled for
a patient and one note costs some tens of microseconds more.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from prentice.deid.redact.addresses import read_address, read_postcode
from prentice.deid.redact.gazetteer import FIRST, STOP, SURNAME, WORD, fold, kinds, nicknames, word_set
from prentice.deid.redact.spans import SpanType

_WORDS = re.compile(r"[a-z]+")
_ALNUM = re.compile(r"[^a-z0-9]+")
_TITLES = word_set(
    "mr mrs miss ms mx dr drs prof professor sir dame lady lord rev reverend doctor jr sr ii iii iv esq "
    "the and or of"
)
PARTICLES = word_set(
    "van von der den de del della di da dos das du la le el al bin binti ibn abu ben st mac mc o d y e ap "
    "ab san santa saint"
)
_GIVEN = word_set("al ben mac van della abu")  # particles that are given names where they stand first
# Columns that hold nothing of the person's own, or only a choice from a list.
_IGNORED = re.compile(
    r"^(?:id|company_id|ecp_id|country|timezone|timezone_offset|locale|status|title|gender|sex|pronouns|"
    r"language|notes|.*_notes|"
    r"medical_history|systemic_conditions|current_medications|allergies|family_ocular_history|hobbies|"
    r"sport_activities|"
    r"reading_habits|contact_lens_.*|preferred_.*|reminder_.*|recall_.*|.*_relationship|nhs_exemption.*|"
    r".*_consent|"
    r"vdu_.*|driving_.*|import_source|created_at|updated_at|deleted_at|imported_at|last_examination_date|"
    r"next_examination_due|change_history|customer_reference_label|vip_patient|insurance_provider|state|"
    r"us_state)$"
)
_SPOKEN = re.compile(r"[aeiouy][b-df-hj-np-tv-z]|[b-df-hj-np-tv-z][aeiouy]")  # "Ev", "Ty", not "Ph"
_GENERIC = word_set(
    "medical centre center health surgery practice group family clinic hospital opticians optician "
    "optical optometrist optometrists eyecare eye care vision the and ltd limited plc inc llc company "
    "co university college school council services service of retired student none unknown unemployed "
    "housewife homemaker self employed online other n a na nil retail sales manager"
)


@dataclass(slots=True)
class Person:
    """The forms of one patient's values."""

    words: set[str] = field(default_factory=set)  # of names, lower case, each enough alone
    misspelt: set[str] = field(default_factory=set)  # of four letters and more: one letter may be wrong
    towns: set[str] = field(default_factory=set)  # single words of places
    family: set[str] = field(default_factory=set)  # of `words`: the patient's surnames
    nicknames: set[str] = field(default_factory=set)  # of `words`: other forms of the given names
    initials: set[str] = field(default_factory=set)  # "EW", "EJW"
    short: set[str] = field(default_factory=set)  # beginnings of given names: names only beside another
    letters: set[str] = field(
        default_factory=set
    )  # first letters of the names, for "E Whitlock", "Elizabeth W"
    squeezed: dict[str, SpanType] = field(
        default_factory=dict
    )  # letters and digits of ids, phones, mail -> type
    phrases: dict[tuple[str, ...], SpanType] = field(
        default_factory=dict
    )  # words of streets, practices -> type
    births: set[tuple[int, int, int]] = field(default_factory=set)  # year, month, day


def read_person(patient: Mapping[str, Any]) -> Person:
    """All forms of a patient's values. Values that are no text, and columns that say nothing of a person,
    are passed over.
    """
    person = Person()
    first: list[str] = []
    last: list[str] = []
    for column, value in _columns(patient):
        name = column.lower()
        if _IGNORED.match(name):
            continue
        text = fold(value).strip()
        if not text:
            continue
        if name in (
            "name",
            "full_name",
            "patient_name",
            "first_name",
            "middle_name",
            "last_name",
            "surname",
            "forename",
        ):
            parts = _names(person, text)
            _initials(person, text)
            if name in ("name", "full_name", "patient_name"):
                tail = max(
                    1, len([piece for piece in _WORDS.findall(text.lower().split()[-1]) if piece in parts])
                )
                first, last = first or parts[:-tail] or parts, last or parts[-tail:]
                if "," in text and len(parts) > 1:
                    head = len(_WORDS.findall(text.split(",")[0].lower()))
                    last, first = parts[:head], parts[head:]
            elif name in ("first_name", "forename", "middle_name"):
                first += parts
            else:
                last = parts
        else:
            _read(person, name, text)
    _combine(person, first, last)
    return person


def _columns(patient: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for column, value in patient.items():
        if isinstance(value, Mapping):
            for key, inner in value.items():
                if isinstance(inner, str):
                    yield (f"address_{key}" if "address" in column else str(key)), inner
        elif isinstance(value, list | tuple):
            for inner in value:
                if isinstance(inner, str):
                    yield column, inner
        elif isinstance(value, str) and value[:1] == "{" and (inside := _object(value)) is not None:
            yield from _columns({column: inside})
        elif isinstance(value, str):
            yield column, value
        elif hasattr(value, "isoformat"):
            yield column, str(value.isoformat())
        elif isinstance(value, int) and not isinstance(value, bool) and value > 9999:
            yield column, str(value)


def _object(text: str) -> dict[str, Any] | None:
    """The object in a JSON text, as a jsonb column may come; None if it is none."""
    try:
        value = json.loads(text)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def _read(person: Person, column: str, text: str) -> None:
    digits = re.sub(r"\D", "", text)
    if "@" in text:
        _mail(person, text.lower())
    elif "birth" in column or column == "dob":
        person.births.update(_dates(text))
    elif re.search(r"phone|mobile|fax|\btel", column):
        _phone(person, digits)
    elif re.search(r"postcode|zip|postal", column):
        read_postcode(person, text)
    elif re.search(r"address|line_?\d|city|county|town|street|village|district|suburb", column) or column in (
        "house",
        "road",
    ):
        read_address(person, column, text)
    elif re.search(
        r"(?:^|_)(?:names?|surname|contact|carer|relative|spouse|partner|guardian|nok|doctor|clinician|"
        r"optometrist|nickname|known_as|alias)$",
        column,
    ) and not re.search(r"practice|company|employer|insur", column):
        parts = _names(person, text)
        if re.search(r"contact|carer|relative|spouse|partner|guardian|nok", column):
            _short_forms(person, parts[:1])
            person.letters |= {part[0] for part in parts[1:]}  # "Pam C-D" for Pam Cartwright-Doyle
    elif len(digits) >= 3 and len(digits) * 2 >= len(_ALNUM.sub("", text.lower())):
        _number(person, text)
    elif (
        re.search(r"practice|surgery|optician|employer|occupation|school|company", column)
        or text[0].isupper()
    ):
        if len(text) < 80:
            _phrase(person, text, "LOCATION" if "practice" in column or "surgery" in column else "ID")
    elif any(character.isdigit() for character in text) and len(text) >= 4:
        _number(person, text)


def _names(person: Person, text: str) -> list[str]:
    """Takes each word of a name; gives those that are more than a letter and no title, in order."""
    low = text.lower()
    for camel in re.finditer(r"\b([A-Z][a-z]+)([A-Z][a-z]+)\b", text):
        person.phrases[(camel[1].lower(), camel[2].lower())] = "NAME"  # "Du Bois" for DuBois
    parts: list[str] = []
    for chunk in re.split(r"[\s,./]+", low):
        joined = _ALNUM.sub("", chunk)
        pieces = _WORDS.findall(chunk)
        if len(pieces) > 1 and len(joined) > 3:
            _name_word(person, joined)
        for piece in pieces:
            if (
                piece in _TITLES
                or len(piece) < 2
                or (piece in PARTICLES and not (piece in _GIVEN and not parts))
            ):
                continue
            _name_word(person, piece)
            parts.append(piece)
    for match in re.finditer(r"\b(?:mc|mac|o'|st\.? ?|fitz) ?([a-z]{3,})", low):
        _name_word(person, _ALNUM.sub("", match[0]))
    for match in re.finditer(r"\bma?c[ \-]?([a-z]{4,})", low):
        for head in ("mc", "mac"):
            _name_word(person, head + match[1])
            person.phrases[(head, match[1])] = "NAME"
    for one, two in pairwise(parts):
        if len(one) + len(two) > 4:
            person.words.add(one + two)  # "Liwei" for Li Wei
    return parts


def _initials(person: Person, text: str) -> None:
    """The initials of a whole name with its particles: "EOB" and "EO" for Elizabeth O'Brien."""
    words = [word for word in re.split(r"[\s,.\-]+", text.lower()) if word and word not in _TITLES]
    if len(words) < 2:
        return
    person.letters |= {word[0] for word in words}
    double = text.lower().split()[-1].split("-")
    if len(double) > 1 and all(double):
        person.initials.add((words[0][0] + "".join(part[0] for part in double)).upper())
        person.initials.add((words[0][0] + double[0][0]).upper())
    person.initials |= {
        (words[0][0] + words[1][0]).upper(),
        (words[0][0] + words[-1][0]).upper(),
        "".join(word[0] for word in words).upper(),
    }


def _name_word(person: Person, word: str) -> None:
    person.words.add(word)
    if len(word) >= 4:
        person.misspelt.add(word)


def _short_forms(person: Person, words: list[str]) -> None:
    """Takes the other forms of given names: "Liz" for Elizabeth, "Ken" for Kenji, "Bella" for Isabella."""
    table = kinds()
    for word in words:
        head = {word[:length] for length in range(3, len(word) - 1)}
        tail = {word[at:] for at in range(2, len(word) - 3)}
        found = {form for form in head if table.get(form, 0) & FIRST and not table[form] & STOP}
        found |= {form for form in tail if table.get(form, 0) & FIRST and not table[form] & (WORD | STOP)}
        found |= {form for form in head if not table.get(form, 0)}  # "Esmer", which nothing else is
        found |= {form for form in _diminutives(word) if not table.get(form, 0) & ~(FIRST | SURNAME)}
        found |= nicknames().get(word, frozenset())
        if word[:2].isalpha() and len(word) > 3 and _SPOKEN.match(word):
            person.short.add(word[:2])
        person.short |= {form for form in head if form not in found}
        for other in found:
            if len(other) > 1:
                if other not in person.words:
                    person.nicknames.add(other)
                person.words.add(other)
                if len(other) >= 5:
                    person.misspelt.add(other)


def _diminutives(name: str) -> set[str]:
    """What a name may be made into: "Debs", "Milly", "Robbie", "Shazza" aside."""
    forms: set[str] = set()
    for length in (3, 4):
        head = name[:length]
        if len(name) <= length or head[-1] in "aeiouy":
            continue
        for root in (head, head + head[-1]):
            forms |= {root + tail for tail in ("s", "y", "ie", "i", "o")}
    return forms


def _combine(person: Person, first: list[str], last: list[str]) -> None:
    _short_forms(person, first)
    person.family |= set(last)
    if not first or not last:
        return
    given, family = first[0], "".join(last)
    person.letters |= {word[0] for word in first + last}
    person.initials |= {
        (given[0] + last[0][0]).upper(),
        (given[0] + last[-1][0]).upper(),
        ("".join(word[0] for word in first) + last[0][0]).upper(),
        ("".join(word[0] for word in first) + "".join(word[0] for word in last)).upper(),
    }
    for joined in (given + family, family + given, given[0] + family, family + given[0], given + family[0]):
        if len(joined) > 3:
            person.words.add(joined)


def _mail(person: Person, address: str) -> None:
    local, _, domain = address.partition("@")
    if len(local) < 2 or len(domain) < 4:
        return
    bare, host, spoken = (
        _ALNUM.sub("", local),
        _ALNUM.sub("", domain),
        _ALNUM.sub("", domain.replace(".", " dot ")),
    )
    said = _ALNUM.sub("", local.replace(".", " dot ").replace("_", " underscore "))
    for name in {bare, said}:
        for link in ("", "at"):
            for where in {host, spoken}:
                person.squeezed[name + link + where] = "EMAIL"
    if len(bare) >= 6:
        person.squeezed[bare] = "EMAIL"


def _phone(person: Person, digits: str) -> None:
    core = re.sub(r"^(?:00|011)?(?:44|353)0?(?=\d{9,10}$)|^0|^1(?=\d{10}$)", "", digits)
    if len(core) >= 6:
        person.squeezed[core] = "PHONE"
        for length in range(len(core) - 1, 5, -1):
            person.squeezed[core[-length:]] = "PHONE"


def _phrase(person: Person, text: str, kind: SpanType) -> None:
    words = tuple(re.findall(r"[a-z]+|\d+", text.lower()))
    if not words or all(word in _GENERIC for word in words):
        return
    while words and words[0] == "the":
        words = words[1:]
    if len(words) == 1 and len(words[0]) < 3:
        return
    person.phrases[words] = kind
    head = words
    while head and head[-1] in _GENERIC:
        head = head[:-1]
    table = kinds()
    if head and head != words and not all(table.get(word, 0) & WORD for word in head):
        person.phrases[head] = kind


def _number(person: Person, text: str) -> None:
    squeezed = _ALNUM.sub("", text.lower())
    for form in (squeezed, re.sub(r"(?<=[a-z])0+(?=\d{3})", "", squeezed)):  # "dom318" for DOM-0318
        if len(form) >= 4:
            person.squeezed[form] = "ID"
    if (core := re.fullmatch(r"[a-z]+(\d{5,}[a-z]{0,2})", squeezed)) is not None:
        person.squeezed[core[1]] = "ID"  # "94411820-D" for MCAL 94411820D
    digits = re.sub(r"\D", "", text)
    if len(digits) >= 6:
        person.squeezed[digits] = "ID"


_MONTHS = {
    name: at + 1
    for at, name in enumerate(
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
    )
}


def _dates(text: str) -> Iterator[tuple[int, int, int]]:
    """A date of birth as the host may hold it; a form that can be read both ways is read both ways."""
    low = text.lower()
    if match := re.match(r"((?:18|19|20)\d\d)\D?(\d{1,2})\D?(\d{1,2})", low):
        yield int(match[1]), int(match[2]), int(match[3])
    elif match := re.match(r"(\d{1,2})\D(\d{1,2})\D(\d{2,4})", low):
        year = int(match[3]) + (0 if len(match[3]) == 4 else 1900)
        yield year, int(match[2]), int(match[1])
        yield year, int(match[1]), int(match[2])
    elif (match := re.match(r"(\d{1,2})\D*([a-z]{3})[a-z]*\D*(\d{4})", low)) and match[2] in _MONTHS:
        yield int(match[3]), _MONTHS[match[2]], int(match[1])
    elif (match := re.match(r"([a-z]{3})[a-z]*\D*(\d{1,2})\D+(\d{4})", low)) and match[1] in _MONTHS:
        yield int(match[3]), _MONTHS[match[1]], int(match[2])
