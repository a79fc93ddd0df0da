"""The calculators of ophthalmic optics: pure functions, and one registry that tells their results in words.

Conventions, the same in every module (public material disagrees on each of them):

- Minus cylinders inside; axes from 1 to 180, counter-clockwise as the wearer's face is seen, 180 and never 0.
- A point on the lens is where the *eye looks*, from the optical centre. That the optical centre was moved is
  the opposite vector, and is always called decentration.
- *Compensated* power is what is ordered so that the effect stays; *effective* power is what an unchanged lens
  does. They change in opposite directions.
- Dioptres, prism dioptres, millimetres and degrees at every door; rounding at output alone.

`calculators.py` is the one to open first; `words` reads a question in words into one of them.
"""
