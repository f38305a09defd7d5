"""Trace context (W3C) for every request and event, and OpenTelemetry spans where an endpoint for them is set.

Without an endpoint only ids are passed on: no package of OpenTelemetry beyond its API, which FastAPI brings, is needed.
"""

import re
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

from opentelemetry import trace
from opentelemetry.trace import Link, SpanContext, SpanKind, TraceFlags

from contracts.wire import TRACEPARENT_PATTERN
from services.kit.batch import BatchApplier, Outcome
from services.kit.errors import FatalError
from services.kit.outbox import OutboxRow, Publisher
from services.kit.records import Record
from services.kit.settings import Settings

MAX_LINKS = 128

_traceparent: ContextVar[str | None] = ContextVar("traceparent", default=None)
_is_traceparent = re.compile(TRACEPARENT_PATTERN).fullmatch
_tracer = trace.get_tracer("tallyman")


def current_traceparent() -> str | None:
    """Return the W3C traceparent of the request or batch under way, for an event's ``trace``; None outside of both."""
    return _traceparent.get()


def current_trace_id() -> str | None:
    """Return the trace id of the request or batch under way."""
    traceparent = _traceparent.get()
    return traceparent[3:35] if traceparent else None


@contextmanager
def trace_context(incoming: str | None) -> Iterator[str]:
    """Make what happens in the block part of the trace ``incoming``, or of a new one. Yields the traceparent."""
    span = trace.get_current_span().get_span_context()
    traceparent = _spelled(span) if span.is_valid else _continued(incoming)
    token = _traceparent.set(traceparent)
    try:
        yield traceparent
    finally:
        _traceparent.reset(token)


def setup_telemetry(settings: Settings, service: str) -> None:
    """Export spans to ``settings.otlp_endpoint``; without one nothing is imported and nothing happens.

    Args:
        service: what the process is called in traces.

    Raises:
        FatalError: when the packages for it are not installed.
    """
    if not settings.otlp_endpoint:
        return
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError as error:
        raise FatalError(
            f"TALLYMAN_OTLP_ENDPOINT is set, but {error.name} is not installed: "
            "pip install opentelemetry-sdk opentelemetry-exporter-otlp-proto-http"
        ) from error
    provider = TracerProvider(resource=Resource.create({"service.name": service}))
    endpoint = settings.otlp_endpoint.rstrip("/") + "/v1/traces"
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=endpoint)))
    trace.set_tracer_provider(provider)


class TracedApplier(BatchApplier):
    """Applies each batch in a span that links to the traces its events came from."""

    async def apply(self, records: list[Record]) -> Outcome:
        """Apply ``records`` as :class:`BatchApplier` does."""
        links = _links(record.event.trace for record in records if record.event is not None)
        attributes: Mapping[str, str | int] = {
            "messaging.system": "kafka",
            "messaging.batch.message_count": len(records),
        }
        with (
            _tracer.start_as_current_span(
                f"{self._service} process", kind=SpanKind.CONSUMER, links=links, attributes=attributes
            ),
            trace_context(None),
        ):
            return await super().apply(records)


class TracedPublisher(Publisher):
    """Publishes each batch in a span of its own."""

    async def _publish(self, rows: Sequence[OutboxRow]) -> None:
        attributes: Mapping[str, str | int] = {
            "messaging.system": "kafka",
            "messaging.batch.message_count": len(rows),
        }
        with _tracer.start_as_current_span(
            f"{self._service} send", kind=SpanKind.PRODUCER, attributes=attributes
        ):
            await super()._publish(rows)


def _spelled(span: SpanContext) -> str:
    return f"00-{span.trace_id:032x}-{span.span_id:016x}-{span.trace_flags:02x}"


def _continued(incoming: str | None) -> str:
    """Return a traceparent in the caller's trace, or in a new one if it sent none or none that is valid."""
    known = _parsed(incoming)
    trace_id, flags = (
        (f"{known.trace_id:032x}", known.trace_flags & 1) if known else (secrets.token_hex(16), 0)
    )
    return f"00-{trace_id}-{secrets.token_hex(8)}-{flags:02x}"


def _parsed(traceparent: str | None) -> SpanContext | None:
    if traceparent is None or not _is_traceparent(traceparent) or traceparent.startswith("ff"):
        return None
    _, trace_id, span_id, flags = traceparent.split("-")
    context = SpanContext(
        int(trace_id, 16), int(span_id, 16), is_remote=True, trace_flags=TraceFlags(int(flags, 16))
    )
    return context if context.is_valid else None


def _links(traceparents: Iterable[str | None]) -> list[Link]:
    contexts = (_parsed(traceparent) for traceparent in list(dict.fromkeys(traceparents))[:MAX_LINKS])
    return [Link(context) for context in contexts if context is not None]
