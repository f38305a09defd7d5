"""``python -m deploy.cli`` is ``tallyman``."""

from deploy.cli.main import main

main()
