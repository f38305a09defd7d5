"""The demo service as a process of its own: ``python -m tests.kit.http.serve_demo PORT``."""

import sys

import services.kit.runtime
from services.kit.http.app import create_app, run_app
from tests.kit.http.demo import Applied, demo_service

if __name__ == "__main__":
    # The topic map knows no demo service.
    services.kit.runtime.consumed_by = lambda name: ("clock", "products")  # type: ignore[attr-defined, assignment]
    if sys.argv[2:] == ["missing-migration"]:

        async def one_missing(url: str, service: str) -> list[str]:
            return ["0002"]

        services.kit.runtime.pending = one_missing  # type: ignore[attr-defined, assignment]
    run_app(create_app(demo_service(Applied())), port=int(sys.argv[1]))
