"""The controller: a Lambda function that takes encrypted batch evaluations through their life."""

import gc

# A cold start makes some 100,000 objects, nearly all to stay. Looking through them for garbage at
# every 700, as Python does, takes a sixth of it.
gc.set_threshold(100_000)
