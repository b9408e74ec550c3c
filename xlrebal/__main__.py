"""Run the command line as ``python -m xlrebal``."""

import sys

from xlrebal.cli import main

sys.exit(main())
