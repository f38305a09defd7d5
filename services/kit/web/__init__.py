"""The console's shell: templates, texts, assets, navigation, forms and live updates for the pages of all services.

How to add a page is in docs/console.md, why it is built like this in deploy/decisions/0022-console.md.
"""

from fastapi import FastAPI

from services.kit.web.errors import install_page_errors
from services.kit.web.home import router
from services.kit.web.live import live_router
from services.kit.web.operations import operations_router
from services.kit.web.operations import router as operations_page
from services.kit.web.operations_letters import letters_router
from services.kit.web.serving import assets_router

__all__ = ["add_console"]


def add_console(app: FastAPI, service: str) -> None:
    """Add the shell to a service's app: assets, its stream of news, Today, Search, Operations, and errors as pages."""
    app.include_router(assets_router())
    app.include_router(live_router(f"/console/{service}"))
    app.include_router(live_router("/console"))
    app.include_router(router)
    app.include_router(operations_page)
    app.include_router(operations_router(service))
    app.include_router(letters_router(service))
    install_page_errors(app)
