"""``make bench``: the figures of the contract, each beside its baseline in the same run."""
