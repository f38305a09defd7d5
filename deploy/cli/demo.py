"""``tallyman demo``: a simulated quarter of a distributor's business, watched while it happens."""

from deploy.cli.errors import OperatorError


def run(*, port: int, seed: int, stay: bool) -> None:
    """Start everything on an empty database, stream the quarter, and say what became of it."""
    raise OperatorError(f"the demo is not built yet (port {port}, seed {seed}, stay {stay})")
