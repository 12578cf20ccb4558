"""The suite: it mirrors ``coverage_app``, and uses real servers throughout."""
