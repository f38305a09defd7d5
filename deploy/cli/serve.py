"""``tallyman serve``: one service, or all of them in one process."""

from deploy.cli.services import NAMES, load, require
from deploy.cli.settings import settings


def run(service: str, host: str, port: int) -> None:
    """Serve until SIGTERM; does not return."""
    if service != "all":
        require(service)
    from services.kit.http.apart import check_apart
    from services.kit.http.app import create_app, mount_services, run_app

    loaded = settings()
    chosen = NAMES if service == "all" else (service,)
    services = [load(name) for name in chosen]
    if service != "all":
        check_apart(services[0], loaded)
    app = mount_services(services, loaded) if service == "all" else create_app(services[0], loaded)
    run_app(app, host, port)
