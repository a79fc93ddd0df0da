"""Theory, advice and the practice's data are no calculations, whatever numbers stand in the question."""

from __future__ import annotations

import pytest

from prentice.optics.words import read

THEORY = [
    "Got a +8.00 kid who keeps pushing her glasses up, does the effective power go up or down?",
    "does a 15 degree wrap matter on plano sunglasses?",
    "my -7.00 px in new 1.74 says everything has a halo at the side, options?",
    "what is Prentice's rule?",
    "What is the rule of Prentice used for?",
    "Since a plus lens gets weaker the further it slides, what should I tell my +10.00 patient",
    "Switched px from CR39 to poly −5.00, complains of rainbow edges. Fix?",
    "Px −5 wants wraparound shades, what trouble should I expect?",
    "Which is thinner at the edge for -6.00, 1.67 or 1.74?",
    "Why is slab off ground base up on the most minus lens?",
    "A −8.00 px says her eyes look tiny, what can I do about it?",
    "Is base curve more important than index for a +5.00?",
    "What does the Abbe number tell me about a material?",
    "When is vertex distance worth measuring?",
    "What are the symptoms of vertical imbalance?",
    "Does pantoscopic tilt change the power of a −8.00?",
    "How does a lens clock work?",
    "Is a 2 mm decentration on a -1.00 anything to worry about?",
    "px with -4.00 gets headaches when reading with new progressives, what do I check first?",
    "Can a +6.00 be put in a rimless frame?",
    "What's the difference between back vertex and front vertex power?",
    "New wearer of -2.00 -2.50 x 35 feels floors slope, will she adapt?",
    "What frame shape keeps a -9.00 thin?",
    "How do I measure monocular PDs?",
    "How do I neutralise a lens by hand?",
    "Should the OC be lowered for a px with 12 degrees of panto?",
    "What is induced prism?",
    "What minimum fitting height does a progressive need?",
    "Is trivex safer than polycarbonate?",
    "Explain image jump in a round 28 bifocal",
    "What makes a toric lens rotate?",
    "Why do we convert 6/6 to decimal?",
    "Which material has the lowest density?",
    "What causes swim in progressives with an add of 2.50?",
    "Prism in a new −3.00 pair makes my px dizzy, what now?",
    "Who was Vogel?",
    "How thick may a safety lens be at its thinnest?",
    "Do aspheric lenses help a +7.00 px?",
    "px moved from 1.5 to 1.67 in −7.00 and says side vision is blurry, why",
    "What tints suit a -3.00 driver?",
    "Is 0.5 prism vertical enough to cause double vision?",
    "What is the purpose of base in prism at near?",
    "My −10.00 px slid his glasses down to read better, why does that work?",
    "Are contact lenses better than specs for 5 D of anisometropia?",
    "what should a first-time +2.00 add wearer be told",
]

PRACTICE = [
    "how many −6.00 lenses did we sell",
    "how many pairs with prism did we make last month?",
    "how many jobs came back for wrong PD in May",
    "what did the lab charge us for slab off this year",
    "average PD of patients with -4.00 or more",
    "how many progressives over +2.50 add were remade",
    "which supplier delivers 1.74 -8.00 the fastest",
    "do we stock +10.00 aphakic blanks",
    "how many 54-18 frames are on the shelf",
    "list patients whose PD is under 58",
    "revenue of 1.67 lenses vs 1.74 in Q1",
    "what percentage of orders had base curve 6",
    "how many contact lens fits with toric -1.25 did Anna do",
    "our best selling frame size, 52-18 or 54-16?",
    "how many prescriptions had an axis of 180",
    "count orders where vertex was recorded",
    "which optician dispensed the most -6.00 and higher",
    "share of poly lenses among kids under 12",
    "how many remakes for induced prism since January",
    "what is the turnaround for a -4.00 -2.00 x 90 in 1.60",
    "is order 10452 with +3.00 ready?",
    "show me orders with add 2.00 and PD 64",
    "how many px have slab off",
    "top frames with bridge 18",
    "median add by age",
    "what did we pay for 70 mm blanks",
    "which clinic has the highest share of prism jobs",
    "number of trays waiting with -2.00 single vision",
    "when was the last -12.00 job",
    "how many lenses did we break at edging this week",
    "spoilage rate for edge thickness complaints",
    "compare sales of 1.60 and 1.67 in 2025",
    "which doctors prescribe the most prism",
    "how many patients wear contact lenses and glasses",
    "what is the waiting time for an appointment on the 12th",
    "who ordered the 50-20 frame with pd 62",
    "returns because of vertex problems in the last 90 days",
    "gross of tinted -3.00 pairs",
    "how many lenses failed tolerance in April",
    "orders still open with -5.50 right eye",
    "how often did we use 1.74 for powers above -8.00",
]


@pytest.mark.parametrize("question", THEORY)
def test_a_question_of_theory_is_no_calculation(question: str) -> None:
    assert read(question) is None


@pytest.mark.parametrize("question", PRACTICE)
def test_a_question_of_the_practices_data_is_no_calculation(question: str) -> None:
    assert read(question) is None


def test_a_complaint_with_a_figure_asked_for_is_a_calculation() -> None:
    found = read(
        "px complains of double vision, R -3.00 L -6.00, reads 10 mm down: how much vertical imbalance?"
    )
    assert found is not None
    assert found.calculator == "vertical-imbalance"
