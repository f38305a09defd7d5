"""An OpenID provider as a process of its own: Authlib's server side, with PKCE enforced, and answers forged on demand.

Run with a port. ``PUT /users/{sub}`` enters claims, ``PUT /forge/{how}`` says how the next ID token is wrong.
"""

import base64
import json
import sys
import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

import flask
import oidc_provider_mock
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey
from werkzeug.serving import make_server

SECRET = "the secret of the client of the tests"
CLIENT = "tallyman"


def provider() -> flask.Flask:
    """Return the app."""
    app: flask.Flask = oidc_provider_mock.app()
    challenges: dict[str, str] = {}
    forge: list[str] = []

    @app.put("/forge/<how>")
    def next_is_forged(how: str) -> Any:
        forge[:] = [how] if how != "nothing" else []
        return "", 204

    @app.before_request
    def pkce_is_kept() -> Any:
        if flask.request.path != "/oauth2/token":
            return None
        sent = flask.request.form
        right = challenges.pop(sent.get("code", ""), None)
        if right is None or right != create_s256_code_challenge(sent.get("code_verifier", "")):  # type: ignore[no-untyped-call]
            return {"error": "invalid_grant"}, 400
        basic = flask.request.authorization
        if basic is None or (basic.username, basic.password) != (CLIENT, SECRET):
            return {"error": "invalid_client"}, 401
        return None

    @app.after_request
    def note(response: flask.Response) -> flask.Response:
        asked, place = flask.request.args, response.headers.get("Location", "")
        code = parse_qs(urlsplit(place).query).get("code")
        if (
            flask.request.path == "/oauth2/authorize"
            and code
            and asked.get("code_challenge_method") == "S256"
        ):
            challenges[code[0]] = asked["code_challenge"]
        if flask.request.path == "/oauth2/token" and forge and response.status_code == 200:
            answer = json.loads(response.get_data())
            answer["id_token"] = _forged(forge.pop(), answer["id_token"])
            response.set_data(json.dumps(answer))
        return response

    return app


def _forged(how: str, token: str) -> str:
    head, body, signature = token.split(".")
    header, claims = json.loads(_bytes(head)), json.loads(_bytes(body))
    right = RSAKey.import_key(flask.g.oidc_provider_mock_storage.jwk.as_dict(is_private=True))
    changes = {
        "nonce": {"nonce": "another"},
        "audience": {"aud": "another-client"},
        "issuer": {"iss": "https://evil.test"},
        "expired": {"exp": int(time.time()) - 3_600},
        "access-token": {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"},
    }
    if how == "unsigned":
        return f"{_text({'alg': 'none'})}.{body}."
    if how == "signature":
        return f"{head}.{_text(claims | {'sub': 'another'})}.{signature}"
    if how == "with-the-secret":
        return jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(SECRET), algorithms=["HS256"])
    if how == "another-key":
        return jwt.encode(header, claims, RSAKey.generate_key(2048), algorithms=["RS256"])
    return jwt.encode(header, claims | changes[how], right, algorithms=["RS256"])


def _bytes(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def _text(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


if __name__ == "__main__":
    make_server("127.0.0.1", int(sys.argv[1]), provider(), threaded=True).serve_forever()
