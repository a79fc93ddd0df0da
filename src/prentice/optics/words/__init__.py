"""A question in words, read into a calculator and its inputs; nothing is guessed in silence.

>>> read("what prism if a \u22126.00 wearer looks 5 mm below the centre?")
Calculation(calculator='prentice', inputs={'rx': {'sphere': -6.0}, 'below': 5.0})
>>> read("what prism if a -6.00 wearer looks below the centre?").question
'How far below the optical centre does the wearer look, in mm?'
>>> read("what is Prentice's rule?") is None
True
"""

from prentice.optics.words.question import read
from prentice.optics.words.readings import Calculation, Missing

__all__ = ["Calculation", "Missing", "read"]
