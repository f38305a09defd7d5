"""What every HTTP app of ours has around its routes."""

from fastapi import APIRouter, FastAPI
from fastapi.responses import HTMLResponse

from services.kit.http.body import StrictJsonMiddleware
from services.kit.http.docs import assets_router, page, product_version
from services.kit.http.health import Runtimes, health_router, readiness
from services.kit.http.lifespan import Lifespan
from services.kit.http.middleware import LastResortMiddleware, ObserveMiddleware, TraceMiddleware
from services.kit.http.problems import install_problems


def bare_app(name: str, title: str, lifespan: Lifespan) -> FastAPI:
    """Return an app without routes: problems, traces, metrics, logs and strict bodies.

    Args:
        name: in metrics, logs and the address of the OpenAPI document.
    """
    app = FastAPI(
        title=title,
        version=product_version(),
        lifespan=lifespan,
        openapi_url=f"/openapi/{name}.json",
        docs_url=None,
        redoc_url=None,
        # Spans come from FastAPI once an exporter is set; measures and logs are ours.
        telemetry={"metrics": False, "logs": False},
    )
    install_problems(app)
    # The last one added is the first one a request meets.
    app.add_middleware(StrictJsonMiddleware)
    app.add_middleware(LastResortMiddleware)
    app.add_middleware(ObserveMiddleware, service=name)
    app.add_middleware(TraceMiddleware, service=name)
    return app


def add_common_routes(app: FastAPI, runtimes: Runtimes) -> None:
    """Add health, metrics, assets and the index page about ``runtimes``."""
    app.include_router(health_router(runtimes))
    app.include_router(assets_router())
    app.include_router(_index_router(runtimes))


def _index_router(runtimes: Runtimes) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.get("/")
    async def index() -> HTMLResponse:
        running = list(runtimes())
        problems = await readiness(running)
        services = [
            {
                "name": runtime.service.name,
                "title": runtime.service.title,
                "paths": [path.strip("/") for path in runtime.service.paths],
                "problems": problems[runtime.service.name],
            }
            for runtime in running
        ]
        return page("index.html", services=services)

    return router
