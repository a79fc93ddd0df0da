"""The sentences that say which convention an answer keeps to."""

AXES = (
    "Minus-cylinder form; axes from 1 to 180, counter-clockwise as the wearer's face is seen, 180 and "
    "never 0."
)
GAZE = "The point is where the eye looks, measured from the optical centre; moving the lens is the opposite."
MOVED = (
    "The distance is how far the optical centre was moved (decentration); the eye then looks the "
    "opposite way from it."
)
BASE = (
    "Base 0 to 360, counter-clockwise from the front: 0 is nasal for the right eye and temporal for the left."
)
COMPENSATED = (
    "Compensated power: what is ordered at the new distance so that the effect stays. The effective "
    "power of an "
    "unchanged lens changes the opposite way."
)
EFFECTIVE = (
    "Effective power: what an unchanged lens does, told at the old distance. The compensated power to "
    "order changes "
    "the opposite way."
)
ROUNDED = "Figures are rounded at output alone: 0.01 here, 0.25 for an order (sphere and cylinder each)."
BOXING = "Boxing system; distances in mm. Positive decentration is nasal (inset), negative temporal (outset)."
SURFACES = "Convex front surfaces are plus, concave back surfaces minus; thickness and radius in mm."
CORRECTED = "Image sizes compare the same eye with and without the lens; above 1 magnifies."
