"""Eponyms and products: names that no person in the room has."""

from __future__ import annotations

import re

from prentice.deid.redact.gazetteer import EPONYM, NAME, PROTECTED, kinds

# What follows any eponym: "Whitlock's sign" is not Mrs Whitlock's.
EPONYM_NEXT = re.compile(
    r"(?:'s?)? (?:[a-z]+ )?(?:signs?|syndromes?|tests?|testing|disease|dystroph|charts?|rods?|cross(?=[ "
    r"-]?cyl)|"
    r"tonomet|applanation|spots?|"
    r"rings?|lines?|grids?|membrane|palsy|pupils?|nodules?|streaks?|plates?|grad(?:e|ing)|scale|reflex|"
    r"spindle|angle|formula|procedure|"
    r"stain|nerve|layer|canal|striae|degeneration|keratopathy|ophthalmopathy|orbitopathy|neuropathy|"
    r"anomaly|phenomenon|law|"
    r"rule|equation|notation|acuity|perimet|fields?\b|screen\b|prism|dots?\b|triad|technique|method|"
    r"classification|criteria|lamp|"
    r"lens(?:es)? (?:design|material)|valve|tube|implant|cards?\b|pictures|optotypes|score|index|ulcer|"
    r"body|bodies|cells?|"
    r"glands?|space|fold|patch|haemangioma|drops?|eye ?drops|ointment|gel|pics\b|circles?\b|foils?\b|"
    r"occluder|frames?\b|specs frame|tint|varifocal|progressive|"
    r"crowded|single|multifocal|toric|dailies|monthly|monthlies|coating|style\b)",
    re.I,
)
# What follows those that are known to be eponyms: "Brock string", "Becker's naevus".
_KNOWN_NEXT = re.compile(
    r"(?:'s?)?[ -](?:[a-z]+ )?(?:strings?|balls?|muscles?|pits?|na?ev(?:us|i)|features|habitus|facies|"
    r"stigmata|phenotype|effect|cyl|gonio|loupe|chalazion|plication|resection|advancement|trabecul|knot|"
    r"sutures?|speculum|forceps|hook|needle|cannula|punch|spud|clamp|retractor|compensator|stereo|"
    r"aberrometer|interferomet|ophthalmoscope|keratomet|manometer|exophthalmomet|palisades?|furrow|belt|"
    r"bands?|crescent|corpuscle|crystals?|dysplasia|dysgenesis|ataxia|atrophy|lymphoma|sarcoma|melanosis|"
    r"tumou?r|encephalo|encephalitis|contracture|fracture|conjunctivitis|keratitis|uveitis|iridocyclitis|"
    r"coloboma|aniridia|cysts?|effusion|artery|vein|ganglion|ducts?|canal|ligament|capsule|limbus|papilla|"
    r"artefact|chromatic|illusion|constant|schematic|fixation|afterimage|facets?|granules?|pearls?|"
    r"exudates?|tarsal|gland|appearance|sheath|tendon|o?edema|heterochromi|chorea|nystagmus|aphasia|"
    r"arteritis|thyroiditis|struma|hypoplasia|naevi|lipping|stroma|adaptation|blur|colou?r|vision test|"
    r"lantern|wools?|board|flippers?|drum|cards?|block|chair|lights?|dot|goggles?|bars?|filters?|wings?|"
    r"slip|unit|norms?|fundus|repair|sling|suspension|excision|graft|conjunctivoplasty|keratoplasty)",
    re.I,
)
# "Becker? (naevus)"
_QUERIED = re.compile(r"\?? \((?:na?evus|syndrome|disease|dystrophy|palsy|sign|test|not)\b")
# "Percival & Sheard", "Weill-Marchesani": one eponym beside another.
_PAIR = re.compile(r"(?: & | and |/|-)([A-Z][a-z]+)")
_DRUG = re.compile(
    r"[a-z]{2,}(?:mab|prost|olol|azole|april|opril|sartan|statin|cillin|mycin|micin|oxacin|ciclovir|cyclovir|tinib|"
    r"azepam|zolam|triptan|gliptin|gliflozin|glutide|tidine|prazole|dipine|thiazide|solone|olone|caine|zolamide|"
    r"tropine|fenac|profen|oxicam|onium|parin|xaban|gatran|grel|setron|lukast|terol|sone|cycline|"
    r"floxacin|barbital|oxetine|traline|pramine|triptyline|apine|peridol|idone|gabalin|dronate|fibrate|"
    r"formin|semide|actone|thyroxine|mustine|platin|taxel|rubicin|nib|limus|fungin|nazole|vudine|quine|"
    r"vitamin|tears)"
)
# "DuoTrav", "HydraGlyde": a capital inside a word is a brand's, but for these beginnings.
_BRAND = re.compile(
    r"(?!(?:Mc|Mac|De|Del|Den|Der|Des|Di|Da|Dal|Du|La|Le|Lo|Los|Las|Van|Von|Vander|Fitz|St|San|Saint|El|Al|"
    r"Ap|Ab|Ben|Bin|O|D|N|M|L|Ni|Mb|Ng|Te|Ten|Ter|Vande|Dela|Ibn|Abdel|Abdul|Jo|Jean|Mary|Ann|Anne|Sue|Lee|"
    r"Ja|Je|Ty|Ke|La|Ra|Sha|Ta|Ti|Da|De|Ma|Mi|Le|Lu|Ro)[A-Z])[A-Z][a-z]+[A-Z][A-Za-z]+"
)


_LINKS = frozenset(" '?-/")


def is_eponym(text: str, end: int, kind: int, *, strict: bool = False) -> bool:
    """Whether a name of this kind that ends at `end` only names a sign, a disease, a test or a thing.

    With `strict`, a word may stand between only after a possessive: "Brown's tendon sheath syndrome".
    """
    if text[end : end + 1] not in _LINKS:
        return False
    found = EPONYM_NEXT.match(text, end)
    if found is None and kind & (EPONYM | PROTECTED):
        found = _KNOWN_NEXT.match(text, end)
    if found is not None:
        return not strict or text[end] == "'" or " " not in found[0].strip()
    if not kind & (EPONYM | PROTECTED):
        return False
    if _QUERIED.match(text, end):
        return True
    pair = _PAIR.match(text, end)
    if pair is None:
        return False
    other = kinds().get(pair[1].lower(), 0)
    if other & PROTECTED and not other & NAME:
        return True
    return bool(other & (EPONYM | PROTECTED)) and bool(
        EPONYM_NEXT.match(text, pair.end()) or _KNOWN_NEXT.match(text, pair.end())
    )


def is_product(word: str) -> bool:
    """Whether an unknown word is made as the names of drugs and brands are.

    >>> is_product("DuoTrav"), is_product("Tepelumab"), is_product("McAllister"), is_product("Ottoline")
    (True, True, False, False)
    """
    low = word.lower()
    return _BRAND.fullmatch(word) is not None or (len(low) > 6 and _DRUG.fullmatch(low) is not None)
