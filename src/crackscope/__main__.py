"""Run the command line with ``python -m crackscope``."""

import sys

from crackscope.cli.main import main

sys.exit(main())
