"""``make bench``: the figures of the README, each beside its baseline in the same run."""
