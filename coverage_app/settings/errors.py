"""The one error that a wrong environment raises."""


class SettingsError(Exception):
    """A variable has a value that cannot be used: one line with its name, the fault and an example."""

    def __init__(self, name: str, fault: str, example: str):
        super().__init__(f"{name}: {fault}; for example {name}={example}")
