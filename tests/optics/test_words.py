"""Questions in words become calculations; what is absent is asked for; the rest is left alone."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prentice.errors import BadValue
from prentice.optics.calculators import CALCULATORS, solve
from prentice.optics.words import Calculation, Missing, read
from prentice.optics.words.said import said

# The question, the calculator, and figures of its solution.
ASKED: list[tuple[str, str, dict[str, Any]]] = [
    ("what prism if a −6.00 wearer looks 5 mm below the centre?", "prentice",
     {"vertical": 3.0, "vertical_base": "down"}),
    ("A patient with +5.00 looks 8 mm below the optical centre. How much prism?", "prentice",
     {"vertical": 4.0, "vertical_base": "up"}),
    ("prism induced looking 1 cm down through -4.00 -2.00 x 090", "prentice",
     {"vertical": 4.0, "vertical_base": "down"}),
    ("Prismatic effect 3mm nasal and 5mm down OD -3.00 -2.00x030", "prentice",
     {"horizontal": 1.48, "horizontal_base": "in", "vertical": 2.51}),
    ("how much prism 10mm below the oc of a 6.00 D myope", "prentice",
     {"vertical": 6.0, "vertical_base": "down"}),
    ("prism 4 mm above the centre for a 3.00 hyperope", "prentice",
     {"vertical": 1.2, "vertical_base": "down"}),
    ("What prism results if the optical centre of a +4.00 lens is decentred 3 mm in?", "prentice",
     {"horizontal": 1.2, "horizontal_base": "in"}),
    ("-5.00 OU, lens decentered 4 mm out, prism?", "prentice", {"horizontal": 2.0, "horizontal_base": "in"}),
    ("Prentice's rule: +2.50, 6 mm temporal", "prentice", {"horizontal": 1.5, "horizontal_base": "in"}),
    ("minus six lens looked through five mm below the centre: how much prism?", "prentice",
     {"vertical": 3.0}),
    ("−6,00 D lens, 5mm below, prism", "prentice", {"vertical": 3.0}),
    ("what is the prism at 8mm temporal for OS +2.00 -1.00 x 60", "prentice",
     {"horizontal": 1.0, "horizontal_base": "in"}),
    ("how much unwanted prism if the pd is 4 mm off for -6.00 both eyes", "pd-error", {"prism": 2.4}),
    ("PD too wide by 3 mm, +5.00 OU, unwanted prism?", "pd-error", {"prism": 1.5}),
    ("combine 3 base out and 2 base up right eye", "prism-combine", {"prism": 3.61, "base": 146}),
    ("combine 2 BU and 3 BO", "prism-combine", {"prism": 3.61}),
    ("resultant of 1.5 base up and 2 base in OD", "prism-combine", {"prism": 2.5, "base": 37}),
    ("4 base in and 3 base down left eye combined", "prism-combine", {"prism": 5.0, "base": 217}),
    ("resolve 5 prism dioptres base 45", "prism-resolve", {"horizontal": 3.54, "vertical": 3.54}),
    ("Resolve 4Δ base 120 in the left eye", "prism-resolve", {"horizontal": 2.0, "horizontal_base": "in"}),
    ("5 @ 45 horizontal and vertical components", "prism-resolve", {"horizontal": 3.54}),
    ("how much prism looking 5 mm off the OC of a -4.00 DS lens?", "prentice", {"prism": 2.0}),
    (
        "toric lens -3.00/-1.25x90, the 6 o'clock mark sits 10° to my left (clockwise): which axis?",
        "lars",
        {"axis": 100},
    ),
    ("focal length of a +20 D hand magnifier", "focal-length", {"focal_length": 50.0}),
    ("how far to decentre a +4.00 for 2 base in", "decentre-for-prism", {"nasal": 5.0}),
    ("how much decentration gives 1.5Δ base up with -3.00?", "decentre-for-prism", {"up": -5.0}),
    ("transpose -1.00 -2.00 x 45", "transpose", {"sphere": -3.0, "cylinder": 2.0, "axis": 135}),
    ("transpose +2.00 -1.00 x 180", "transpose", {"sphere": 1.0, "cylinder": 1.0, "axis": 90}),
    ("Transpose plano -0.75 x 90 to plus cyl", "transpose", {"sphere": -0.75, "cylinder": 0.75, "axis": 180}),
    ("what is -2.00 / +1.50 x 010 in minus cylinder form?", "transpose", {"sphere": -0.5, "axis": 100}),
    ("Transpose OD -3.00+1.00x005", "transpose", {"sphere": -2.0, "cylinder": -1.0, "axis": 95}),
    ("sph -6.00 with a -2.00 cyl at 180, transpose", "transpose", {"sphere": -8.0, "axis": 90}),
    ("SE of −3.00/−1.50×90", "spherical-equivalent", {"spherical_equivalent": -3.75}),
    ("What's the spherical equivalent for +1.00 -0.50 x 90?", "spherical-equivalent",
     {"spherical_equivalent": 0.75}),
    ("best sphere of -4.50/-1.00x180", "spherical-equivalent", {"spherical_equivalent": -5.0}),
    ("power in the 90 meridian of -3.00 -1.00 x 30", "meridian", {"power": -3.75}),
    ("power at 45 of -2.00 -1.00 x 180", "meridian", {"power": -2.5}),
    ("vertical meridian power of +2.00 -1.00 x 45", "meridian", {"power": 1.5}),
    ("power vector of -1.00 -0.50 x 180", "power-vector", {"m": -1.25, "j0": 0.25}),
    ("M -0.50 J0 +1.00 J45 +0.50 to sphere cyl axis", "from-power-vector", {"cylinder": -2.24, "axis": 13}),
    ("+2.00x120 combined with -2.25x030", "crossed-cylinders",
     {"sphere": 2.0, "cylinder": -4.25, "axis": 30}),
    ("resultant of +1.00 -2.00 x 180 and plano -1.00 x 45", "crossed-cylinders",
     {"cylinder": -2.24, "axis": 13}),
    ("vertex -12 from 12 to 0", "vertex", {"sphere": -10.49}),
    ("vertex +12.00 12mm to 14mm", "vertex", {"sphere": 11.72}),
    ("vertex of minus twelve from twelve mm to ten mm", "vertex", {"sphere": -11.72}),
    ("My patient was refracted at 14 mm with -12.00 and the frame sits at 10 mm, compensated power?",
     "vertex",
     {"sphere": -11.45}),
    ("effective power of +10.00 slipping from 12 to 14 mm", "effective-power", {"sphere": 10.2}),
    ("convert +10.00 at 12 mm to a contact lens", "contact-lens", {"sphere": 11.36}),
    ("-8.00 -2.00 x 180 at 14 mm, what contact lens?", "contact-lens", {"sphere": -7.19, "cylinder": -1.58}),
    ("contact lens power for -15.00, vertex distance 12", "contact-lens", {"sphere": -12.71}),
    ("toric lens axis 180 rotates 15 degrees right, what axis to order?", "lars", {"axis": 165}),
    ("LARS: -2.00 -1.25 x 180 turned 10 degrees left", "lars", {"axis": 10}),
    ("contact lens -3.00, over-refraction +0.50", "over-refraction", {"sphere": -2.5}),
    ("slab off OD -1.00 -0.50x180 OS -4.00 reading 10 mm", "vertical-imbalance",
     {"imbalance": 2.5, "slab_off": "left"}),
    ("vertical imbalance OD +1.00 OS +4.00 at 10 mm", "vertical-imbalance", {"imbalance": 3.0}),
    ("imbalance +1.00 / +4.00 reading 8 mm", "vertical-imbalance", {"imbalance": 2.4, "slab_off": "right"}),
    ("what is the tca 15 mm off centre of -6.00 poly", "chromatic", {"tca": 0.3}),
    ("chromatic aberration -6.00 abbe 30 looking 10 mm from the oc", "chromatic", {"tca": 0.2}),
    ("colour fringes for 4.00 D, 12 mm out, 1.67", "chromatic", {"tca": 0.15}),
    ("min blank 54 eye 18 dbl ed 58 pd 62", "minimum-blank", {"minimum_blank": 70.0}),
    ("minimum blank size for a 50 eye 20 bridge, ED 55, PD 62", "minimum-blank", {"minimum_blank": 65.0}),
    ("what is the minimum blank for A 52 B 38 DBL 18 ED 56 PD 64", "minimum-blank", {"minimum_blank": 64.0}),
    ("min blank A=52 DBL=17 ED=56 mono pds 30/31.5", "minimum-blank", {"decentration": 4.5}),
    ("decentration 50/20 frame PD 68", "decentration", {"right": 1.0}),
    ("decentration 54□16, PD 64", "decentration", {"right": 3.0, "frame_pd": 70.0}),
    ("How much should I decentre A 54 DBL 18 mono PD 31/32?", "decentration", {"right": 5.0, "left": 4.0}),
    ("frame pd 52-18", "decentration", {"frame_pd": 70.0}),
    ("near inset pd 64 working distance 40 cm", "near-inset", {"inset": 2.02}),
    ("segment inset 68/64", "near-inset", {"inset": 2.0}),
    ("edge thickness -6.00 1.67 60mm ct 1.5", "edge-thickness", {"edge": 5.79}),
    ("how thick is the edge of a -8.00 in 1.74, 65 mm diameter, centre 1.2 mm", "edge-thickness",
     {"edge": 7.29}),
    ("edge thickness of -6.00 -2.00 x 180 60mm 1.67 ct 1.5", "edge-thickness", {"edge_thinnest": 5.75}),
    ("centre thickness +4.00 1.5 index 65 mm blank edge 1 mm", "centre-thickness",
     {"centre_approximate": 5.22}),
    ("how heavy is a -6.00 cr39 60mm lens with ct 2", "lens-weight", {"weight": 18.4}),
    ("what base curve does Vogel's rule give for +3.00?", "base-curve", {"base_curve": 9.0}),
    ("lens clock reads +6.00 on 1.67", "lens-clock", {"power": 7.58}),
    ("sag of a 10 D surface over 60 mm, n 1.498", "sag", {"sag": 10.05}),
    ("radius of a +6.00 surface in 1.6", "surface-power", {"radius": 100.0}),
    ("back vertex power F1 +8 F2 -2 thickness 6 mm n 1.5", "back-vertex-power", {"back_vertex_power": 6.26}),
    ("front vertex power of +8.00 / -2.00, 6 mm thick, 1.5", "front-vertex-power",
     {"front_vertex_power": 6.02}),
    ("spectacle magnification of +4.00 base curve 8 thickness 4 mm vertex 12", "magnification",
     {"magnification": 1.087}),
    ("aniseikonia OD +4.00 OS +1.00", "aniseikonia", {"difference": 5.2}),
    ("what's 6/12 in logmar", "acuity", {"logmar": 0.3}),
    ("convert 20/40 to logmar", "acuity", {"snellen_m": "6/12"}),
    ("0.3 logMAR to snellen", "acuity", {"snellen_ft": "20/40"}),
    ("logmar 0.3 in decimal", "acuity", {"decimal": 0.501}),
    ("logmar of 0.5", "acuity", {"logmar": 0.3}),
    ("what is 6/9 in feet", "acuity", {"snellen_ft": "20/30"}),
    ("tilt +10.00 10 degrees pantoscopic n 1.5", "tilt", {"worn_sphere": 10.41}),
    ("-8.00 with 15 degrees of wrap, compensated power", "tilt", {"order_sphere": -7.3}),
    ("is a lens ordered -2.00 that came back -2.12 within tolerance?", "tolerance", {"verdict": "pass"}),
    ("tolerance for -7.50 -0.50 x 90, made -7.66 -0.58 x 98", "tolerance", {"verdict": "fail"}),
    ("what is the axis tolerance for 0.50 cyl", "tolerance", {"axis_limit": 7}),
    ("progressive +5.00 tolerance", "tolerance", {"sphere_limit": 0.16}),
    ("check OD -2.00 -0.50 x 200 OS -2.25", "check-prescription", {"verdict": "impossible"}),
    ("reading level mrp height 22 seg height 17", "reading-level", {"reading_level": 10.0}),
    ("k reading for 7.5 mm radius", "keratometer", {"power": 45.0}),
    ("how much do I drop the OC for 8 degrees of panto tilt", "centre-drop", {"centre_drop": 4.0}),
    ("prism for 3mm decentration out of a -8.00", "prentice", {"horizontal": 2.4, "horizontal_base": "in"}),
    ("OC too low by 4 mm on a +6.00 lens - prism?", "prentice", {"vertical": 2.4, "vertical_base": "down"}),
    ("glasses made at 66 PD but the PD is 62, power -5.50 OU, unwanted prism?", "pd-error", {"prism": 2.2}),
    ("mean sphere -2.25 -1.75 x 85", "spherical-equivalent", {"spherical_equivalent": -3.125}),
    ("thickness of a +5.00 lens, CR-39, 65mm diameter, 1 mm edge", "centre-thickness",
     {"centre_approximate": 6.3}),
    ("what is the power of -2.00 -1.00 x 45 at 90", "meridian", {"power": -2.5}),
    ("focal length of +4.00", "focal-length", {"focal_length": 250.0}),
    ("what power has a focal length of 50 cm?", "focal-length", {"power": 2.0}),
    ("RE 2 BU, LE 1 BU net vertical?", "prism-binocular",
     {"vertical": 1.0, "vertical_base": "up right eye"}),
    ("R 2 BI, L 2 BI and R 1 BU, in all?", "prism-binocular",
     {"horizontal": 4.0, "horizontal_base": "in", "vertical": 1.0}),
    ("2.5 BI and 1.5 BU right eye single oblique prism", "prism-combine", {"prism": 2.92, "base": 31}),
    ("6 prism base @ 225 left eye components", "prism-resolve",
     {"horizontal": 4.24, "horizontal_base": "in"}),
    ("specs made to PD 65, px measures 61, +3.00 both eyes, prism induced?", "pd-error", {"prism": 1.2}),
    ("OCs are 4 mm too narrow on -7.00 OU, what prism and base", "pd-error", {"prism": 2.8}),
    ("OC ended up 4 mm low on a +5.00, what prism", "prentice", {"vertical": 2.0, "vertical_base": "down"}),
    ("looks 5 mm from the OC down on a -4.00: prism?", "prentice",
     {"vertical": 2.0, "vertical_base": "down"}),
    ("the OC is 3 mm out, so the px looks 3 mm nasal of it, -4.00, prism?", "prentice",
     {"horizontal": 1.2, "horizontal_base": "in"}),
    ("F90 of -1.00 -0.50x180", "meridian", {"power": -1.5}),
    ("power of +4.00 -2.00x60 in the horizontal", "meridian", {"power": 2.5}),
    ("contact lens -7.50, what specs at 12 mm?", "vertex", {"sphere": -8.24}),
    ("+14.00 trial frame 13mm, worn at 9 mm", "vertex", {"sphere": 14.83}),
    ("+8.00 glasses slid 3mm down nose from 12", "effective-power", {"sphere": 8.2}),
    ("boxed 48-20, PD 32/33 dec", "decentration", {"right": 2.0, "left": 1.0}),
    ("52-18, PDs 33 L 31.5 R, dec for each?", "decentration", {"right": 3.5, "left": 2.0}),
    ("frame A52 DBL18 pd60 decentration?", "decentration", {"right": 5.0}),
    ("54 18 140 frame, 62 PD, decentration", "decentration", {"right": 5.0}),
    ("Px PD 60, frame PD 70, how much decentration?", "decentration", {"right": 5.0}),
    ("far PD 65, near 61, inset each?", "near-inset", {"inset": 2.0}),
    ("dist 66 near 62 frame 54-18, decentration near", "decentration", {"right": 5.0}),
    ("near PD for 64 distance, 40 cm", "near-inset", {"near_pd": 60.0}),
    ("sagitta of a 100 mm radius over 60mm", "sag", {"sag": 4.61}),
    ("what radius is a 6.25 base in 1.53", "surface-power", {"radius": 84.8}),
    ("+6.50 poly 58 mm knife edge centre thickness", "centre-thickness", {"centre": 5.15}),
    ("edge thickness -4.00, flat front curve, 1.5, 60 mm, ct 2", "edge-thickness", {"front_curve": 0.0}),
    ("lens clock (1.53) reads +6.00 on 1.70", "lens-clock", {"power": 7.92}),
    ("clock -6.00 back, +4.00 front, 1.53", "lens-clock", {"power": -2.0}),
    ("image size difference OD +2.00 OS +6.00 at 12mm", "aniseikonia", {"difference": -6.7}),
    ("-10.00 15 degree panto 1.5 effective rx", "tilt", {"worn_sphere": -10.22}),
    ("lab sent +7.00, ordered +6.75, pass ansi?", "tolerance",
     {"verdict": "fail", "sphere_limit": 0.14}),
    ("tolerance cyl -3.00", "tolerance", {"cylinder_limit": 0.15}),
    ("LARS left 15 axis 175", "lars", {"axis": 10}),
    ("toric mark rotated 15 clockwise, rx axis 90. order?", "lars", {"axis": 105}),
    ("over-ref +4.50 over a +10.00 CL at vertex 12", "over-refraction", {"sphere": 14.76}),
]  # fmt: skip

# The question, the calculator, what is asked for first, and a word of the question back.
LACKING = [
    ("what prism if a −6.00 wearer looks below the centre?", "prentice", "below", "below"),
    ("what prism 5 mm below the centre of a 6.00 lens?", "prentice", "rx", "plus or minus"),
    ("what prism 5 mm below the centre", "prentice", "rx", "power"),
    ("-3.00 -2.00 x 30 looking 5 mm below the OC, what prism?", "prentice", "eye", "right or left"),
    ("prentice rule 4 mm -3.00 -1.00 x 90", "prentice", "below", "Where"),
    ("what are the prisms 10 mm below OD -3.00 OS -5.00", "prentice", "rx", "the left (−5.00 DS)"),
    ("transpose -1.00 -2.00 x 90 and -2.00 -1.00 x 180", "transpose", "rx", "One lens at a time"),
    ("transpose -1.00 -2.00", "transpose", "rx", "axis"),
    ("transpose this prescription", "transpose", "rx", "power"),
    ("SE of -1.00 -2.00", "spherical-equivalent", "rx", "axis"),
    ("vertex compensation for -12.00", "vertex", "from", "vertex distance"),
    ("contact lens for -7.50", "contact-lens", "vertex", "vertex distance"),
    ("contact lens for a 7.50 D spectacle lens at 12 mm", "contact-lens", "rx", "plus or minus"),
    (
        "what is the effective power of a +12 lens if it slips 2 mm",
        "effective-power",
        "from",
        "vertex distance",
    ),
    ("lars axis 90 rotated 10 degrees", "lars", "direction", "left"),
    ("how much slab off for R -1.00 L -5.00", "vertical-imbalance", "depth", "read"),
    ("decentration 54 eye 18 bridge", "decentration", "pd", "PD"),
    ("edge thickness of -6.00 in 1.67", "edge-thickness", "diameter", "diameter"),
    ("edge thickness of -6.00, 60 mm, ct 2", "edge-thickness", "index", "index"),
    ("min blank 54 eye 18 dbl pd 62", "minimum-blank", "ed", "effective diameter"),
]

NOT_A_CALCULATION = [
    "what is Prentice's rule?",
    "What is vertex distance?",
    "Why does a -6.00 lens make the eyes look smaller?",
    "what is the difference between 1.60 and 1.67?",
    "how do I transpose a prescription?",
    "when do I need slab off?",
    "What is a normal pantoscopic tilt?",
    "explain base curve for -4.00",
    "how many −6.00 lenses did we sell",
    "how many −6.00 lenses did we sell last month?",
    "Which lens suits a −8.00 wearer and do we have it in stock?",
    "revenue last month by brand",
    "how many frames under 50 mm eye size do we have",
    "top 3 frames",
    "what is the average PD of our patients",
    "Is 1.67 thinner than 1.60?",
    "Should I use polycarbonate for a child with -3.00?",
    "is 6/12 good enough to drive?",
    "What are the tolerances of ANSI Z80.1?",
    "what does 20/20 mean",
    "how many progressives with add 2.00 were sold in 2026",
    "patient sees double with +4.00 and -2.00 lenses, why?",
    "orders for -6.00 lenses from a supplier",
    "do I need to record vertex distance over 4.00 D?",
    "can contact lenses be worn for 12 hours",
    "red eye with contact lenses for 2 days",
    "my eye turned red to the right 10 days ago",
    "what's the best lens for a -10.00 myope",
    "my patient is -6.00 and complains of headaches",
    "What is the ANSI Z87 centre thickness minimum of 3.0 mm for?",
    "how much is a pair of 1.67 lenses",
    "our remake rate is 12%: is that high",
    "OD -2.00 OS -2.25 add +2.00",
    "hello",
    "",
]


@pytest.mark.parametrize(("question", "name", "figures"), ASKED, ids=[asked[0] for asked in ASKED])
def test_a_question_becomes_a_calculation(question: str, name: str, figures: dict[str, Any]) -> None:
    found = read(question)
    assert isinstance(found, Calculation), found
    assert found.calculator == name
    results = solve(found.calculator, found.inputs).results
    for key, value in figures.items():
        got = results[key].value
        assert got == (pytest.approx(value, abs=0.006) if isinstance(value, float) else value), (key, results)


@pytest.mark.parametrize(("question", "name", "first", "word"), LACKING)
def test_what_is_absent_is_asked_for(question: str, name: str, first: str, word: str) -> None:
    found = read(question)
    assert isinstance(found, Missing), found
    assert (found.calculator, found.need[0]) == (name, first)
    assert word.lower() in found.question.lower()
    assert found.question.endswith("?")


@pytest.mark.parametrize("question", NOT_A_CALCULATION)
def test_what_is_no_calculation_is_left_alone(question: str) -> None:
    assert read(question) is None


def test_an_impossible_axis_is_read_and_then_refused_with_the_one_that_was_meant() -> None:
    found = read("transpose -1.00 -2.00 x 200")
    assert isinstance(found, Calculation)
    with pytest.raises(BadValue, match=r"from 1 to 180; 200 is not\. Did you mean 20\?"):
        solve(found.calculator, found.inputs)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("minus six point two five", "-6.25"),
        ("plus two and a half mm", "+2.5 mm"),
        ("negative 3", "-3"),
        ("twenty five millimetres", "25 mm"),
        ("\uff0d6.00\u00d7180", "-6.00x180"),
    ],
)
def test_numbers_in_words_and_in_every_sign(one: str, other: str) -> None:
    assert said(one) == other


@settings(max_examples=60, deadline=None)
@given(
    st.floats(-20, 20).map(lambda value: round(value * 4) / 4).filter(bool),
    st.integers(1, 30),
    st.sampled_from(["\u2212", "-", "minus "]),
    st.sampled_from(["prism {} mm below the centre of {}", "what prism does {1} give, looking {0} mm down?"]),
)
def test_any_power_and_distance_are_read_as_they_are_written(
    power: float, distance: int, minus: str, form: str
) -> None:
    text = f"{minus if power < 0 else '+'}{abs(power):.2f}"
    found = read(form.format(distance, text))
    assert found == Calculation("prentice", {"rx": {"sphere": power}, "below": float(distance)})


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=80))
def test_nothing_that_is_typed_breaks_the_reading(text: str) -> None:
    found = read(f"{text} prism -6.00 edge 5 mm {text}")
    assert found is None or found.calculator in CALCULATORS


def test_a_long_heap_of_labels_is_read_in_no_time() -> None:
    read("edge thickness " + "ct 1.5 et 2 n 1.67 dia 60 base 4 " * 15)
