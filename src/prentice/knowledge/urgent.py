"""Symptoms that cannot wait: recognised before anything is looked up, and answered with where to go, first.

It errs towards care: a question about the theory of floaters begins with the advice too. What is advised follows
The College of Optometrists' Clinical Management Guidelines (urgency of referral) and the American Academy of
Ophthalmology's advice on emergencies; nothing here says what somebody has.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Urgent:
    """`name` is stable. `advice` is one or two sentences by region; `article` is what is read about it."""

    name: str
    advice: str
    article: str


def _any(*words: str) -> str:
    return rf"(?:{'|'.join(words)})"


_SUDDEN = _any(
    r"sudden\w*", r"all of a sudden", r"just now", r"just (?:lost|went|gone|got|had|spilt|spilled|splashed|started)",
    r"this (?:morning|afternoon|evening)", r"today", r"tonight", r"yesterday", r"last night", r"since (?:this|last|yesterday|mon|tues|wednes|thurs|fri|satur|sun)\w*",
    r"a few (?:minutes|hours) ago", r"an hour ago", r"half an hour", r"(?:woke|waking|wakes) up", r"new(?:ly)?", r"in the (?:last|past) (?:few )?(?:hours?|days?|minutes?)",
    r"overnight", r"out of nowhere", r"acute\w*", r"abrupt\w*", r"rapid\w*", r"instant\w*", r"within (?:minutes|hours)", r"has gone", r"have gone", r"gone (?:black|dark|grey|gray|blind)",
    r"started", r"can'?t see", r"cannot see", r"couldn'?t see",
)  # fmt: skip
_EYE = _any(r"eyes?", r"vision", r"sight", r"see(?:ing|s)?", r"cornea\w*", r"eyelids?", r"lids?")
_PAIN = _any(
    r"pain\w*",
    r"hurt\w*",
    r"sore\w*",
    r"ach(?:e|es|ing|y)",
    r"agony",
    r"throb\w*",
    r"burn\w*",
    r"sting\w*",
    r"stabbing",
)
_LOST = _any(
    r"los(?:t|e|es|ing|s) (?:of )?(?:his |her |their |my |the |all |some |most |her |central |peripheral |side )*(?:vision|sight|eyesight)",
    r"(?:vision|sight|eyesight) (?:\w+ ){0,3}(?:loss|lost|gone|went|disappear\w*|vanish\w*|blacked out|goes|going)",
    r"(?:went|gone|go|going|turned) (?:\w+ ){0,2}(?:blind|black|dark)", r"black(?:ed)?[ -]?out", r"blind(?:ed)? in (?:one|his|her|my|their|the) ",
    r"can(?:no|')?t see (?:anything|out of|at all|a thing|with|from)", r"(?:could not|couldn'?t) see (?:anything|out of|at all)", r"vision (?:\w+ ){0,2}(?:dropped|dimmed|greyed|grayed)",
    r"(?:dim|grey|gray)(?:med|ming|ing)? (?:\w+ ){0,2}(?:vision|sight)",
)  # fmt: skip

# Each: a name, the article, and sets of patterns of which all must be there.
_SIGNS: Sequence[tuple[str, Sequence[Sequence[str]]]] = (
    ("chemical", (
        (_any(r"chemical\w*", r"bleach", r"acid", r"alkali\w*", r"ammonia", r"lime", r"cement", r"plaster", r"caustic", r"drain cleaner", r"oven cleaner", r"cleaning (?:fluid|product|spray|liquid)",
              r"disinfectant", r"detergent", r"solvent", r"petrol", r"gasoline", r"super ?glue", r"pepper spray", r"battery", r"paint stripper", r"peroxide", r"toilet cleaner", r"sanitis?zer|sanitizer|sanitiser", r"dishwasher"),
         _any(r"in(?:to|side)? (?:\w+ ){0,3}eyes?", r"eyes?", r"splash\w*", r"squirt\w*", r"spray\w*"),
         _any(r"splash\w*", r"spill\w*", r"spilt", r"squirt\w*", r"got", r"gets?", r"went", r"in (?:\w+ ){0,2}eyes?", r"burn\w*", r"spray\w*", r"inject\w*", r"rubbed", r"put", r"straight")),
        (r"chemical (?:burn|splash|injur\w+)",),
    )),
    ("injury", (
        (_any(r"hit", r"struck", r"punch\w*", r"poked", r"stab\w*", r"pierc\w*", r"penetrat\w*", r"cut", r"injur\w*", r"trauma\w*", r"blow to", r"elbow\w*", r"kicked", r"ball", r"fight", r"grind\w*", r"hammer\w*", r"chisel\w*",
              r"metal", r"nail", r"glass", r"wire", r"stick", r"branch", r"thorn", r"firework\w*", r"champagne cork", r"cork", r"airbag", r"bungee", r"dart", r"pencil", r"scissors", r"fell", r"finger\w*", r"claw", r"splinter", r"shard", r"stone", r"toy"),
         _any(r"in (?:the|his|her|my|their|an?|one|your)(?: \w+)? eyes?", r"(?:to|into|on) (?:the|his|her|my|their|an?|one)(?: \w+)? eyes?", r"eye (?:injur\w+|trauma)", r"(?:his|her|my|their) eye (?:was|got|is)", r"embedded", r"stuck in")),
        (r"(?:eye|ocular|orbital|globe) (?:injur\w+|trauma|perforat\w+|rupture\w*|laceration)",),
        (r"blood (?:in|inside) (?:the )?(?:front of )?(?:\w+ )?(?:eye|iris|anterior chamber)|hyph[ae]+ma",),
        (r"(?:welder'?s flash|arc[ -]eye|snow blind\w*|photokeratitis)",),
        (_any(r"weld\w*", r"sun ?lamp", r"sunbed"), _any(_PAIN, r"can'?t open", r"streaming", r"gritty", r"red\b"), _any(r"eye\w*", r"open")),
    )),
    ("retina", (
        (_any(r"flash(?:es|ing)?", r"floaters?", r"cobwebs?", r"sparks", r"lightning", r"black (?:dots|spots|specks)", r"spots", r"tadpoles", r"gnats", r"midges", r"flies", r"soot", r"shower of"),
         _any(_SUDDEN, r"floaters? and flash\w*", r"flash\w* (?:of light)?(?: and| with|,) ?(?:\w+ )?floaters?", r"curtain", r"shadow", r"increas\w*", r"more and more", r"lots of", r"lot of", r"loads of", r"many", r"shower", r"hundreds", r"worse", r"corner of (?:my|the|his|her|one|an)(?: \w+)? eye", r"retina\w*", r"burst", r"seeing", r"see", r"sees", r"noticed", r"urgent\w*", r"appear\w*", r"detach\w*")),
        (_any(r"curtain", r"veil", r"shadow"), _any(r"(?:my|his|her|the|one|side|of) (?:\w+ )?(?:vision|sight|eye|field)", r"can'?t see", _SUDDEN), r"(?!.*\b(?:eye ?shadow|bifocal\w*|segment|lens edge|shop|window curtain|curtains|lenses)\b).*"),
        (r"(?:retinal|retina) (?:detach\w+|tear|hole|break)|detach\w+ (?:of the )?retina", _any(r"sign\w*", r"symptom\w*", r"warn\w*", r"suspect\w*", r"think", r"might", r"possible", r"what (?:do|should)", r"happen\w*", r"urgent\w*", r"how (?:fast|quick\w*|soon)", r"emergenc\w*")),
    )),
    ("contact_lens_red_eye", (
        (_any(r"contacts?", r"contact lens\w*", r"lens wearer", r"cls?", r"lens(?:es)? (?:in|out|wear\w*)", r"soft lens\w*", r"monthl(?:y|ies)", r"dailies", r"ortho-?k", r"overnight lens\w*"),
         _any(r"red(?:ness)?", r"bloodshot", r"infect\w*", r"discharge", r"pus", r"ulcer\w*", r"keratitis", r"light hurts", r"photophob\w*", r"sensitiv\w* to light", r"light sensitiv\w*", r"white spot"),
         _any(_PAIN, r"photophob\w*", r"sensitiv\w* to light", r"light sensitiv\w*", r"light hurts", r"blur\w*", r"discharge", r"pus", r"ulcer\w*", r"keratitis", r"white spot", r"waters?\b|watering|watery", r"infect\w*")),
        (_any(r"contacts?", r"contact lens\w*"), _any(r"severe", r"very", r"really", r"terribl\w*", r"so much", r"worse", r"unbearabl\w*", r"awful\w*"), _PAIN),
        (r"(?:microbial|infective|acanthamoeba|bacterial) keratitis|corneal ulcer",),
        (r"slept (?:\w+ ){0,3}(?:contacts?|lens\w*)", _any(_PAIN, r"red\w*", r"blur\w*", r"light")),
    )),
    ("vision_lost", (
        (_LOST, _any(_SUDDEN, r"eye", r"minutes", r"hours", r"temporar\w*", r"transient\w*", r"brief\w*", r"came back", r"comes back", r"second"), r"(?!.*\b(?:glaucoma patients?|over (?:the )?(?:years|months)|gradual\w*|slowly|low vision|registered)\b).*"),
        (r"sudden\w* (?:\w+ ){0,3}(?:vision|visual|sight|blind\w*|blur\w*|dark\w*)",),
        (_SUDDEN, _any(r"blur\w*", r"distort\w*", r"wavy", r"missing", r"blank", r"blind spot", r"half"), _any(r"vision", r"sight", r"see\w*", r"one eye", r"central\w*"), r"(?!.*\b(?:new (?:glasses|spectacles|lenses|varifocals?|progressives?|pair|prescription|contacts?|specs|rx|bifocals))\b).*"),
        (r"amaurosis", r".*"),
        (r"(?:straight )?lines? (?:\w+ ){0,3}(?:wavy|bent|distort\w*|crooked)", _any(_SUDDEN, r"amd|macula\w*", r"amsler")),
        (r"painless (?:loss|visual loss|vision loss)",),
    )),
    ("double_vision", (
        (_any(r"double vision", r"diplopia", r"see\w* double", r"seeing two", r"two of everything", r"sees two"), _any(_SUDDEN, r"droop\w*", r"headache", r"pupil", r"numb\w*", r"weak\w*", r"slurr\w*", r"face", r"stroke", r"emergenc\w*", r"urgent\w*")),
        (_any(r"droop\w*", r"ptosis"), _any(_SUDDEN, r"pupil\w*"), _any(r"lid\w*", r"eye\w*", r"face", r"pupil\w*")),
        (r"pupils?", _any(r"unequal", r"different size", r"one (?:\w+ )?(?:bigger|larger|smaller)", r"bigger than", r"larger than", r"dilated", r"anisocoria"), _any(_SUDDEN, r"headache", r"droop\w*", r"injur\w*", r"double")),
        (r"(?:signs?|symptoms?) of (?:a )?stroke",),
    )),
    ("giant_cell_arteritis", (
        (_any(r"headache\w*", r"temples?", r"scalp", r"jaw", r"chewing"), _any(r"scalp", r"jaw", r"chewing", r"tender\w*", r"arteritis", r"gca"), _any(r"vision", r"sight", r"see\w*", r"eye\w*", r"blur\w*", r"old\w*", r"(?:5|6|7|8|9)\d", r"arteritis", r"headache\w*", r"comb\w*"), r"(?!.*\b(?:frame|frames|temple tips?|side(?:s)? (?:press|dig)\w*|fit|adjust\w*)\b).*"),
        (r"giant cell|temporal arteritis",),
    )),
    ("painful_red_eye", (
        (r"\bred\b|redness|bloodshot", _PAIN, _any(r"eye\w*"), _any(r"vision", r"blur\w*", r"light", r"severe\w*", r"halo\w*", r"vomit\w*", r"nause\w*", r"sick", r"very", r"deep\w*", r"pupil", _SUDDEN, r"photophob\w*", r"intense\w*", r"painful")),
        (_any(r"halo\w*", r"rainbow\w*"), _any(_PAIN, r"nause\w*", r"vomit\w*", r"sick\b", r"headache\w*"), _any(r"eye\w*", r"light\w*", r"vision")),
        (_any(r"severe\w*", r"intense\w*", r"terribl\w*", r"unbearabl\w*", r"excruciat\w*", r"worst", r"really bad"), _any(r"eye pain", r"pain (?:\w+ ){0,4}eyes?", r"eyes? (?:\w+ ){0,3}(?:pain\w*|hurt\w*|ach\w+)")),
        (r"(?:acute )?angle[ -]closure", _any(r"acute", r"attack", r"sign\w*", r"symptom\w*", r"sudden\w*", r"emergenc\w*", r"what (?:do|should)", r"suspect\w*")),
        (r"eye\w*", r"nause\w*|vomit\w*|throwing up", _any(_PAIN, r"headache\w*", r"red", r"blur\w*")),
        (r"shingles|zoster", _any(r"eye\w*", r"nose", r"forehead", r"lid\w*")),
        (r"(?:swollen|swelling|bulg\w+)", _any(r"eye\w*", r"lid\w*"), _any(r"fever\w*", r"temperature", r"can'?t move", r"unwell", r"child\w*", r"bulg\w*", r"proptosis"), r"(?!.*\bframe\b).*"),
        (r"orbital cellulitis|endophthalmitis",),
    )),
    ("after_surgery", (
        (_any(r"after (?:\w+ ){0,4}(?:surgery|operation|procedure|injection|cataract|lasik|laser)", r"(?:had|since|following|post)[ -](?:\w+ ){0,4}(?:surgery|operation|op\b|cataract|lasik|laser|injection|vitrectomy)", r"post-?op\w*", r"cataract (?:surgery|operation|op) (?:\w+ ){0,5}(?:ago|yesterday|last|monday|tuesday|wednesday|thursday|friday)"),
         _any(_PAIN, r"red(?:ness)?", r"worse", r"blur\w*", r"los\w+ (?:of )?(?:vision|sight)", r"discharge", r"flash\w*", r"floaters?", r"dropp\w*", r"shadow", r"curtain")),
    )),
    ("pregnancy", (
        (_any(r"pregnan\w*", r"weeks? (?:pregnant|gone)", r"expecting", r"pre-?eclampsia"), _any(r"blur\w*", r"spots", r"flash\w*", r"vision", r"sight", r"see\w* (?:stars|lights)", r"lights"), _any(r"headache\w*", r"swollen", r"swelling", r"spots", r"flash\w*", r"sudden\w*", r"stars", r"pre-?eclampsia")),
    )),
    ("newborn", (
        (_any(r"baby\w*", r"newborn\w*", r"infant\w*", r"neonat\w*"), _any(r"sticky", r"pus", r"discharge", r"swollen", r"red", r"gunk\w*", r"goo\w*", r"yellow"), _any(r"eye\w*", r"lid\w*"), _any(r"days? old", r"weeks? old", r"newborn\w*", r"neonat\w*", r"born", r"pus", r"swollen")),
    )),
    ("raised_pressure", (
        (_any(r"headache\w*"), _any(r"grey\w*", r"gray\w*", r"dim\w*", r"blackout\w*", r"black\w* out", r"goes? (?:dark|black|grey|gray)", r"whoosh\w*", r"swollen (?:optic )?(?:disc|nerve)\w*", r"vomit\w*", r"papill?oedema"), _any(r"bend\w*", r"stoop\w*", r"cough\w*", r"stand\w*", r"sight", r"vision", r"lying", r"morning\w*", r"disc\w*", r"nerve\w*")),
        (_any(r"swollen (?:optic )?(?:discs?|nerves?)", r"papill?oedema", r"disc (?:swelling|oedema|edema)"), r".*"),
    )),
    ("child", (
        (_any(r"white", r"pale", r"yellow\w*", r"cat'?s eye"), _any(r"pupil\w*", r"reflex", r"glow\w*", r"reflection", r"flash photo\w*", r"photo\w*"), _any(r"child\w*", r"baby\w*", r"infant\w*", r"toddler\w*", r"son", r"daughter", r"kid", r"newborn", r"months?", r"year[ -]?olds?", r"grandson", r"granddaughter", r"boy", r"girl", r"little one", r"paediatric", r"pediatric", r"retinoblastoma", r"niece", r"nephew")),
        (r"leu[ck]oco?ria|retinoblastoma",),
        (_any(r"child\w*", r"baby\w*", r"infant\w*", r"toddler\w*", r"son", r"daughter", r"kid"), _any(r"squint\w*", r"eye turn\w*", r"turn\w* in", r"turn\w* out", r"cross[ -]?eyed", r"strabismus", r"eyes? (?:has |have )?(?:started|begun) (?:to )?(?:turn\w*|cross\w*)"), _SUDDEN),
    )),
)  # fmt: skip

# What was never so, or is told as absent, is no sign.
_ABSENT = re.compile(
    r"\b(?:no|not|without|never(?: had)?|denies|isn'?t|aren'?t|doesn'?t|don'?t|nor)\b(?: \w+){0,2}? "
    r"(?=(?:pain\w*|flash\w*|floaters?|red\w*|hurt\w*|sore\w*|discharge|double|headache\w*|loss|curtain|shadow)\b)"
    r"\w+(?: (?:or|nor|and) \w+)*"
)
_COMPILED = [
    (name, [[re.compile(rf"\b{part}" if not part.startswith("(?!") else part) for part in parts] for parts in sets])
    for name, sets in _SIGNS
]  # fmt: skip

ARTICLES = {
    "chemical": "chemical-splash-and-eye-injury",
    "injury": "chemical-splash-and-eye-injury",
    "retina": "flashes-floaters-curtain-urgent",
    "contact_lens_red_eye": "painful-red-eye-and-contact-lenses",
    "painful_red_eye": "painful-red-eye-and-contact-lenses",
    "vision_lost": "sudden-loss-of-vision",
    "double_vision": "sudden-double-vision-headache-giant-cell-arteritis",
    "giant_cell_arteritis": "sudden-double-vision-headache-giant-cell-arteritis",
    "after_surgery": "post-operative-red-flags",
    "pregnancy": "sudden-loss-of-vision",
    "newborn": "painful-red-eye-and-contact-lenses",
    "raised_pressure": "sudden-double-vision-headache-giant-cell-arteritis",
    "child": "childrens-eye-red-flags",
}
_WHERE = {
    "UK": "eye casualty or A&E (call 999 or NHS 111 if you cannot get there)",
    "US": "a hospital emergency department or an ophthalmologist on call (call 911 if you cannot get there)",
}
_SAID = {
    "chemical": "Seek care now: rinse the eye at once with plenty of clean water or saline for at least 20 minutes, "
    "holding the lids open and taking contact lenses out, and then go straight to {where}.",
    "injury": "Seek care now: go straight to {where}. Do not rub, press or rinse an eye that may have been pierced, and do not "
    "pull out anything that is stuck in it.",
    "retina": "Seek care now: new flashes, new floaters or a curtain or shadow over the sight must be examined today, by "
    "{where} or an eye-care practice that can dilate the pupil today.",
    "contact_lens_red_eye": "Seek care now: take the contact lenses out, keep them and their case, do not put lenses back in, and be "
    "examined today by {where} or an urgent eye-care service.",
    "painful_red_eye": "Seek care now: a painful red eye, or eye pain with blur, haloes, sickness or dislike of light, must be examined "
    "today, by {where} or an urgent eye-care service.",
    "vision_lost": "Seek care now: sudden loss or change of vision, also one that has passed, is an emergency: go straight to {where}.",
    "double_vision": "Seek care now: double vision, a drooping lid or unequal pupils that came suddenly are an emergency: go straight "
    "to {where}. With a weak face, arm or speech, call an ambulance.",
    "giant_cell_arteritis": "Seek care now: a new headache with a tender scalp, pain on chewing or a change of vision over the age of 50 is an "
    "emergency: go to {where} the same day, because sight can be lost for good.",
    "after_surgery": "Seek care now: pain, redness, discharge or worse vision after an eye operation or injection must be seen the same day: "
    "call the unit that operated, or go to {where}.",
    "pregnancy": "Seek care now: blurred sight, spots or flashes in pregnancy with headache or swelling must be looked at today: call the "
    "maternity unit or midwife at once, or go to {where}.",
    "newborn": "Seek care now: a red, swollen or sticky eye in a baby's first four weeks is an emergency: go to {where} or a children's emergency "
    "department today.",
    "raised_pressure": "Seek care now: headache with sight that greys out or dims, or swollen optic discs, needs a hospital the same day: go to "
    "{where}.",
    "child": "Seek care now: a white or unusual pupil, or a squint that has just begun, in a child must be examined within days at most; call an eye "
    "unit or {where} today.",
}


def urgent(question: str, region: str = "any") -> Urgent | None:
    """The first sign that the question tells of, or None. `region`: "UK", "US" or "any".

    >>> urgent("My daughter got bleach in her eye", "UK").name
    'chemical'
    >>> urgent("Should the practice stock bleach for cleaning?") is None
    True
    """
    text = _ABSENT.sub(" ", " ".join(question.lower().replace("’", "'").split()))
    for name, sets in _COMPILED:
        if any(all(part.search(text) for part in parts) for parts in sets):
            where = _WHERE.get(region, "an eye emergency department")
            return Urgent(name, _SAID[name].format(where=where), ARTICLES[name])
    return None
