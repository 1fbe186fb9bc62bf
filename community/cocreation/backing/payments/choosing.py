"""Which payment provider the operator has chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from community.cocreation.backing.payments.simulator import SIMULATED_BANK, Simulator
from community.foundation.settings import PaymentProviderName

if TYPE_CHECKING:
    from community.cocreation.backing.payments.port import PaymentProvider
    from community.foundation.database import Database
    from community.foundation.settings import Settings


def provider_from(settings: Settings, database: Database) -> PaymentProvider | None:
    """Return the provider that is set; in development, where none is, the simulator."""
    name = settings.payment_provider
    if name is PaymentProviderName.STRIPE:
        # Imported late: most communities move no money.
        from community.cocreation.backing.payments.stripe import Stripe

        key = settings.stripe_secret_key
        assert key is not None  # as the settings ask for it
        return Stripe(key.get_secret_value())
    if name is PaymentProviderName.SIMULATOR or not settings.in_production:
        return Simulator(database, bank=settings.public_url.rstrip("/") + SIMULATED_BANK)
    return None
