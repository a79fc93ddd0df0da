"""What cannot wait begins with the advice to seek care now; what only sounds like it does not.

Neither table is from the exam, nor were the patterns made from them.
"""

from __future__ import annotations

import pytest

from prentice.knowledge.expert import Expert, Outcome
from prentice.knowledge.urgent import urgent

URGENT = (
    # retina
    "since breakfast I've had flashing lights at the edge of my left eye",
    "loads of new floaters in my right eye since yesterday, should I worry?",
    "a black curtain is coming across the bottom of my vision",
    "there's a shadow creeping in from the side of my sight",
    "patient on the phone says she sees sparks and a shower of black spots",
    "px c/o flashes + floaters OS x 2 days, book routine?",
    "my husband suddenly sees cobwebs and lightning flashes in one eye",
    "I've got a big new floater like a spider and little flashes when I move my eyes in the dark",
    "It looks like soot falling in my right eye, started an hour ago",
    "how soon should somebody with symptoms of a retinal detachment be seen?",
    "-9.00 myope rings up with a veil over half of one eye",
    # sight lost
    "i have just lost the sight in my right eye",
    "Sudden loss of vision in one eye, painless, what do I tell the caller?",
    "my vision went completely dark for about ten minutes then came back",
    "dad can't see anything out of his left eye since he woke up",
    "everything went blurry in one eye all of a sudden",
    "half of everything I look at has gone missing since this morning",
    "she says that a grey blob suddenly sits in the middle of her sight in one eye",
    "Px with wet AMD in the other eye: straight lines look bent since Tuesday",
    "transient loss of vision in one eye, amaurosis fugax, what now",
    "I woke up with blurred vision in one eye and it isn't clearing",
    "gone blind in one eye in the last hour",
    "an old gentleman's sight has gone in his good eye",
    # chemicals
    "oven cleaner splashed in my eye help",
    "My toddler squirted washing machine capsule detergent into his eyes",
    "customer got plaster dust in both eyes at work just now",
    "I put my peroxide contact lens solution straight in my eye and it burns",
    "I used super glue instead of eye drops",
    "bleach went in her eye what should we do first",
    "ammonia spray in the eye - first aid?",
    "lime got into a builder's eye",
    "hand sanitiser squirted into my daughter's eye at the shop",
    "someone sprayed pepper spray in my face and my eyes",
    "battery acid in the eye, what do we do until the ambulance comes",
    "drain cleaner splash to the face, eyes burning",
    # injury
    "my son was hit in the eye with a cricket ball",
    "a firework went off and something is stuck in his eye",
    "grinding metal without goggles and a bit flew into my eye",
    "a branch poked me in the eye and now it's blurry",
    "punched in the eye last night, now seeing double",
    "champagne cork hit my eye, there's blood in the front of it",
    "the dog's claw caught my daughter in the eye",
    "a nail flew up and I think it went into my eye",
    "a shard of glass in his eye, should I pull it out?",
    "I walked into a wire and it went in my eye",
    "blood inside the front of the eye after an elbow at basketball",
    "arc eye from welding, both eyes are killing me",
    # contact lenses
    "my eye is red and painful and I wear contacts",
    "contact lens wearer, sore red eye, light sensitive, shall I tell him to wait?",
    "slept in my lenses and woke with a sore red eye",
    "my daily lens eye is bloodshot, hurts and has yellow discharge",
    "can i put my contact lenses back in, the eye is red, hurts and is blurry",
    "swam in the sea with my soft lenses and now my eye is really painful and red",
    "there's a white spot on my cornea and I wear monthlies, it is sore",
    "suspected microbial keratitis in a soft lens wearer, what do I do at the counter?",
    "ortho-k child with a red, painful, watering eye",
    # red and painful without lenses
    "really bad pain deep in my eye with haloes around lights and I feel sick",
    "one red eye, severe pain, vision misty, throwing up",
    "red painful eye and light hurts it",
    "acute angle closure: what are the symptoms and where does the patient go?",
    "shingles on her forehead and her eye is sore",
    "my eye is bulging and the lid is swollen and I have a fever",
    "excruciating pain in my left eye since this afternoon",
    # double vision, pupils, stroke
    "suddenly seeing double and I feel weak down one side",
    "double vision came on today with a droopy eyelid",
    "one of my pupils is huge and I have a bad headache",
    "new onset diplopia in a 70 year old since yesterday, routine or urgent?",
    "drooping eyelid since this morning and unequal pupils",
    "her face has dropped on one side and she is seeing double",
    # headache
    "I'm 74, sore scalp, jaw hurts when chewing and my sight is dim",
    "new headache at the temples at 68 and it hurts to comb her hair",
    "suspected giant cell arteritis, how quickly?",
    "headache when lying down and my sight greys out when I bend over",
    "optometrist saw swollen optic discs in both eyes",
    # after an operation
    "had my cataract done on Monday, now the eye is red and painful",
    "eye injection two days ago, the sight is getting worse and it's sore",
    "post-op day 3: pain and discharge",
    "lasik last week and now my vision has dropped and the eye hurts",
    # children and pregnancy
    "in photos my baby's pupil glows white",
    "newborn with sticky, swollen red eyes, 6 days old",
    "my 2 year old's eye has suddenly started turning in",
    "white reflex in the pupil of a toddler, when should we refer?",
    "36 weeks pregnant, seeing flashing lights with a pounding headache",
    "child with a swollen red lid, fever and can't move the eye",
    "is leukocoria urgent?",
)  # fmt: skip

HARMLESS = (
    # the shop
    "sudden drop in sales in September",
    "flash mirror coating sales by month",
    "why did revenue suddenly fall last week?",
    "how many flash mirror lenses did we sell this year",
    "painful returns: which supplier sends back most?",
    "which branch lost most customers this quarter",
    "lost sales because of stock-outs",
    "red frames sold in August",
    "how many red acetate frames are in stock?",
    "acute shortage of 1.67 blanks: what is left?",
    "urgent orders still open",
    "which jobs are urgent today",
    "orders that were late this morning",
    "best selling frames after the January sale",
    "double the stock of daily disposables?",
    "Black Friday flash sale revenue",
    "white frames by brand",
    "how many children's frames did we sell yesterday",
    "new patients today",
    "how many appointments were lost to no-shows this week",
    "chemical cleaning products we have in stock",
    "sales of lens cleaner spray by branch",
    "glass lenses sold in 2025",
    "metal frames versus acetate: units this month",
    "eye exams booked for Monday morning",
    "metal frames: which nickel-free alloys suit an allergy?",
    "average spend of contact lens patients this month",
    "what share of contact lens orders was returned",
    "burn rate of our marketing budget",
    "curtain walling quote for the shop front",
    # theory and the bench
    "what is the difference between mirror and flash mirror coating?",
    "What is the blind spot?",
    "how do I clean a lens with lens spray?",
    "why do polycarbonate lenses craze with acetone?",
    "which solvent removes progressive markings from a lens?",
    "how do I take the red dot off a lens with alcohol?",
    "What is a red-free filter for?",
    "what is the red-green duochrome test?",
    "What does a double D segment look like?",
    "how does a double gradient tint look?",
    "What is double vision called in Latin?",
    "explain image jump in a flat top bifocal",
    "why does a photochromic lens go dark outside?",
    "do photochromic lenses go dark in the car?",
    "what is the pupillary distance?",
    "how do I measure pupil size with a ruler?",
    "how are pupil heights taken for a varifocal?",
    "what base curve suits a plus lens?",
    "the nose pads hurt my patient, how do I adjust them?",
    "sides are too tight and press behind the ears, they're sore",
    "new varifocals feel strange and swim at the edges",
    "new glasses make the floor look curved",
    "px says the new progressives blur at the edge, what shall I check?",
    "everything looks a bit blurry at distance without my glasses, I am short-sighted",
    "is a white tint the same as no tint?",
    "which tint is best for snow?",
    "how many hours a day can soft lenses be worn?",
    "how often should contact lenses be replaced?",
    "how long does a contact lens trial take?",
    "do contact lenses hurt when you first put them in?",
    "what safety eyewear protects from chemicals?",
    "are goggles needed for grinding metal?",
    "ANSI Z87.1 impact test: what ball is dropped?",
    "what is the drop ball test for glass lenses?",
    "which lens material is best for squash players?",
    "how do I explain cataract surgery in plain words?",
    "when may glasses be ordered after cataract surgery?",
    "what causes dry eye?",
    "how is a squint measured with prisms?",
    "which frame suits a baby with aphakia?",
    "what does the Amsler grid test?",
    "is colour blindness more common in boys?",
    "what can glasses do for a headache from reading?",
    "does anti-reflective coating reduce haloes from headlights?",
    "a temple tip came off, how do I glue it?",
    "can superglue be used to mend a frame?",
    "how do I remove super glue from a frame?",
    "the lens edge is stained white, why?",
    "what does a spotted lens coating mean?",
    "Which index is best for a -8.00 wearer?",
    "What prism does a -6.00 lens give 5 mm from the centre?",
)  # fmt: skip


def test_the_tables_are_as_large_as_they_should_be() -> None:
    assert len(set(URGENT)) >= 80
    assert len(set(HARMLESS)) >= 60


@pytest.mark.parametrize("question", URGENT)
@pytest.mark.parametrize("region", ["UK", "US"])
def test_what_cannot_wait_is_recognised(question: str, region: str) -> None:
    found = urgent(question, region)
    assert found is not None
    assert found.advice.startswith("Seek care now")


@pytest.mark.parametrize("question", HARMLESS)
def test_what_only_sounds_urgent_is_not_taken_for_it(question: str) -> None:
    found = urgent(question)
    assert found is None, found and found.name


@pytest.mark.parametrize("question", URGENT[::6])
def test_the_expert_begins_with_the_advice(expert: Expert, question: str) -> None:
    reply = expert.reply(question, "UK")
    assert reply.outcome is Outcome.urgent
    assert reply.lead.startswith("Seek care now")


def test_the_advice_names_where_to_go_in_the_readers_country() -> None:
    question = "flashes and new floaters since yesterday"
    told = {region: urgent(question, region) for region in ("UK", "US", "any")}
    assert all(told.values())
    advice = {region: found.advice for region, found in told.items() if found}
    assert "A&E" in advice["UK"]
    assert "911" in advice["US"]
    assert "A&E" not in advice["any"]
    assert "{" not in "".join(advice.values())


def test_every_sign_points_to_an_article_of_the_corpus(expert: Expert) -> None:
    named = {found.article for question in URGENT if (found := urgent(question))}
    assert named <= expert.corpus.articles.keys()


@pytest.mark.parametrize(
    "question",
    [
        "dry eyes but no pain, no redness and no flashes: which drops?",
        "no flashes or floaters, just wants new readers",
        "never had double vision, only wants her glasses tightened",
    ],
)
def test_what_is_told_as_absent_is_no_sign(question: str) -> None:
    assert urgent(question) is None


@pytest.mark.parametrize("odd", ["", " ", "?", "eye " * 250, "flash\x00floaters", "\u2019" * 500])
def test_odd_input_does_no_harm(odd: str) -> None:
    urgent(odd)
