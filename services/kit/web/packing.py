"""Pages compressed on their way, where that tells nobody anything.

The length of a compressed answer tells whether a guess occurs in it. Who can make a visitor's browser ask for pages
with guesses in their address, and see the lengths of the answers, can find out the CSRF token on the page, digit by
digit (BREACH, Gluck, Harris and Prado 2013). So only answers to requests that the visitor's own pages make, or the
visitor's hand in the address bar, are compressed: browsers say so in ``Sec-Fetch-Site`` (W3C Fetch Metadata), and no
page of others can. The proxy in front must leave pages as they are.
"""

from typing import Any

import cramjam
from fastapi import Request

from services.kit.web.serving import SHORTEST_TO_COMPRESS

OUR_OWN = frozenset({"same-origin", "none"})
"""What browsers say of requests that no other site has caused."""
BROTLI_LEVEL = 5
GZIP_LEVEL = 6
VARY = "Accept-Encoding, Sec-Fetch-Site"


def packed(request: Request, content: bytes) -> tuple[bytes, str]:
    """Return a page as it is sent, and its content coding (empty: as it is)."""
    accepted = request.headers.get("accept-encoding", "")
    ours = request.headers.get("sec-fetch-site") in OUR_OWN
    if not ours or len(content) < SHORTEST_TO_COMPRESS:
        return content, ""
    compress: Any = cramjam
    if "br" in accepted:
        return bytes(compress.brotli.compress(content, level=BROTLI_LEVEL)), "br"
    if "gzip" in accepted:
        return bytes(compress.gzip.compress(content, level=GZIP_LEVEL)), "gzip"
    return content, ""
