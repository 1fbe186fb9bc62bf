"""Which payment provider the operator has chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from community.cocreation.backing.payments.simulator import Simulator
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
        if key is None:
            raise StripeKeyMissing
        return Stripe(key.get_secret_value())
    if name is PaymentProviderName.SIMULATOR or not settings.in_production:
        return Simulator(database)
    return None


class StripeKeyMissing(Exception):  # noqa: N818 - says what is the matter
    """Set TEAHOUSE_STRIPE_SECRET_KEY, or another TEAHOUSE_PAYMENT_PROVIDER."""

    def __str__(self) -> str:
        return type(self).__doc__ or ""
