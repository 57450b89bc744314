"""The Darkscope protocol, written from Protocol/SPEC.md and from nothing else: a check that the text is complete, and what
black-box tests speak to a collector with. The comments cite its sections.

Values are dictionaries as in the .json files of Protocol/Vectors. Needs python3-zstandard."""
from .batches import *  # noqa: F401,F403
from .messages import *  # noqa: F401,F403
from .parts import *  # noqa: F401,F403
