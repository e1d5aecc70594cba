"""Print the description of a checkout as JSON. `checkout.environment` names this package misc_description."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from .confinement import confine
from .parts import description

confine(os.environ["PYTHONPATH"].split(os.pathsep))
json.dump(description(Path(sys.argv[1])), sys.stdout)
