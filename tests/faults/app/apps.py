from django.apps import AppConfig


class FaultsConfig(AppConfig):
    """The counting app."""

    name = "tests.faults.app"
    label = "faults"

    def ready(self) -> None:
        from tests.faults.app import counting  # noqa: F401
