"""The application: everything that one server process holds between requests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from api import schema
from api.authentication import Authentication
from api.background import Background
from api.buckets import Buckets
from api.document import Documents
from api.execution import Executor
from api.limits import DocumentLimits, TrustedDocuments
from api.limits.connections import OpenConnections
from api.live import Live
from api.members.open_id import OpenId
from api.tasks import start_tasks
from community.cocreation.backing.errands import Errands
from community.cocreation.backing.payments.choosing import provider_from
from community.discussions.viewers import Viewers
from community.discussions.views import ViewBuffer
from community.foundation.database import Database
from community.members.admission import Site
from community.members.signing import SigningKeys, load_signing_keys
from community.referrals.clicks import ClickRecorder
from moderation.automod.screening import Screening
from moderation.classifier.external import External
from moderation.health.sampling import sampling_reader
from moderation.intake import intake_reader
from moderation.letters.reader import letters_reader

if TYPE_CHECKING:
    from community.foundation.settings import Settings


@dataclass(slots=True)
class Application:
    """Everything that one server process holds between requests."""

    settings: Settings
    database: Database
    keys: SigningKeys
    authentication: Authentication
    viewers: Viewers
    screening: Screening
    live: Live
    views: ViewBuffer
    clicks: ClickRecorder
    executor: Executor
    documents: Documents
    trusted: TrustedDocuments
    buckets: Buckets
    connections: OpenConnections
    site: Site
    open_id: OpenId
    errands: Errands | None
    background: Background

    @classmethod
    async def start(cls, settings: Settings) -> Application:
        """Open the database and assemble the rest."""
        assert settings.database_url is not None  # the command line has found or started a database
        database = await Database.connect(
            settings.database_url.get_secret_value(),
            # All at once: a connection that is opened while a request waits costs that request more than its answer.
            minimum=settings.database_connections,
            maximum=settings.database_connections,
            acquire_within=settings.database_acquire_within,
            maximum_waiting=settings.database_waiting,
            statement_within=settings.database_statement_within,
            statements=settings.database_statements,
            lock_within=settings.database_lock_within,
            idle_in_transaction_within=settings.database_idle_within,
        )
        keys = await load_signing_keys(database, settings.signing_key())
        authentication = Authentication(database, keys)
        viewers = Viewers(database)
        screening = Screening(database, External.of(settings))
        site = Site(settings.public_url, settings.admin_email)
        readers = [
            letters_reader(site, keys.appeal),
            sampling_reader(settings.moderation_second_opinions),
            intake_reader(settings.review_first_posts),
        ]
        url = settings.database_url.get_secret_value()
        live = Live(url, database, viewers, authentication, screening, readers)
        await live.start()
        executor = Executor(schema.build(), settings, keys)
        provider = provider_from(settings, database)
        limits = DocumentLimits.of(settings)
        application = cls(
            settings=settings,
            database=database,
            keys=keys,
            authentication=authentication,
            viewers=viewers,
            screening=screening,
            live=live,
            views=ViewBuffer(database),
            clicks=ClickRecorder(database),
            executor=executor,
            documents=Documents(executor.schema, limits, suggestions=not settings.in_production),
            trusted=TrustedDocuments.of(settings),
            buckets=Buckets.of(settings),
            connections=OpenConnections.of(settings),
            site=site,
            open_id=OpenId(settings),
            errands=None if provider is None else Errands(database, provider, settings.public_url),
            background=Background(),
        )
        start_tasks(application)
        return application

    async def stop(self) -> None:
        """Write what is held back, and close the database."""
        await self.live.stop()
        await self.background.stop()
        await self.open_id.close()
        if self.errands is not None:
            await self.errands.provider.close()
        await self.views.flush()
        await self.screening.matches.flush()
        await self.clicks.stop()
        await self.database.close()
