"""HTTP the same way in all services: the app, problems, who may, idempotency keys, pages and health."""
