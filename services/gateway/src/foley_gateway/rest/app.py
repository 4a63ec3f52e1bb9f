"""The REST application: routes, errors, page, health and metrics."""

from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI, Response
from fastapi.middleware.cors import CORSMiddleware
from fastapi.staticfiles import StaticFiles
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from foley_gateway.application import RenderApplication
from foley_gateway.rest.clips import clips_router
from foley_gateway.rest.errors import add_error_handlers
from foley_gateway.rest.events import events_router
from foley_gateway.rest.middleware import REQUEST_ID_HEADER, RequestMiddleware
from foley_gateway.rest.refusals import is_loopback
from foley_gateway.rest.renders import renders_router
from foley_gateway.rest.sample_packs import sample_packs_router
from foley_gateway.settings import GatewaySettings

PAGE = Path(__file__).parent.parent / "page"


def make_app(application: RenderApplication, settings: GatewaySettings) -> FastAPI:
    """The application over REST."""
    app = FastAPI(
        title="Foley Studio",
        summary="Takes videos and gives back videos with their footsteps.",
        version="1",
        openapi_url="/v1/openapi.json",
        docs_url=None,  # these pages load scripts from elsewhere
        redoc_url=None,
    )
    add_error_handlers(app)
    app.include_router(clips_router(application, settings.max_upload_bytes))
    app.include_router(renders_router(application))
    app.include_router(events_router(application))
    app.include_router(sample_packs_router(application, settings.max_upload_bytes))

    @app.get("/healthz", tags=["operation"])
    async def healthz() -> dict[str, str]:
        """The process lives."""
        return {"status": "ok"}

    @app.get("/readyz", tags=["operation"])
    async def readyz() -> dict[str, str]:
        """Requests can be served: the engine runs and the database answers."""
        await application.check_ready()
        return {"status": "ok"}

    @app.get("/metrics", tags=["operation"], response_class=Response)
    async def metrics() -> Response:
        """Metrics for Prometheus."""
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    app.mount("/", StaticFiles(directory=PAGE, html=True, check_dir=False), name="page")
    if settings.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=list(settings.cors_origins),
            allow_methods=["GET", "POST", "DELETE"],
            allow_headers=["content-type", REQUEST_ID_HEADER],
            expose_headers=[REQUEST_ID_HEADER, "location", "content-range", "content-disposition"],
        )
    app.add_middleware(RequestMiddleware, origins=settings.cors_origins, hosts=hosts_of(settings))
    return app


def hosts_of(settings: GatewaySettings) -> tuple[str, ...] | None:
    """Names that REST and the page are called by, beside loopback names; None: by any.

    Without a setting only a gateway that listens on loopback is strict: nothing but this machine calls it, so nothing
    breaks. One that others reach has names that only its owner knows.
    """
    if settings.allowed_hosts:
        return settings.allowed_hosts
    return () if is_loopback(settings.rest_host or settings.host) else None
