"""Settings of insights that are documents in versions: what each is read from and written by."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import Request, Response
from msgspec import Struct

from services.insights.api import margin_tiers, salespeople, segment_policies
from services.insights.api.alerts import settings as alert_settings
from services.insights.api.dated_policies import DatedPolicyIn, DatedPolicyOut
from services.insights.rules.alerts.kinds import KINDS
from services.insights.rules.alerts.thresholds import DELIVERED, Thresholds, thresholds_body
from services.insights.rules.margin_tiers import TierPolicy
from services.insights.rules.performance import Performance
from services.insights.rules.segment_policy import SegmentPolicy
from services.kit.http.auth import Principal
from services.kit.http.pages import PageQuery
from services.kit.runtime import Runtime
from services.kit.web.documents import Shape, shape_of
from services.kit.web.forms import Form
from services.kit.web.versions import Stored

VERSIONS = 50

Read = Callable[[Request, Response, Runtime, Principal], Awaitable[list[Stored]]]
Write = Callable[[Form, dict[str, Any], Request, Runtime, Principal], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Ruled:
    """One of them.

    Attributes:
        type: of its document.
        key: makes the catalogue's key of what follows its beginning.
        prefix: the field of the API's body that the document is.
        dated: whether a version holds from a day on that its author says.
        choices: field to the names of its values, each with the beginning of its text's key.
    """

    id: str
    type: type[Struct]
    key: Callable[[str], str]
    prefix: str
    read: Read
    write: Write
    dated: bool = False
    choices: Mapping[str, tuple[str, ...]] | None = None

    @property
    def shape(self) -> Shape:
        """Its form."""
        return shape_of(self.type, tuple(self.choices or ()))


async def _thresholds(
    request: Request, response: Response, runtime: Runtime, principal: Principal
) -> list[Stored]:
    query = PageQuery(limit=VERSIONS)
    page = await alert_settings.list_settings(query, request, response, principal)
    found = [Stored(v.version, v.thresholds, v.set_by, v.reason, v.set_at) for v in page.items]
    return found if page.next else [*found, Stored(0, thresholds_body(DELIVERED))]


async def _set_thresholds(
    form: Form, document: dict[str, Any], request: Request, runtime: Runtime, principal: Principal
) -> Response:
    version = form.values.get("version", "0")
    given = {"version": version, "thresholds": document, "reason": form.values.get("reason", "")}
    body = alert_settings.SettingsIn.model_validate(given)
    return await alert_settings.set_settings(body, request, runtime, principal)


async def _segments(_: Request, __: Response, runtime: Runtime, ___: Principal) -> list[Stored]:
    found = await segment_policies.list_policies(runtime)
    return [Stored(v.version, v.policy, v.by, v.reason, v.at) for v in found[:VERSIONS]]


async def _set_segments(
    form: Form, document: dict[str, Any], request: Request, runtime: Runtime, principal: Principal
) -> Response:
    body = segment_policies.PolicyIn.model_validate(_given(form, document))
    return await segment_policies.put_policy(body, request, runtime, principal)


def _given(form: Form, document: dict[str, Any]) -> dict[str, Any]:
    return {"policy": document, "reason": form.values.get("reason", "")}


def _dated(found: list[DatedPolicyOut]) -> list[Stored]:
    return [Stored(v.version, v.policy, v.by, v.reason, v.at, v.from_day) for v in found[:VERSIONS]]


def _from(form: Form, document: dict[str, Any]) -> DatedPolicyIn:
    return DatedPolicyIn.model_validate(_given(form, document) | {"from_day": form.values.get("from_day")})


async def _targets(_: Request, __: Response, runtime: Runtime, ___: Principal) -> list[Stored]:
    return _dated(await salespeople.list_policies(runtime))


async def _set_targets(
    form: Form, document: dict[str, Any], request: Request, runtime: Runtime, principal: Principal
) -> Response:
    return await salespeople.put_policy(_from(form, document), request, runtime, principal)


async def _commission(_: Request, __: Response, runtime: Runtime, ___: Principal) -> list[Stored]:
    return _dated(await margin_tiers.list_policies(runtime))


async def _set_commission(
    form: Form, document: dict[str, Any], request: Request, runtime: Runtime, principal: Principal
) -> Response:
    return await margin_tiers.put_policy(_from(form, document), request, runtime, principal)


RULED: dict[str, Ruled] = {
    "thresholds": Ruled(
        "thresholds",
        Thresholds,
        lambda rest: f"thresholds.{rest}",
        "thresholds",
        _thresholds,
        _set_thresholds,
        choices={"off": tuple(KINDS)},
    ),
    "segments": Ruled(
        "segments", SegmentPolicy, lambda rest: f"segments.{rest}", "policy", _segments, _set_segments
    ),
    "targets": Ruled(
        "targets", Performance, lambda rest: f"targets.{rest}", "policy", _targets, _set_targets, dated=True
    ),
    "commission": Ruled(
        "commission",
        TierPolicy,
        lambda rest: f"commission_rates.{rest}",
        "policy",
        _commission,
        _set_commission,
        dated=True,
    ),
}
