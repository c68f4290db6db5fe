"""App settings as bindings use them: `%NAME%`, connections, disabled functions."""

import re
from collections.abc import Mapping

QUEUE_NAME = re.compile(r"[a-z0-9](?:-?[a-z0-9])*")
PLACEHOLDER = re.compile(r"%([^%]+)%")


class Resolver:
    """Answers what a binding's text means in this environment."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ

    def text(self, text: str) -> str:
        """Return the text with each `%NAME%` replaced by the setting of that name.

        Raises:
            ValueError: names the settings that are missing.
        """
        missing = [name for name in PLACEHOLDER.findall(text) if name not in self._environ]
        if missing:
            raise ValueError(f"the setting {', '.join(missing)} is missing, which {text!r} names")
        return PLACEHOLDER.sub(lambda found: self._environ[found[1]], text)

    def queue_name(self, text: str) -> str:
        name = self.text(text)
        if not 3 <= len(name) <= 63 or not QUEUE_NAME.fullmatch(name):
            raise ValueError(f"{name!r} is not a queue name: 3-63 of a-z, 0-9 and single hyphens")
        return name

    def connection(self, name: str | None) -> str:
        """Return the connection string that a binding's `connection` stands for.

        Raises:
            ValueError: the setting is missing, or is an identity's, which Azurite has no use for.
        """
        if not name:
            raise ValueError("a queue binding names no connection")
        for candidate in (name, f"AzureWebJobs{name}"):
            if value := self._environ.get(candidate):
                return value
        if any(key.startswith((f"{name}__", f"AzureWebJobs{name}__")) for key in self._environ):
            raise ValueError(f"the connection {name} is an identity's; this host needs a string")
        raise ValueError(f"the setting {name} is missing, which a queue binding names")

    def disabled(self, function: str) -> bool:
        names = (f"AzureWebJobs.{function}.Disabled", f"AzureWebJobs_{function}_Disabled")
        return any(self._environ.get(name, "").lower() in {"true", "1"} for name in names)
