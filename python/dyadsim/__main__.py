"""``python -m dyadsim`` is the command ``dyad``."""

import sys

from ._command import main

sys.exit(main())
