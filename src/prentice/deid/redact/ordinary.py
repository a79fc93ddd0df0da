"""Whether a word that can be a name stands here as a word: "Mark on lens", "Brown's syndrome".

Only words that are words too are asked about. A name is kept as one where anything says so (a title, another
of the person's names, what only a person does); a word as a word where its case, its place in the sentence
and the next word say so.
"""

# ruff: noqa: E501 (patterns)
from __future__ import annotations

import re

from prentice.deid.redact.collocations import is_collocation
from prentice.deid.redact.eponyms import is_eponym
from prentice.deid.redact.gazetteer import CLINICAL, EPONYM, PLACE, PROTECTED, SURNAME, WORD, kinds, word_set

PERSON_VERBS = (
    r"attended|called|calls|calling|rang|rings|ringing|phoned|says|said|reports|reported|states|stated|wants|"
    r"wanted|prefers|preferred|paid|pays|collected|collects|came|comes|asked|asks|"
    r"feels|felt|thinks|thought|wears|wore|lives|lived|drives|drove|likes|liked|loves|hates|dislikes|"
    r"brought|brings|told|tells|"
    r"complains|mentioned|mentions|noticed|notices|struggles|struggled|requested|requests|agreed|agrees|"
    r"declined|"
    r"declines|signed|signs|denies|denied|enjoys|plays|played|confirmed|confirms|emailed|emails|texted|"
    r"texts|booked|books|"
    r"cancelled|canceled|arrived|arrives|dispensed|checked|fitted|needs|needed|knows|knew|offered|offers|"
    r"manages|"
    r"helps|helped|picks|picked|chose|chooses|lost|loses|forgot|forgets|bought|buys|takes|took|wonders|"
    r"worries|worried|uses|used|sends|sent|sits|sat|moves|moved|goes|went|gets|got|gave|gives|saw|sees|works|"
    r"worked|smokes|reads|interprets|interpreted|translates|translated|speaks|spoke|understands|understood|"
    r"insists|insisted|refuses|refused|consents|consented|failed|fails|dropped|drops|broke|sat on|trod|"
    r"slept|sleeps|tolerates|"
    r"tolerated|adapts|adapted|returned|returns|left|leaves|hit|fell|fishes|hunts|inserts|removes|"
    r"misses|missed|did|does|dislikes|presents|presented|stays|stayed|waits|waited|turned|turns|kissed"
)
_KIN = (
    r"mum|mom|dad|mother|father|husband|wife|partner|daughter|son|brother|sister|glasses|specs|lenses|eyes?|"
    r"appointment|appt|rx|order|gp|doctor|frame|mobile|number|email|phone|family|parents|carer|old|new|own|"
    r"prescription|record|notes|drops|left|right|job|address|insurance|voucher|no\b|cell|ride|baby|teacher|"
    r"friend"
)
PERSON_DOES = re.compile(
    r"(?:'s (?:mum|mom|dad|mother|father|husband|wife|partner|daughter|son|brother|sister|glasses|specs|"
    r"lenses|appointment|appt|rx|order|gp|frame)\b"
    r"| (?:attended|called|rang|phoned|says|said|reports|reported|wants|prefers|paid|collected|came|asked|"
    r"feels|thinks|wears|works|lives|drives|likes|"
    r"brought|told|complains|mentioned|noticed|struggles|requested|agreed|declined|signed|denies|enjoys|"
    r"plays|confirmed|emailed|texted|booked|"
    r"cancelled|arrived|dispensed|checked|fitted|will collect|has lost|has a|has been|was happy|was told|"
    r"is happy|is coming|needs|on reception|in store|in the lab|"
    r"from reception|and (?:his|her|their)|did (?:my|the|his|her|our)|would (?:check|ring|call|sort|ask|be|look|order|email|find)|"
    r"served|sold|saw me|fitted me|helped)\b)"
)
_DOING = (
    r"managing|wearing|using|struggling|coming|asking|wanting|driving|reporting|noticing|complaining|coping|"
    r"adapting"
)
_DOING_NEXT = re.compile(rf" (?:{_DOING})\b")
_PERSON_NEXT = re.compile(
    rf"'s (?:{_KIN})\b| (?:{PERSON_VERBS})\b"
    r"| (?:who|herself|himself|here|aware|happy|keen|unhappy|aged|now|also|v |very |not |can't|won't|"
    r"didn't|doesn't)"
    r"| (?:is|was|has|had|will|would|can|could|may|to) "
    r"| and (?:his|her|their|husband|wife|son|daughter|mum|dad)\b"
)
_PERSON_NEXT_LOWER = re.compile(
    rf"'s (?:{_KIN})\b| (?:{PERSON_VERBS})\b(?! (?:in|on|at) )| (?:here\b|again\b|who |herself|himself|to "
    rf"(?:collect|"
    r"ring|call|bring|pick|attend|confirm))| and (?:his|her|their|husband|wife|son|daughter|mum|dad)\b"
)
_TITLE_BEFORE = re.compile(
    r"\b(?:mr|mrs|ms|miss|mx|dr|prof|professor|doctor|(?-i:Master)|sir|lady|dame|lord|rev|revd|fr|sister|"
    r"sra?|"
    r"madam)s?\.? \Z",
    re.I,
)
_TITLE_AND_NAME = re.compile(_TITLE_BEFORE.pattern.replace(r"\Z", r"(?-i:[A-Z][a-z]*)\.? \Z"), re.I)
_CALLED_BEFORE = re.compile(
    r"\b(?:its|it's|i'm|im|i am|this is|that's|thats|name|name is|my name's|called|named|hi|dear|hello|hey|"
    r"thanks|ta|cheers|regards|"
    r"thx|husband|wife|son|dad|mum|mom|daughter|brother|sister|partner|friend|nan|gran|uncle|aunt|told|"
    r"asked|phoned|"
    r"rang|re|signed|love|px|pt|patient|spoke to|spoke with|seen by|accompanied by|for (?=\w+ \w+ to))"
    r"[:.,]? \Z",
    re.I,
)
_COMPANY_BEFORE = re.compile(r"\b(?:by|from|with|and|for) \Z", re.I)
_CLOSES = re.compile(r"[.,;:)!?]*(?:\s*$|\n)|[.,;:)](?: |$)")
_NOT_EPONYM = re.compile(rf"(?:'s?)? (?:{_KIN})\b|(?:'s?)? (?:{PERSON_VERBS})\b")
# "Brown's syndrome" whoever Brown is; "?Horner's", "Adie's excluded".
_DISEASE_NEXT = re.compile(
    r"(?:'s?)? (?:[a-z\-]+ )?(?:signs?|syndrom|disease|palsy|phenomenon|dystrophy|orbitopathy|"
    r"ophthalmopathy|pupils?\b|rings?\b|"
    r"eye disease|tendon|sheath|membrane|nodules?|spots?\b|striae|law\b|charts?\b|tests?\b|reflex|o?edema|"
    r"keratopathy|heterochromi|uveitis|degeneration|anomaly|nystagmus|retinopathy|neuropathy|chorea|stain|"
    r"lines?\b|"
    r"applanation|tonomet|perimet|fields?\b|grid|gonio|lens clock|score)",
    re.I,
)
_SYNDROME_NEXT = re.compile(r"(?:'s?)? (?:syndrom|disease|palsy|phenomenon|dystrophy|membrane|sign\b)")
_BARE_EPONYM = re.compile(
    r"'s?(?:[.,;:)?!]|$| (?:excluded|neg|ruled|not|suspected|unlikely|likely|absent|present|r/o|query|"
    r"panel|on|"
    r"with|and|or|vs|w/)\b)|'?(?: neg| negative| positive| pos\b| [-+](?:ve)?(?: |$|\.)| ?\d\d/\d\d| \d| "
    r"n/a| III| type| absent| nil| none)"
)
_THINGS = (
    r"tints?|tinted|frames?|temples?|rims?|eyes|eyed|hair|haired|skin|irid|iris|colou?red|colou?rs?|"
    r"shades?|sized|"
    r"shaped|green|blue|brown|gr[ea]y|red|pink|black|white|yellow|plum|leaf|leaves|chain|egg|bark|tree|"
    r"pollen|bush|"
    r"hedge|thorns?|fabric|fib(?:er|re)s?|fever|court|creeper|periods?|window|warning|gradient|mirror|"
    r"polari[sz]ed|on dark|"
    r"metal|acetate|plastic|wood|lens(?:es)?|light|lights|screen|line|lines|cap|reflex|spot|spots|"
    r"discharge|feeling|sensation|burr|force|wires?|tracing|butterfly|retriever|thin|insurance|oil|seed|"
    r"berry|"
    r"tea|jam|sponge|soap|lotion|scented|cream|cut|bay|burn|water|perfume|petal|flower|bowl|stone|clock|"
    r"rep|quoted|match(?:ed)?|sclera|better|fibroma|card|book|tablet"
)
THING_NEXT = re.compile(
    rf"(?:-(?:colou?red|sized|shaped|eyed|blue|green|gr[ea]y|like|tinted)\b| (?:{_THINGS})\b|, (?:brown|"
    rf"blue|green|black|grey|gray) )"
)
_OF_NEXT = re.compile(r" (?:of|per|sized)\b")
_VERBS = word_set(
    "mark will grant may drew chase rob bill sue hope frank nick josh skip dot pat wade pierce rush price "
    "bridge "
    "cook park hunt cross ward can might reed gale miles wells rich ray guy chip norm peg trace buck "
    "heath "
    "sandy sharp quick early young long short bright pope best read field fields bishop baker archer"
)
_VERB_NEXT = re.compile(
    r" (?:on|in|at|up|down|off|out|over|along|him|her|them|it|me|us|the|a|an|this|that|these|those|i|we|"
    r"you|he|she|they|"
    r"R\b|L\b|RE\b|LE\b|OD\b|OS\b|OCs?\b|OU\b|for|with|lens|lenses|frames?|temples?|all|each|both|no|new|"
    r"old|if|when|by|"
    r"today|tomorrow|as|next|first|better|worse|force|period)\b"
)
_STATE_NEXT = re.compile(
    r" (?:new|old|today|tomorrow|next|first|in for|with|no|at|off|out|up for|down "
    r"for)\b"
)
_LOWER_NEXT = re.compile(r" ([a-z]+)(?![\w/])")
_LINKS = word_set(
    "and or to on at with from for re via who by c wants ok well fine today back seen discharged referred "
    "reassured advised informed dilated examined counselled reviewed consented unhappy happy aware keen deaf "
    "stable here"
)
_ADJECTIVES = word_set("frank iris gene lance pearl amber crystal cherry rusty rich early max norm ray dot")
_EYE_NEXT = re.compile(r" (?:R|L|RE|LE|OD|OS|OU)\b")
_IN_PERSON = re.compile(r" in (?:today|store|clinic|for|to|tomorrow|with|re|c|tears|pain|person)\b")
_MEASURES_NEXT = re.compile(r" (?:[NJ]\d|\d\d[-/ ]\d\d|[RL] |(?:RE|LE|OD|OS|OU)\b|[+-]\d)")
_AUXILIARIES = word_set("will may can might must")
_AUX_NAME_NEXT = re.compile(
    rf" (?:{PERSON_VERBS})\b| (?:to|and|or|is|was|has|had|will|may|can|who|here|in|on|at|with|aware|happy|"
    rf"seen|"
    r"(?!need |feed |proceed |bleed |heed )[a-z]+ed|aged|from|for|does|did)\b|[^ ]|$| [^a-zI]"
)
STATES = word_set(
    "georgia virginia carolina montana dakota washington florida california texas nevada arizona alabama "
    "indiana "
    "tennessee delaware maryland maine oregon idaho alaska hawaii scotland wales ireland england france "
    "germany spain "
    "italy india china jordan chad cuba israel kenya jamaica asia america africa europe australia canada"
)
_TRAVEL = re.compile(
    r"\b(?:in|near|via|across|throughout|visit|visited|visiting|from|(?:trip|way|move|moved|moving|"
    r"travel\w*|flew|fly|flying|"
    r"went|going|go|back|drive|drove|driving|relocat\w+|return\w*|holiday|retired) to) \Z",
    re.I,
)
_TOWN_BEFORE = re.compile(
    r"\b(?:in|from|at|near|nr|to|of|around|lives?|town|city|outside|via|postcode|off|is|and|or|:|,)[:,]? "
    r"(?:the )?\Z",
    re.I,
)


def can_be_word(word: str) -> bool:
    """Whether a lower-case word is also a word of the language or the trade, in singular or plural."""
    table = kinds()
    mask = WORD | CLINICAL | PROTECTED | EPONYM
    if table.get(word, 0) & mask or word in STATES or word in _NATURE:
        return True
    return word.endswith("s") and bool(table.get(word[:-1], 0) & (WORD | CLINICAL))


_NATURE = word_set(
    "jade holly daisy robin jean rosa victor victoria ruby pearl amber coral opal hazel heather ivy violet "
    "rosemary lily poppy "
    "iris olive willow rowan fern basil ginger sandy sonny misty stormy sunny penny jasmine laurel myrtle "
    "primrose "
    "forrest ash cliff glen dale brook brooke rusty dusty raven robyn jay drake finch wren cherry "
    "clementine saffron "
    "crystal emerald sapphire garnet topaz diamond gemma marina dolly teddy jersey florence paris chelsea "
    "kent lance "
    "pierce chuck buddy duke earl baron king prince bishop major gene dean eve angel carol noel april june "
    "august autumn"
)


def is_travel(folded: str, start: int) -> bool:
    """Whether a journey leads to what starts here: "trip to Georgia"."""
    return _TRAVEL.search(folded, max(0, start - 24), start) is not None


def is_state_here(folded: str, start: int, end: int) -> bool:
    """ "trip to Georgia", "Virginia trip": the state, not the person."""
    if folded[start:end].lower() not in STATES:
        return False
    if is_travel(folded, start) or _TRIP_NEXT.match(folded, end):
        return True
    town = _TOWN_COMMA.search(folded, max(0, start - 24), start)
    if town is None:
        return False
    kind = kinds().get(town[1].lower(), 0)
    return bool(kind & PLACE) and not kind & (SURNAME | WORD)


_TOWN_COMMA = re.compile(r"([A-Z][a-z]+), \Z")  # "Luray, Virginia"


_TRIP_NEXT = re.compile(
    r" (?:trip|holiday|visit|creeper|licen[cs]e|law|weather|plates?|address|next|state)\b"
)


def is_thing(folded: str, word: str, end: int) -> bool:
    """Whether a name is only what a thing is called by: "Daisy chain", "Jean fabric"."""
    low = word.lower()
    if is_collocation(folded, end - len(word), end):
        return True
    return (low in _NATURE or bool(kinds().get(low, 0) & WORD)) and THING_NEXT.match(folded, end) is not None


def is_titled(folded: str, start: int) -> bool:
    if _TITLE_BEFORE.search(folded, max(0, start - 12), start):
        return True
    return folded[start].isupper() and _TITLE_AND_NAME.search(folded, max(0, start - 24), start) is not None


def starts_sentence(folded: str, start: int) -> bool:
    """Whether a sentence, a clause after a dash or a quotation starts here."""
    before = folded[max(0, start - 6) : start].rstrip(" ")
    return start == 0 or not before or before[-1] in '.\n!?:";(-*/='


def is_word_here(folded: str, start: int, end: int, *, beside: bool, given: bool) -> bool:
    """Whether the name at `start`, which can be a word, is one.

    `beside`: another of the person's names is next to it. `given`: it is a given name, by which people are
    called.
    """
    written = folded[start:end]
    low = written.lower()
    if is_titled(folded, start):
        return False
    kind = kinds().get(low, 0)
    known = bool(kind & (PROTECTED | EPONYM))
    disease = _DISEASE_NEXT if kind & PROTECTED else _SYNDROME_NEXT
    named = disease.match(folded, end) or (known and is_eponym(folded, end, kind, strict=True))
    if named and not beside and not _NOT_EPONYM.match(folded, end):
        return True
    if kind & PROTECTED and not beside and _BARE_EPONYM.match(folded, end) and not kind & CLINICAL:
        return True
    if beside:
        return False
    if is_collocation(folded, start, end):
        return True
    if written.islower():
        return _is_lower_word(folded, start, end, given)
    if written.isupper() and len(written) > 1:
        return False
    if is_state_here(folded, start, end):
        return True
    if not kind & (WORD | CLINICAL) and not can_be_word(low):
        return False
    if _OF_NEXT.match(folded, end):
        return True
    if not starts_sentence(folded, start):
        return bool(THING_NEXT.match(folded, end)) and not folded.startswith(" lens", end)
    return _is_first_word(folded, end, low, given)


def _is_first_word(folded: str, end: int, low: str, given: bool) -> bool:
    """Whether the capital is only that of a sentence."""
    if low in _AUXILIARIES:
        return not _AUX_NAME_NEXT.match(folded, end)
    if THING_NEXT.match(folded, end):
        return True
    if (
        low in _VERBS
        and _VERB_NEXT.match(folded, end)
        and not (given and low != "mark" and _STATE_NEXT.match(folded, end))
        and not _IN_PERSON.match(folded, end)
        and not (given and low != "mark" and _EYE_NEXT.match(folded, end))
    ):
        return True
    if not given and _MEASURES_NEXT.match(folded, end):
        return True
    following = _LOWER_NEXT.match(folded, end)
    if following is None or _PERSON_NEXT.match(folded, end):
        return False
    if not given:  # notes call nobody by a bare surname in front of a noun: "Wood dust", "Early cataract"
        return following[1] not in _LINKS and not _IN_PERSON.match(folded, end)
    return low in _ADJECTIVES and bool(kinds().get(following[1], 0) & CLINICAL)


def _is_lower_word(folded: str, start: int, end: int, given: bool) -> bool:
    if folded[start:end] in _PLAIN_NOUNS and _AMOUNT_NEXT.match(folded, end):
        return True  # "told price ~45"
    if _PERSON_NEXT_LOWER.match(folded, end) and not _ARTICLE_BEFORE.search(
        folded, max(0, start - 16), start
    ):
        return False
    if start == 0 or folded[start - 1] == "\n" or (folded[start - 1] == "(" and folded[end : end + 1] == ")"):
        return bool(THING_NEXT.match(folded, end)) or (
            bool(_LOWER_NEXT.match(folded, end))
            and not _PERSON_NEXT.match(folded, end)
            and not (given and _DOING_NEXT.match(folded, end))
        )
    if _CALLED_BEFORE.search(folded, max(0, start - 24), start):
        return bool(THING_NEXT.match(folded, end))
    if _TREATED_BEFORE.search(folded, max(0, start - 24), start) and _TREATED_NEXT.match(folded, end):
        return folded[start:end] in _PLAIN_NOUNS
    if starts_sentence(folded, start) and (
        folded.startswith(": ", end) or (given and _LOWER_PERSON_NEXT.match(folded, end))
    ):
        return folded[start:end] in _PLAIN_NOUNS
    if _COMPANY_BEFORE.search(folded, max(0, start - 6), start) and _CLOSES.match(folded, end):
        return not given or folded[start:end] in _PLAIN_NOUNS
    return not (folded[end:].strip(" .!x") == "" and folded[:start].rstrip()[-1:] in "-,\n!")


_AMOUNT_NEXT = re.compile(r"(?: (?:is|was|of|approx|about))? (?:[~$]|gbp |usd )?\d")

# What is done to a person: "bill woods for", "can you ring miles re".
_TREATED_BEFORE = re.compile(
    r"\b(?:bill|billed|invoice|invoiced|charge|charged|call|ring|phone|phoned|text|email|emailed|message|tell|"
    r"ask|remind|reminded|rebook|contact|contacted|warn|warned|help|helped|let|meet|met|owe|refund|"
    r"refunded|thank|chase|see|saw|refer|referred|book|booked|give|gave|inform|informed|and|w/|post|send) \Z",
    re.I,
)
_TREATED_NEXT = re.compile(
    r" (?:for (?!distance|near|reading|vdu|driving|night)|re\b|about|regarding|to (?:collect|come|book|"
    r"say|check|confirm|ask|pick|ring|call)|"
    r"if|again|asap|tomorrow|that\b|know|when|back\b|today|that|in for|on (?:mon|tue|wed|thu|fri|sat|sun|"
    r"0|\d{5}|"
    r"mobile|cell|her|his))"
)
_LOWER_PERSON_NEXT = re.compile(
    r" (?:home|here|in(?= (?:today|for|store|clinic|to))|back|away|ok|okay|fine|well|happy|unhappy|aware|"
    r"off|seen|dna|fta|"
    rf"now [a-z]+(?:ing|s)\b|(?:{_DOING})\b|"
    r"no show|not in|on (?:phone|line|hols|holiday)|due|late|early|ready|again|also|just|still|only)\b|, "
    r"(?:dob|aged?|\d)"
)
_ARTICLE_BEFORE = re.compile(r"\b(?:(?:an?|the) (?:[a-z]+ )?|not |in |no |is |of )\Z")
_PLAIN_NOUNS = word_set(
    "price bridge day lens lenses hand summer winter field fields white brown black green gray grey gold "
    "silver autumn summer winter spring"
)


_THE_BEFORE = re.compile(r"\bthe \Z")


def is_common_town(folded: str, start: int, end: int) -> bool:
    """Whether a town that is also a word ("Wells", "Grove") is the word here."""
    written = folded[start:end]
    low = written.lower()
    if not kinds().get(low, 0) & (WORD | CLINICAL) and not can_be_word(low):
        return written.islower() and bool(
            re.search(r"\b(?:plays?|playing|of|wears?) \Z", folded[max(0, start - 9) : start])
        )
    if written.islower() and (
        _OF_NEXT.match(folded, end) or _THE_BEFORE.search(folded, max(0, start - 4), start)
    ):
        return True  # "in defiance of", "the mentor"
    if _TOWN_BEFORE.search(folded, max(0, start - 14), start):
        return written.islower() and bool(THING_NEXT.match(folded, end))
    if written.islower():
        return True
    return starts_sentence(folded, start) and bool(
        _OF_NEXT.match(folded, end) or _VERB_NEXT.match(folded, end) or THING_NEXT.match(folded, end)
    )
