"""``python -m foley_gateway`` starts the gateway from its environment."""

from __future__ import annotations

import asyncio

from foley_common.settings import load_settings
from foley_gateway.server import serve_gateway
from foley_gateway.settings import GatewaySettings


def main() -> None:
    """Serve until stopped."""
    asyncio.run(serve_gateway(load_settings(GatewaySettings)))


if __name__ == "__main__":
    main()
