"""Writes schema.json anew, for review: `python -m tests.packaging.write_schema`."""

import json
import sys
from pathlib import Path

from tests.harness import ROOT
from tests.packaging.conftest import schema_of

if __name__ == "__main__":
    schema = schema_of(sys.executable, ROOT / "components")
    text = json.dumps(schema, indent=2, sort_keys=True) + "\n"
    Path(__file__).with_name("schema.json").write_text(text)
