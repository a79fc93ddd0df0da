"""What holds for every power: there and back again, whichever order, and the limits of small things."""

from __future__ import annotations

import math

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from prentice.optics import contact_lenses, crossed_cylinders, surface, tilt, vertex
from prentice.optics.acuity import Acuity, from_logmar, from_snellen, read_acuity
from prentice.optics.meridians import power_in_meridian
from prentice.optics.notation import degrees, nearest, power_text
from prentice.optics.power import Power
from prentice.optics.prism import Eye, Prism, at_base, at_point, based, decentration_for
from prentice.optics.reading import read_power
from prentice.optics.thickness import from_centre, from_edge
from prentice.optics.transposition import spherical_equivalent, transpose
from prentice.optics.vectors import from_vector, to_vector
from prentice.optics.vertex_power import back_surface_for, back_vertex_power

quick = settings(max_examples=60, deadline=None)

quarters = st.integers(-80, 80).map(lambda n: n / 4)
cylinders = st.integers(-24, 24).map(lambda n: n / 4)
axes = st.integers(1, 180)
powers = st.builds(Power, quarters, cylinders, axes)
toric = powers.filter(lambda one: not one.is_sphere)
eyes = st.sampled_from(Eye)
millimetres = st.floats(-20, 20)
distances = st.floats(0, 20)


def same(one: Power, other: Power, within: float = 1e-6) -> bool:
    """The same lens, in whatever form: the power matrices agree."""
    a, b = one.matrix(), other.matrix()
    return max(abs(a.xx - b.xx), abs(a.xy - b.xy), abs(a.yy - b.yy)) < within


@quick
@given(powers)
def test_transposing_twice_is_the_identity(power: Power) -> None:
    assert transpose(transpose(power)) == power


@quick
@given(powers)
def test_transposing_changes_neither_the_lens_nor_its_mean(power: Power) -> None:
    assert same(transpose(power), power)
    assert spherical_equivalent(transpose(power)) == pytest.approx(spherical_equivalent(power))


@quick
@given(powers)
def test_an_axis_is_told_from_1_to_180(power: Power) -> None:
    assert 1 <= degrees(transpose(power).axis) <= 180


@quick
@given(powers)
def test_a_matrix_and_a_vector_give_the_power_back(power: Power) -> None:
    assert same(Power.of(power.matrix()), power)
    assert same(from_vector(to_vector(power)), power)


@quick
@given(powers, axes)
def test_the_powers_of_two_meridians_at_right_angles_sum_to_twice_the_mean(power: Power, at: int) -> None:
    both = power_in_meridian(power, at) + power_in_meridian(power, at + 90)
    assert both == pytest.approx(2 * power.mean, abs=1e-9)


@quick
@given(powers, powers, powers)
def test_crossed_cylinders_do_not_mind_their_order(one: Power, two: Power, three: Power) -> None:
    left = crossed_cylinders.combined(crossed_cylinders.combined(one, two), three)
    assert same(left, crossed_cylinders.combined(three, two, one))


@quick
@given(powers)
def test_a_lens_and_its_opposite_are_nothing(power: Power) -> None:
    opposite = Power(-power.sphere, -power.cylinder, power.axis)
    assert same(crossed_cylinders.combined(power, opposite), Power(0.0))


@quick
@given(powers)
def test_what_is_written_is_read_again(power: Power) -> None:
    assert same(read_power(power_text(power)), power)


# Vertex distance ----------------------------------------------------------------------------------


@quick
@given(powers, distances, distances)
def test_compensating_and_back_is_the_identity(power: Power, old: float, new: float) -> None:
    there = vertex.compensated(power, old, new)
    assert same(vertex.compensated(there, new, old), power)
    assert same(vertex.effective(there, old, new), power)


@quick
@given(quarters.filter(bool), st.floats(8, 14), st.floats(1, 6))
def test_effective_and_compensated_power_go_opposite_ways(power: float, old: float, more: float) -> None:
    lens = Power(power)
    slipped, ordered = vertex.effective(lens, old, old + more), vertex.compensated(lens, old, old + more)
    assert slipped.sphere > power > ordered.sphere


@quick
@given(powers, distances)
def test_a_contact_lens_and_its_spectacles(power: Power, distance: float) -> None:
    there = contact_lenses.to_contact_lens(power, distance)
    assert same(contact_lenses.to_spectacles(there, distance), power)


@quick
@given(axes, st.integers(0, 45))
def test_left_add_is_undone_by_right_subtract(axis: int, turned: int) -> None:
    assert contact_lenses.lars(contact_lenses.lars(axis, turned, "left"), turned, "right") == axis


@quick
@given(toric, st.integers(0, 30), st.sampled_from(["left", "right"]))
def test_without_over_refraction_the_lens_on_the_eye_is_ordered_again(
    lens: Power, turned: int, turn: contact_lenses.Turn
) -> None:
    assert same(contact_lenses.with_over_refraction(lens, Power(0.0), 12, turned, turn), lens)


# Prism --------------------------------------------------------------------------------------------


@quick
@given(st.floats(0.1, 20), st.floats(0, 360), eyes)
def test_resolving_and_combining_is_the_identity(amount: float, base: float, eye: Eye) -> None:
    whole = at_base(amount, base)
    (across, side), (up, way) = whole.horizontal(eye), whole.vertical
    again = based(across, side, eye) + based(up, way, eye)
    assert again.amount == pytest.approx(amount)
    assert math.cos(math.radians(again.base - base)) == pytest.approx(1)


@quick
@given(powers, millimetres, millimetres)
def test_the_eyes_mirror_each_other(power: Power, nasal: float, up: float) -> None:
    mirrored = Power(power.sphere, power.cylinder, 180 - power.axis)
    right, left = at_point(power, nasal, up, Eye.right), at_point(mirrored, nasal, up, Eye.left)
    assert (right.x, right.y) == (pytest.approx(-left.x, abs=1e-9), pytest.approx(left.y, abs=1e-9))


@quick
@given(powers, millimetres, millimetres, eyes)
def test_a_decentration_is_the_opposite_of_a_gaze_point(
    power: Power, nasal: float, up: float, eye: Eye
) -> None:
    """The lens moved to where its prism is wanted has that prism where the eye looks straight ahead."""
    assume(abs(power.sphere * (power.sphere + power.cylinder)) > 0.01)
    wanted = at_point(power, -nasal, -up, eye)
    assert decentration_for(power, wanted, eye) == (
        pytest.approx(nasal, abs=1e-6),
        pytest.approx(up, abs=1e-6),
    )


@quick
@given(quarters.filter(bool), st.floats(0.5, 20))
def test_plus_has_its_base_towards_the_centre_and_minus_away_from_it(power: float, below: float) -> None:
    assert at_point(Power(power), 0, -below, Eye.left).vertical[1] == ("up" if power > 0 else "down")


def test_no_prism_has_no_base() -> None:
    assert Prism(0.0, 0.0).is_none


# Surfaces, thickness, tilt ------------------------------------------------------------------------


@quick
@given(st.floats(0.25, 10), st.floats(1.45, 1.8), st.floats(0.5, 5))
def test_on_small_lenses_the_approximate_sag_is_the_exact_one(
    power: float, index: float, diameter: float
) -> None:
    exact = surface.sag(power, index, diameter)
    assert surface.sag_approximate(power, index, diameter) == pytest.approx(exact, rel=0.01)


@quick
@given(st.floats(0.25, 10), st.floats(20, 70))
def test_the_approximate_sag_is_never_the_deeper(power: float, diameter: float) -> None:
    assert surface.sag_approximate(power, 1.5, diameter) <= surface.sag(power, 1.5, diameter) + 1e-9


@quick
@given(st.floats(-10, 8), st.floats(1, 10), st.floats(1, 8), st.floats(1.45, 1.8))
def test_a_back_surface_gives_its_back_vertex_power(
    power: float, front: float, thick: float, index: float
) -> None:
    back = back_surface_for(power, front, thick, index)
    assert back_vertex_power(front, back, thick, index) == pytest.approx(power, abs=1e-9)


@quick
@given(st.integers(1, 32).map(lambda n: n / 4), st.floats(40, 65), st.floats(0.8, 2))
def test_the_centre_found_from_an_edge_has_that_edge(power: float, diameter: float, edge: float) -> None:
    made = from_edge(Power(power), 1.6, diameter, edge, power + 4)
    again = from_centre(Power(power), 1.6, diameter, made.centre, power + 4)
    assert again.edge_thin == pytest.approx(edge, abs=1e-6)


@quick
@given(powers, st.floats(-15, 15), st.floats(-15, 15), eyes)
def test_a_tilted_lens_that_was_compensated_does_what_was_prescribed(
    power: Power, pantoscopic: float, wrap: float, eye: Eye
) -> None:
    one = tilt.of_frame(pantoscopic, wrap, eye)
    assert same(tilt.worn(tilt.compensated(power, one, 1.6), one, 1.6), power)


@quick
@given(powers, st.floats(1, 15), st.floats(1, 15))
def test_wrap_and_tilt_mirror_between_the_eyes(power: Power, pantoscopic: float, wrap: float) -> None:
    mirrored = Power(power.sphere, power.cylinder, 180 - power.axis)
    right = tilt.worn(power, tilt.of_frame(pantoscopic, wrap, Eye.right), 1.5)
    left = tilt.worn(mirrored, tilt.of_frame(pantoscopic, wrap, Eye.left), 1.5)
    assert same(Power(left.sphere, left.cylinder, 180 - left.axis), right)


# Acuity and rounding ------------------------------------------------------------------------------


@quick
@given(st.floats(-0.3, 1.6))
def test_acuity_there_and_back(logmar: float) -> None:
    sight = from_logmar(logmar)
    assert sight.logmar == pytest.approx(logmar)
    assert from_snellen(6, 6 / sight.decimal).decimal == pytest.approx(sight.decimal)


@quick
@given(st.sampled_from([0.1, 0.2, 0.25, 0.4, 0.5, 0.8, 1.0, 1.25]))
def test_a_fraction_that_is_written_is_read_again(decimal: float) -> None:
    for distance in (6, 20):
        assert read_acuity(Acuity(decimal).snellen(distance)).decimal == pytest.approx(decimal, rel=0.01)


@quick
@given(st.floats(-30, 30))
def test_a_quarter_is_at_most_an_eighth_away(value: float) -> None:
    made = nearest(value, 0.25)
    assert abs(made - value) <= 0.125 + 1e-9
    assert made * 4 == round(made * 4)
