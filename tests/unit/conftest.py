"""How Hypothesis tries examples here: for as long as it takes, as a busy machine is no fault of a rule."""

from hypothesis import settings

settings.register_profile("no deadline", deadline=None)
settings.load_profile("no deadline")
