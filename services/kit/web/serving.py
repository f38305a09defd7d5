"""Scripts, styles and pictures, out of the package: names with a hash, kept by browsers for good, compressed once."""

from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Any

import cramjam
from fastapi import APIRouter, Request, Response

from services.kit.http.problems import Problem

PREFIX = "/console/assets"
SHORTEST_TO_COMPRESS = 500
BROTLI_LEVEL = 11
GZIP_LEVEL = 9

_OURS, _OTHERS = "services.kit.web.assets", "services.kit.web.vendor"
ASSETS: dict[str, tuple[str, str]] = {
    "console.css": (_OURS, "text/css; charset=utf-8"),
    "parts.css": (_OURS, "text/css; charset=utf-8"),
    "console.js": (_OURS, "text/javascript; charset=utf-8"),
    "chart.js": (_OURS, "text/javascript; charset=utf-8"),
    "icons.svg": (_OURS, "image/svg+xml"),
    "icon.svg": ("services.kit.http.assets", "image/svg+xml"),
    "htmx.min.js": (_OTHERS, "text/javascript; charset=utf-8"),
    "htmx-sse.min.js": (_OTHERS, "text/javascript; charset=utf-8"),
    "uplot.min.js": (_OTHERS, "text/javascript; charset=utf-8"),
    "uplot.min.css": (_OTHERS, "text/css; charset=utf-8"),
}
"""File to its package and media type."""


@dataclass(frozen=True, slots=True)
class Asset:
    """A file in every encoding it is served in, the smallest that a browser takes being chosen."""

    content: dict[str, bytes]
    media_type: str
    digest: str

    def for_browser(self, accepted: str) -> tuple[bytes, str]:
        """Return the content and its encoding (empty: as it is)."""
        for encoding in ("br", "gzip"):
            if encoding in self.content and encoding in accepted:
                return self.content[encoding], encoding
        return self.content[""], ""


@cache
def load(name: str) -> Asset:
    """Return a file by its name without a hash; reads and compresses it at first use."""
    package, media_type = ASSETS[name]
    content = (files(package) / name).read_bytes()
    encoded = {"": content}
    if len(content) >= SHORTEST_TO_COMPRESS:
        compress: Any = cramjam
        encoded["br"] = bytes(compress.brotli.compress(content, level=BROTLI_LEVEL))
        encoded["gzip"] = bytes(compress.gzip.compress(content, level=GZIP_LEVEL))
    return Asset(encoded, media_type, sha256(content).hexdigest()[:12])


@cache
def address(name: str) -> str:
    """Return the address of a file; it changes with the content."""
    stem, _, suffix = name.rpartition(".")
    return f"{PREFIX}/{stem}.{load(name).digest}.{suffix}"


def assets_router() -> APIRouter:
    """Return the route that serves them."""
    router = APIRouter(include_in_schema=False)

    @router.get(PREFIX + "/{name}")
    async def asset(name: str, request: Request) -> Response:
        stem, _, suffix = name.rpartition(".")
        plain, _, digest = stem.rpartition(".")
        known = f"{plain}.{suffix}"
        if known not in ASSETS or load(known).digest != digest:
            raise Problem(404, "there is no such file")
        found = load(known)
        content, encoding = found.for_browser(request.headers.get("accept-encoding", ""))
        headers = {"Cache-Control": "public, max-age=31536000, immutable", "Vary": "Accept-Encoding"}
        if encoding:
            headers["Content-Encoding"] = encoding
        return Response(content, headers=headers, media_type=found.media_type)

    return router
