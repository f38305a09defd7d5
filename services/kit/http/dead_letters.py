"""Routes on dead letters, the same in every service, for operations."""

from fastapi import APIRouter


def dead_letter_router(service: str) -> APIRouter:
    """Return the routes under ``/<service>/dead-letters``."""
    return APIRouter(prefix=f"/{service}/dead-letters", tags=["operations"])
