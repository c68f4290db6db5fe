"""`python -m local.standins --port P --vault-port V --state DIR --app-url URL …`."""

import argparse
from pathlib import Path

from local.standins.environment import read_environment
from local.standins.server import ProxyPorts, serve

_SERVICES = {"blob": "blobs", "queue": "queues", "table": "tables"}


def main() -> None:
    """Start all stand-ins in this process."""
    parser = argparse.ArgumentParser(prog="python -m local.standins")
    parser.add_argument("--port", type=int, required=True, help="all vendors but Key Vault")
    parser.add_argument("--vault-port", type=int, required=True, help="Key Vault, over TLS")
    parser.add_argument("--state", type=Path, required=True, help="folder of what is kept")
    parser.add_argument("--app-url", required=True, help="where webhooks go")
    for name in _SERVICES:
        parser.add_argument(f"--azurite-{name}", type=int, help=f"port of Azurite's {name}s")
        parser.add_argument(f"--proxy-{name}", type=int, help=f"port of the proxy for {name}s")
    given = parser.parse_args()
    proxies = {
        service: ProxyPorts(
            listen=getattr(given, f"proxy_{name}"), azurite=getattr(given, f"azurite_{name}")
        )
        for name, service in _SERVICES.items()
        if getattr(given, f"proxy_{name}") and getattr(given, f"azurite_{name}")
    }
    environment = read_environment(
        port=given.port, vault_port=given.vault_port, state=given.state, app_url=given.app_url
    )
    serve(environment, proxies)


if __name__ == "__main__":
    main()
