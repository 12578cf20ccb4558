"""Requests that are made to cost: what they hold, what each costs, and the bound that it must keep."""
