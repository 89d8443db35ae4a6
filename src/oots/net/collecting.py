"""
Taking what comes to our Access Point, for ever.  What is done with it is up to the service.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from oots.errors import OotsError
from oots.net.gateway_client import Delivery, GatewayClient

_POLL_SECONDS: Final = 20.0
_PAUSE_SECONDS: Final = 1.0
"""After the gateway could not be asked."""

log = logging.getLogger(__name__)


async def collect(gateway: GatewayClient, actions: Sequence[str], take: Callable[[Delivery], Awaitable[None]]) -> None:
    """
    Hand each message of these actions to `take`, which acknowledges it.

    Never returns.  When `take` fails, the message is not lost: it comes again when its lease has run out.
    """
    while True:
        try:
            deliveries = await gateway.deliveries(actions, wait=_POLL_SECONDS)
        except OotsError as error:
            log.warning("cannot collect messages from the gateway: %s", error)
            await asyncio.sleep(_PAUSE_SECONDS)
            continue
        for delivery in deliveries:
            await _attempt(take, delivery)


async def _attempt(take: Callable[[Delivery], Awaitable[None]], delivery: Delivery) -> None:
    try:
        await take(delivery)
    except OotsError as error:
        log.warning("message %s could not be dealt with now: %s", delivery.message_id, error, extra=_ids(delivery))
    except Exception:
        log.exception("message %s could not be dealt with", delivery.message_id, extra=_ids(delivery))


def _ids(delivery: Delivery) -> dict[str, str | None]:
    exchange_id = next((item.value for item in delivery.properties if item.name == "ExchangeId"), None)
    return {
        "message_id": delivery.message_id,
        "conversation_id": delivery.conversation_id,
        "exchange_id": exchange_id,
    }
