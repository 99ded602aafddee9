"""One cold start: `once.py plain|ours OPERATION FOLDER` prints seconds and the number of calls.

FOLDER holds the unpacked deployment package.
"""

import sys
import time

began = time.process_time()
handler, operation, folder = sys.argv[1:]

# Only what both handlers import anyway comes before them.
import os  # noqa: E402

import wire  # noqa: E402

os.environ |= wire.ENVIRONMENT

if handler == "plain":
    from plain import handle
else:
    sys.path.insert(0, folder)
    from function.handler import handle  # pyright: ignore[reportMissingImports]

wire.connect()
handle({"operation": operation, "parameters": wire.EVENTS[operation]}, wire.Context())
print(time.process_time() - began, wire.calls)
