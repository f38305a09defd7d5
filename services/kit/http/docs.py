"""OpenAPI documents and their pages, with every asset from a package on this machine: no CDN."""

from functools import cache
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.responses import HTMLResponse, Response
from jinja2 import Environment, PackageLoader

from services.kit.http.problems import MEDIA_TYPE, Problem, ProblemBody

_ASSETS = {
    "swagger-ui-bundle.js": ("fastapi_swagger.resources", "text/javascript"),
    "swagger-ui.css": ("fastapi_swagger.resources", "text/css"),
    "docs.js": ("services.kit.http.assets", "text/javascript"),
    "kit.css": ("services.kit.http.assets", "text/css"),
    "icon.svg": ("services.kit.http.assets", "image/svg+xml"),
}
_PAGES = Environment(
    loader=PackageLoader("services.kit.http"), autoescape=True, trim_blocks=True, lstrip_blocks=True
)
_PROBLEM = {"schema": {"$ref": "#/components/schemas/Problem"}}


def product_version() -> str:
    """Return the version of the installed product, "0" when it runs from a folder."""
    try:
        return version("tallyman")
    except PackageNotFoundError:
        return "0"


def page(template: str, **values: Any) -> HTMLResponse:
    """Return one of the kit's pages."""
    return HTMLResponse(_PAGES.get_template(template).render(version=product_version(), **values))


def assets_router() -> APIRouter:
    """Return the route that serves scripts and styles."""
    router = APIRouter(include_in_schema=False)

    @router.get("/docs/assets/{name}")
    def asset(name: str) -> Response:
        if name not in _ASSETS:
            raise Problem(404, "there is no such asset")
        headers = {"Cache-Control": "public, max-age=3600"}
        return Response(_content(name), headers=headers, media_type=_ASSETS[name][1])

    return router


@cache
def _content(name: str) -> bytes:
    return (files(_ASSETS[name][0]) / name).read_bytes()


def install_docs(app: FastAPI, name: str, title: str) -> None:
    """Serve ``/docs/<name>``, and have errors in the OpenAPI document as they are really answered."""
    generate = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _with_problems(generate())
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]

    @app.get(f"/docs/{name}", include_in_schema=False)
    def docs() -> HTMLResponse:
        return page("docs.html", title=title, openapi_url=app.openapi_url)


def _with_problems(document: dict[str, Any]) -> dict[str, Any]:
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    problem = ProblemBody.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas.update(problem.pop("$defs"))
    schemas["Problem"] = problem | {"title": "Problem"}
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    for operations in document["paths"].values():
        for operation in operations.values():
            responses = operation["responses"]
            responses.pop("422", None)
            responses["default"] = {"description": "A problem (RFC 9457)", "content": {MEDIA_TYPE: _PROBLEM}}
    document["paths"] = dict(sorted(document["paths"].items(), key=_is_operational))
    return document


def _is_operational(path: tuple[str, dict[str, Any]]) -> bool:
    """Sort key: what a service is for comes before what keeps it running."""
    return all("operations" in operation.get("tags", ()) for operation in path[1].values())
