"""Drawing pages and fragments: templates with texts, formats and everything the shell shows around them."""

import json
import time
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4
from zoneinfo import ZoneInfo

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined, pass_context
from jinja2.runtime import Context

from services.kit.http.auth import Principal
from services.kit.http.docs import product_version
from services.kit.settings import Settings
from services.kit.web.formats import Formats
from services.kit.web.kit_texts import KIT_TEXTS
from services.kit.web.navigation import ON_A_PHONE, customer_href, navigation_of
from services.kit.web.packing import VARY, packed
from services.kit.web.sentences import said
from services.kit.web.serving import address
from services.kit.web.texts import Language, Texts, language_of, merged
from services.kit.web.visitors import CSRF_FIELD, csrf_token, keep_csrf

THEME_COOKIE = "tallyman_theme"
THEMES = ("auto", "light", "dark")


HEADERS = {
    "Cache-Control": "no-store",
    # With "no-referrer" browsers send forms with "Origin: null", which could be anybody's.
    "Referrer-Policy": "same-origin",
    "Vary": f"Cookie, Accept-Language, {VARY}",
}


class View:
    """What every template can ask for: the reader, the request, and the shell around the page.

    Attributes:
        nav: id of the page in the navigation.
        live: topics whose news the page's fragments follow.
    """

    def __init__(
        self, request: Request, principal: Principal, language: Language, nav: str, live: Sequence[str]
    ) -> None:
        self.request = request
        self.principal = principal
        self.language = language
        self.nav = nav
        self.live = live
        self.csrf_field = CSRF_FIELD

    @property
    def html_language(self) -> str:
        """The page's ``lang``, which chooses the right shapes of Chinese characters."""
        return "zh-CN" if self.language == "zh" else "en"

    @property
    def theme(self) -> str:
        """light, dark or auto."""
        chosen = self.request.cookies.get(THEME_COOKIE, "auto")
        return chosen if chosen in THEMES else "auto"

    @property
    def groups(self) -> list[Any]:
        """The navigation."""
        return list(navigation_of(self.principal))

    @property
    def bar(self) -> list[Any]:
        """The first entries of it, for a phone."""
        return [entry for group in self.groups for entry in group.entries][:ON_A_PHONE]

    @property
    def csrf(self) -> str:
        """The token of this visitor's forms."""
        return csrf_token(self.request)

    @property
    def path(self) -> str:
        """Where the page is, with its query."""
        query = self.request.url.query
        return f"{self.request.url.path}?{query}" if query else self.request.url.path

    @property
    def version(self) -> str:
        """The product's."""
        return product_version()

    @property
    def stream(self) -> str:
        """Address of the page's live news; the navigation's badges follow it too. Empty: nothing on it is live."""
        badges = [e.live for group in self.groups for e in group.entries if e.live]
        topics = dict.fromkeys([*self.live, *badges])
        if not topics:
            return ""
        pairs = [("topic", topic) for topic in topics] + [("since", f"{time.time():.3f}")]
        return f"{live_prefix(self.request.url.path)}/live?{urlencode(pairs)}"

    def once(self) -> str:
        """Return a fresh Idempotency-Key: a form that is sent twice has one effect."""
        return uuid4().hex

    def query(self, **changes: str | None) -> str:
        """Return the query of this request (with its ?) with some of it changed; None takes a parameter away."""
        kept = {n: v for n, v in self.request.query_params.items() if n not in changes and v}
        kept |= {name: value for name, value in changes.items() if value is not None}
        return f"?{urlencode(kept)}" if kept else ""


def live_prefix(path: str) -> str:
    """Return below which prefix a page's own service answers: ``/console/credit``, or ``/console`` itself."""
    first = path.removeprefix("/console").strip("/").split("/")[0]
    return f"/console/{first}" if first in ("customers", "orders", "credit", "insights") else "/console"


class Console:
    """The part of the console that one service draws.

    Args:
        package: has a folder ``templates``.
        texts: its catalogues; the shell's are added.
    """

    def __init__(self, package: str, texts: Sequence[Texts]) -> None:
        self.texts = merged([KIT_TEXTS, *texts])
        self._environment = Environment(
            loader=ChoiceLoader([PackageLoader(package), PackageLoader("services.kit.web")]),
            autoescape=True,
            trim_blocks=True,
            lstrip_blocks=True,
            undefined=StrictUndefined,
        )

        @pass_context
        def text(context: Context, key: str, **values: object) -> str:
            return self.text(context["view"].language, key, **values)

        @pass_context
        def refused(context: Context, sentence: str) -> str:
            return said(context["view"].request, sentence)

        self._environment.globals |= {
            "t": text,
            "said": refused,
            "asset": address,
            "customer_href": customer_href,
        }

    def text(self, language: Language, key: str, **values: object) -> str:
        """Return a text. An unknown key is a bug: a test finds those."""
        return self.texts[key].read(language, values)

    def page(
        self,
        request: Request,
        principal: Principal,
        template: str,
        *,
        nav: str,
        live: Sequence[str] = (),
        status: int = 200,
        **values: Any,
    ) -> HTMLResponse:
        """Return a whole page."""
        response = self._draw(request, principal, template, nav, live, status, values)
        response.headers["Content-Language"] = "zh-CN" if language_of(request) == "zh" else "en"
        return response

    def fragment(
        self,
        request: Request,
        principal: Principal,
        template: str,
        *,
        status: int = 200,
        events: Mapping[str, Any] | None = None,
        **values: Any,
    ) -> HTMLResponse:
        """Return a part of a page.

        Args:
            events: what the page is told with it, by name (htmx's HX-Trigger), such as ``{"toast": {"text": ...}}``.
        """
        response = self._draw(request, principal, template, "", (), status, values)
        if events:
            response.headers["HX-Trigger"] = json.dumps(events)
        return response

    def _draw(
        self,
        request: Request,
        principal: Principal,
        template: str,
        nav: str,
        live: Sequence[str],
        status: int,
        values: Mapping[str, Any],
    ) -> HTMLResponse:
        language = language_of(request)
        view = View(request, principal, language, nav, live)
        html = self._environment.get_template(template).render(view=view, f=formats_of(request), **values)
        content, encoding = packed(request, html.encode())
        response = HTMLResponse(content, status, HEADERS)
        if encoding:
            response.headers["Content-Encoding"] = encoding
        keep_csrf(request, response)
        return response


def formats_of(request: Request) -> Formats:
    """Return how values are written for this reader."""
    settings: Settings | None = getattr(request.app.state, "settings", None)
    return Formats(language_of(request), settings.zone if settings else ZoneInfo("UTC"))


def toast(text: str, tone: str = "good") -> dict[str, Any]:
    """Return the ``events`` that make a short message appear; its text is written already."""
    return {"toast": {"text": text, "tone": tone}}
