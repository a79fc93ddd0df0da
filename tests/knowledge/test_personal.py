"""What would decide for a person is told who decides; what asks about the trade is not."""

from __future__ import annotations

import time

import pytest

from prentice.knowledge.expert import Expert, Outcome
from prentice.knowledge.personal import personal

DECIDES = (
    # medicines
    "should I stop my latanoprost before the eye test?",
    "can my mum skip her glaucoma drops while she has a cold",
    "Can I take two antihistamine tablets for my itchy eyes?",
    "which eye drops should I buy for my red eyes?",
    "how many drops of atropine should my daughter have",
    "is it ok to give my baby chloramphenicol",
    "may I use my husband's steroid drops",
    "do I need to stop hydroxychloroquine?",
    "I missed my timolol this morning, should I take double tonight?",
    "what dose of ibuprofen do I take for my sore eye",
    "can he restart the steroid drops himself",
    "could I share my son's antibiotic drops with his sister",
    "should she increase her dose of prednisolone drops",
    "tell me which antibiotic drops to get for my kid",
    "Can I just use my old steroid drops again for my itchy eye?",
    # powers
    "what power do I need, just tell me",
    "I can't see far away, should I go to -2.50, which power should I order?",
    "tell me what prescription to order for my dad",
    "what strength readers should I buy, I'm 58",
    "which add should I give her, she reads at 40 cm and there's no time to test",
    "write me a prescription for contact lenses",
    "can you prescribe me glasses",
    "my specs are -4.00, exactly which contact lens power and base curve should I order",
    "please just make up a prescription for my mum",
    "Tell me my new power, I see 6/12 with -1.00",
    # what somebody has
    "do I have glaucoma?",
    "Has my son got a lazy eye?",
    "is this conjunctivitis or something worse?",
    "my pressure is 25, is it glaucoma",
    "what have I got? my eyelid twitches all day",
    "am I going blind?",
    "is my dad's blurry sight a cataract or macular degeneration",
    "could it be keratoconus, my cyl keeps going up",
    "diagnose me: itchy lids and crusts in the morning",
    "what is wrong with my eye, it waters in the wind",
    "is he colour blind? he mixes up brown and green",
    "could this lump on her lid be cancer",
    "does my daughter have strabismus or is it just her nose? is it serious",
    "I have a brown spot on my iris, is it melanoma?",
    "Could I have diabetic retinopathy? my sugar is high",
    # whether to be operated
    "should I have the cataract operation or wait",
    "should my mum get laser or drops",
    "decide for me: lasik yes or no",
    "should I delay my injections until after the holiday",
)  # fmt: skip

GENERAL = (
    "what is glaucoma?",
    "what does latanoprost do?",
    "which drops make pupils large?",
    "do glaucoma drops change the colour of the iris?",
    "what is atropine used for in myopia control",
    "can steroid drops raise the pressure of the eye?",
    "which medicines cause dry eyes",
    "what are the signs of conjunctivitis",
    "how is keratoconus recognised with a keratometer?",
    "what is the difference between dry and wet macular degeneration",
    "who may prescribe spectacles in the UK?",
    "how long is a prescription valid in the US?",
    "what must a prescription show by law?",
    "does my patient get a copy of the prescription?",
    "can we dispense from a prescription that is three years old?",
    "how do I convert -4.00 to a contact lens power?",
    "what add is usual at 50?",
    "what index should I use for a -8.00?",
    "which lens material should we order for a child?",
    "what coating should I recommend to my patient who drives at night?",
    "which tint should my patient with migraine try?",
    "which frame suits my narrow nose?",
    "how should I clean my lenses?",
    "how do I put in my contact lenses?",
    "can I sleep in my daily lenses?",
    "can I swim in my contact lenses?",
    "can I wear my lenses with hay fever?",
    "why do my varifocals swim at the edges?",
    "why do my eyes look small behind my glasses?",
    "how do I adjust my nose pads?",
    "how often should I have my eyes tested?",
    "at what age should my child have a first eye test?",
    "is myopia inherited?",
    "is it true that reading in the dark ruins my eyes?",
    "will wearing glasses make my eyes worse?",
    "what is a cataract?",
    "what happens in cataract surgery?",
    "do glasses help after cataract surgery?",
    "what is a chalazion?",
    "how do we explain a higher price to our customers?",
    "how do we measure her monocular PD?",
    "my patient cannot read with her new progressives, what do I check?",
    "our customer says his frame slips, what do we do?",
    "our remake rate is high, how can we lower it?",
    "what did we sell last month?",
    "how many glaucoma patients do we have?",
    "how much is our stock of contact lens solution worth?",
    "which dry eye drops sold best this year?",
    "what should I tell a patient whose order is late?",
    "how do I calculate the power in a meridian?",
    "what prism does my patient get looking 5 mm below the centre?",
    "what is his minimum blank size with PD 62 and a 54-18 frame?",
    "what vertex distance do I assume?",
    "how do I neutralise her old glasses by hand?",
    "can he drive with a field defect in the UK?",
    "what visual acuity do I need to drive?",
    "what does 6/12 mean for my son at school?",
    "may I be refused my PD?",
    "who pays for my glasses on the NHS?",
    "what does amblyopia mean?",
)  # fmt: skip


def test_the_tables_are_as_large_as_they_should_be() -> None:
    assert len(set(DECIDES)) >= 40
    assert len(set(GENERAL)) >= 60


@pytest.mark.parametrize("question", DECIDES)
def test_who_decides_is_said(question: str) -> None:
    assert personal(question).startswith("I cannot ")


@pytest.mark.parametrize("question", GENERAL)
def test_a_question_about_the_trade_is_not_personal(question: str) -> None:
    assert personal(question) == ""


@pytest.mark.parametrize("question", [q for q in DECIDES if personal(q)][::5])
def test_the_expert_says_who_decides_first(expert: Expert, question: str) -> None:
    reply = expert.reply(question, "UK")
    assert reply.outcome in (Outcome.personal, Outcome.urgent)
    assert reply.lead


@pytest.mark.parametrize(
    "odd", ["", " ", "my " * 333, "should i take drops " * 50, "is my " * 166, "what my " * 125]
)
def test_the_longest_question_is_read_at_once(odd: str) -> None:
    """`ask` admits 1,000 characters: a pattern that goes back and forth over them would stop a server."""
    began = time.process_time()
    personal(odd)
    assert time.process_time() - began < 0.5
