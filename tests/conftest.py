pytest_plugins = ["deploy.local.pytest_plugin"]
