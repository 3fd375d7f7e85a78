"""What holds for every address and every file of the service, so that nothing new slips through (docs/security.md)."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import timedelta
from http.client import HTTPConnection
from itertools import product
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import time_machine
from django.conf import settings
from django.contrib.auth.hashers import get_hasher
from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.test import Client
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from django.urls import URLPattern, URLResolver, get_resolver

from edubot import health
from edubot.server.run import listen
from tests.processes import CHECKOUT, environment, eventually, running
from tests.stored import contents

PACKAGES = ("edubot", "conversations", "support", "whatsapp")
SAMPLES = {
    "phone": "2348012345678",
    "slug": "volume",
    "str": "x",
    "path": "1",
    "uuid": "0" * 32,
    "message": "msg_1",
    "report": "volume",
    "export": "tickets",
}
_PLACE = re.compile(r"<(?:(\w+):)?\w+>")


def addresses() -> list[str]:
    """An address for every route there is, the simulator's and the files' aside."""
    found = {example(route) for route in _walk(get_resolver().url_patterns, "")}
    return sorted(path for path in found if not path.startswith(("/simulator/", "/static/")))


def example(route: str) -> str:
    plain = re.sub(r"\(\?P<\w+>[^)]*\)", "1", route).replace("\\Z", "").replace("^", "").replace("$", "")
    return "/" + _PLACE.sub(lambda place: SAMPLES.get(place[1] or "str", "1"), plain)


def _walk(patterns: list[Any], before: str) -> Iterator[str]:
    for pattern in patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern.url_patterns, route)
        elif isinstance(pattern, URLPattern):
            yield route


@pytest.fixture
def boss(db: None) -> Client:
    """A superuser at a browser, to whom an error of ours is an answer like any other."""
    client = Client(raise_request_exception=False)
    client.force_login(User.objects.create_superuser("boss"))
    return client


def test_every_answer_carries_the_headers_that_protect_a_browser(boss: Client) -> None:
    """Pages, files, errors, redirects: ASVS 3.4.1 to 3.4.6, 4.1.1, 14.3.2."""
    for path in [*addresses(), *health.VIEWS, "/nowhere", "/admin/nowhere/"]:
        answer = boss.get(path)
        assert answer.status_code != 500, path
        _assert_protected(path, answer)
        assert answer["X-Frame-Options"] in ("DENY", settings.X_FRAME_OPTIONS), path  # the simulator frames the desk
        assert "no-store" in answer["Cache-Control"], path
        kind = answer.get("Content-Type", "")
        assert "charset" in kind or not kind.startswith(("text/", "application/javascript")), path


def _assert_protected(path: str, headers: Any) -> None:
    """The headers that no answer is without, framing aside."""
    policy = headers["Content-Security-Policy"]
    for directive in ("default-src", "base-uri 'none'", "frame-ancestors"):
        assert directive in policy, (path, directive)
    assert "object-src 'none'" in policy or "default-src 'none'" in policy, path
    assert "unsafe-inline" not in policy, path
    assert headers["X-Content-Type-Options"] == "nosniff", path
    assert headers["Referrer-Policy"] == "same-origin", path
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin", path


# What somebody who is not logged in is answered by, all else being a refusal or the way to the log-in. The console's
# pages hold nobody's data: a script that asks the API, which asks who one is.
EVERY = ("GET", "POST", "PUT", "PATCH", "DELETE")
TO_STRANGERS: dict[int, dict[str, tuple[str, ...]]] = {
    200: {
        **dict.fromkeys(["/api/schema/", "/api/docs/"], ("GET",)),
        **dict.fromkeys(["/login", "/dashboard", "/conversations", "/conversations/x"], ("GET",)),
        **dict.fromkeys(["/support-tickets", "/support-tickets/1"], ("GET",)),
        "/admin/login/": ("GET", "POST", "PUT"),
        "/admin/logout/": ("POST",),
        "/admin/invitation/x/x/": EVERY,  # "This link is not good any more."
    },
    302: {"/": EVERY, "/admin": EVERY},  # to the page that they mean
    400: {"/api/webhook/whatsapp": ("GET",)},  # no handshake
    404: {"/api/": EVERY, "/api/webhook/payments/paystack": EVERY},  # nothing there; not configured
    415: dict.fromkeys(["/api/admin/login", "/api/admin/logout", "/api/admin/token/refresh"], ("POST",)),  # no form's
}


def test_nothing_is_told_to_strangers(db: None) -> None:
    """CVE-2026-63765 of a neighbour: an upload, to an address nobody had thought of. What is open is named above."""
    before = contents()
    found: dict[int, dict[str, tuple[str, ...]]] = {}
    for method, path in product(EVERY, addresses()):
        form = encode_multipart(BOUNDARY, {"file": ContentFile(b"words", "page.html"), "message": "words"})
        stranger = Client(raise_request_exception=False)
        answer = stranger.generic(method, path, b"" if method == "GET" else form, content_type=MULTIPART_CONTENT)
        is_refused = answer.status_code in {401, 403, 405}
        if not is_refused and not answer.get("Location", "").startswith("/admin/login/?next="):
            known = found.setdefault(answer.status_code, {})
            known[path] = (*known.get(path, ()), method)
    assert found == TO_STRANGERS
    assert contents() == before


def test_no_form_is_taken_without_its_token(boss: Client) -> None:
    """ASVS 3.5.1: another site's form brings the cookie of whoever is logged in, and cannot know the token."""
    careful = Client(enforce_csrf_checks=True, raise_request_exception=False)
    careful.cookies = boss.cookies
    assert careful.get("/admin/").status_code == 200
    before = contents()
    answers = {path: careful.post(path).status_code for path in addresses() if not path.startswith("/api/")}
    assert {path: status for path, status in answers.items() if status != 403} == {}
    assert contents() == before


def test_reading_changes_nothing(boss: Client) -> None:
    """ASVS 3.5.3: a link, an image or a prefetching browser can do no harm. (The API: `test_reading.py` there.)"""
    boss.get("/admin/")
    before = contents()
    for path in addresses():
        if path != "/admin/logout/":
            boss.get(path)
            boss.head(path)
            assert contents() == before, path


@pytest.mark.parametrize("method", ["TRACE", "TRACK", "CONNECT", "PROPFIND", "DEBUG"])
def test_no_address_takes_a_method_that_nobody_needs(boss: Client, method: str) -> None:
    assert {boss.generic(method, path).status_code for path in addresses()} == {405}


def test_after_the_log_out_the_browser_keeps_nothing(boss: Client) -> None:
    """ASVS 14.3.1."""
    answer = boss.post("/admin/logout/")
    assert answer["Clear-Site-Data"] == '"storage"'
    assert boss.get("/admin/").status_code == 302


def test_an_unknown_parameter_cannot_ask_about_other_tables(boss: Client) -> None:
    """CVE-2025-21628 and GHSA-mxcg-7m22-x9pj of neighbours: filters and orders that walk relations or become SQL."""
    names = ("ordering", "o", "_connector", "assigned_admin__password", "contact__phone__startswith", "query_operator")
    values = ("user__password", "') OR 1=1 --", "1'", "%00", "a" * 5000)
    for path in ("/admin/conversations/contact/", "/admin/support/supportticket/", "/admin/conversations/message/"):
        for name in names:
            for value in values:
                answer = boss.get(f"{path}?{name}={value}")
                assert answer.status_code in (200, 302, 400), (path, name, value)


# --- the source -------------------------------------------------------------------------------------------------------


def sources(*suffixes: str) -> list[Path]:
    found = [path for name in (*PACKAGES, "templates") for path in (CHECKOUT / name).rglob("*")]
    return [path for path in found if path.suffix in suffixes and "vendor" not in path.parts]


# Where SQL is put together from words: our own, each looked at. Values always travel as parameters.
SQL_OF_OUR_OWN = {
    "conversations/delivery.py",
    "conversations/gates.py",
    "conversations/inbox.py",
    "conversations/people.py",
    "conversations/proof/checks.py",
    "conversations/search.py",
    "conversations/sender.py",
    "conversations/thread.py",
    "edubot/cache.py",
    "edubot/removal.py",
    "edubot/verify/stage.py",
    "edubot/demo/checks.py",
}
_CALLS = {"eval", "exec", "compile", "mark_safe", "SafeString", "raw", "extra", "RawSQL", "system", "popen"}
_MODULES = {"pickle", "marshal", "shelve", "yaml", "xml"}


def test_no_code_runs_what_people_write() -> None:
    """ASVS 1.2.4, 1.2.5, 1.3.2, 1.5.2; GHSA-9pgm-75gg-6948: no SQL from strings, no shell, no eval, no pickle."""
    for path in sources(".py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call):
                name = called(node)
                of_a_pattern = name == "compile" and ast.unparse(node.func).startswith(("re.", "pattern."))
                assert name not in _CALLS or of_a_pattern, f"{path}:{node.lineno}"
                shell = [word for word in node.keywords if word.arg == "shell"]
                assert not shell, f"{path}:{node.lineno}"
            if isinstance(node, ast.Import | ast.ImportFrom):
                names = [node.module or ""] if isinstance(node, ast.ImportFrom) else [one.name for one in node.names]
                assert not {name.partition(".")[0] for name in names} & _MODULES, f"{path}:{node.lineno}"


def test_sql_is_put_together_in_few_known_places() -> None:
    """Ruff's S608 finds every other place; this holds the exceptions to those that somebody has looked at."""
    excepted = {str(path.relative_to(CHECKOUT)) for path in sources(".py") if "noqa: S608" in path.read_text()}
    assert excepted <= SQL_OF_OUR_OWN | {path for path in excepted if path.startswith(("edubot/prove", "edubot/bench"))}


# Where a query takes names that stand in no line of the source, each looked at: they come from a table of ours, never
# from a request.
NAMES_OF_OUR_OWN = {
    "edubot/api/paging.py:_after",
    "conversations/admin/search.py:PeopleSearch._of_people",
    "conversations/admin/search.py:PeopleSearch.get_search_results",
    "conversations/records.py:_owner",
    "conversations/search.py:conversations",
    "support/api/desk_fields.py:matching",
    "support/api/homework.py:HomeworkList.get",
    "support/api/payments.py:Payments.get",
    "support/api/tickets.py:Tickets.get",
    "support/api/tickets.py:_conditions",
    "support/exports/kinds.py:_between",
    "support/figures/table.py:Source.tickets",
    "support/folders.py:Folder.tickets",
    "support/folders.py:counts",
    "support/privacy/mentions.py:mentions",
    "whatsapp/doctor/findings.py:Patient.ask",  # of the Graph API
    "whatsapp/simulator/clock.py:_shift",
    "whatsapp/simulator/clock.py:pass_time",
}
_QUERIES = {"filter", "exclude", "annotate", "alias", "aggregate", "update", "get", "order_by", "only", "defer", "Q"}


def test_no_name_in_a_query_comes_from_a_request() -> None:
    """CVE-2025-57833, -59681, -64459, -13372, CVE-2026-1287, -1312 of Django: keywords and columns made of input."""
    found = {
        f"{path.relative_to(CHECKOUT)}:{place}"
        for path in sources(".py")
        for place, call in calls(ast.parse(path.read_text()))
        if called(call) in _QUERIES and is_spread(call)
    }
    assert found == NAMES_OF_OUR_OWN


def calls(node: ast.AST, place: str = "") -> Iterator[tuple[str, ast.Call]]:
    """Every call in a module, with the class and function that it stands in."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Call):
            yield place, child
        named = (child.name,) if isinstance(child, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) else ()
        yield from calls(child, ".".join(filter(None, (place, *named))))


def called(call: ast.Call) -> str:
    """The last word of what is called."""
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def is_spread(call: ast.Call) -> bool:
    """Whether arguments are given by `*` or `**`."""
    return any(word.arg is None for word in call.keywords) or any(isinstance(one, ast.Starred) for one in call.args)


# Where chance is no secret, each looked at: schedules of the storm and the demo, and pauses that are spread.
CHANCE = {
    "conversations/sender.py",
    "edubot/demo/build.py",
    "edubot/server/streams.py",
    *(f"edubot/storm/{name}.py" for name in ("graph", "meta", "school", "service")),
}


def test_chance_that_could_be_guessed_is_used_for_no_secret() -> None:
    """ASVS 11.5.1: Ruff's S311 finds every other place."""
    assert {str(path.relative_to(CHECKOUT)) for path in sources(".py") if "noqa: S311" in path.read_text()} == CHANCE


def test_no_script_hears_another_window() -> None:
    """ASVS 3.5.5, CVE-2025-12245: messages are told among the tabs of one browser, over a channel of our origin."""
    hears = re.compile(r"postMessage|onmessage|addEventListener\(\s*[\"'`]message")
    heard = {str(path.relative_to(CHECKOUT)): path.read_text() for path in sources(".js")}
    found = {path: hears.findall(text) for path, text in heard.items() if hears.search(text)}
    assert set(found) == {f"support/static/console/{name}.js" for name in ("session", "notify")}
    for path, places in found.items():
        (channel,) = re.findall(r"const (\w+) = new BroadcastChannel\(", heard[path])
        assert len(re.findall(rf"\b{channel}\.(?:postMessage|onmessage)", heard[path])) == len(places)


def test_every_table_goes_out_through_one_writer() -> None:
    """A neighbour cured one exporter of formulas and forgot two (Chatwoot, 2023 to 2026): here is one to cure."""
    writers = [path for path in sources(".py") if re.search(r"\bcsv\b", path.read_text()) and _imports(path, "csv")]
    assert [str(path.relative_to(CHECKOUT)) for path in writers] == ["support/exports/table.py"]


def test_no_weak_hash_and_no_cipher_of_our_own_is_used() -> None:
    """ASVS 11.3.1, 11.3.2, 11.4.1: what is signed is signed with SHA-256, and nothing here encrypts."""
    for path in sources(".py"):
        assert not re.search(r"\b(md5|sha1)\b", path.read_text(), re.IGNORECASE), path
        assert not _imports(path, "cryptography", "Crypto"), path


def _imports(path: Path, *modules: str) -> bool:
    """Whether a file imports one of these."""
    for node in ast.walk(ast.parse(path.read_text())):
        names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        names += [one.name for one in node.names] if isinstance(node, ast.Import) else []
        if {name.partition(".")[0] for name in names} & set(modules):
            return True
    return False


def test_no_page_turns_text_into_markup() -> None:
    """ASVS 1.2.1, 3.2.2; CVE-2021-3945 and CVE-2025-12245 of neighbours: text is text, no other window is heard."""
    forbidden = re.compile(
        r"\|\s*safe\b|autoescape off|innerHTML|outerHTML|insertAdjacentHTML|dangerouslySetInnerHTML|document\.write"
        r"|\beval\(|new Function\(|window\.postMessage|parent\.postMessage|window\.addEventListener\(\"message\""
        r"|<script(?![^>]*\bsrc=)|\son[a-z]+=\"|javascript:"
    )
    for path in sources(".html", ".js", ".txt"):
        found = forbidden.search(path.read_text())
        assert found is None, path


# --- passwords and secrets --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "password", ["short", "elevenchars", "password1234", "123456789012", "grace.hopper", "ab " * 342]
)
def test_a_weak_password_is_refused(password: str) -> None:
    """ASVS 6.2.1, 6.2.4, 6.2.11."""
    with pytest.raises(ValidationError):
        validate_password(password, User(username="grace.hopper"))


@pytest.mark.parametrize(
    "password", ["all lower case words", "日本語のとても長い合言葉です", "x7" * 32, "a" * 5 + "é" * 100]
)
def test_a_long_password_of_any_kind_is_taken_whole(password: str) -> None:
    """ASVS 6.2.5, 6.2.8, 6.2.9: no rules of composition, no cut, at least 64 characters."""
    validate_password(password, User(username="grace"))
    user = User(username="grace")
    user.set_password(password)
    assert user.check_password(password)
    assert not user.check_password(password[:-1])


def test_a_password_is_typed_unseen_and_may_be_pasted(boss: Client) -> None:
    """ASVS 6.2.6, 6.2.7."""
    pages = [boss.get(path).content.decode() for path in ("/admin/password_change/", "/admin/auth/user/add/")]
    pages += [Client().get("/admin/login/").content.decode(), *(path.read_text() for path in sources(".js"))]
    inputs = [found for page in pages for found in re.findall(r"<input[^>]*name=\"[^\"]*password[^>]*>", page)]
    assert len(inputs) >= 5
    for found in inputs:
        assert 'type="password"' in found or 'type="radio"' in found, found
        assert "paste" not in found
        assert 'autocomplete="off"' not in found


def test_people_change_their_password_and_need_the_one_they_have(db: None) -> None:
    """ASVS 6.2.2, 6.2.3, 7.4.3: and other browsers of theirs are out."""
    grace = User.objects.create_user("grace", password="correct horse battery staple", is_staff=True)
    here, elsewhere = Client(), Client()
    here.force_login(grace)
    elsewhere.force_login(grace)
    new = {"new_password1": "a quite different sentence", "new_password2": "a quite different sentence"}
    for old, status in (("guessed", 200), ("correct horse battery staple", 302)):
        assert here.post("/admin/password_change/", new | {"old_password": old}).status_code == status
        grace.refresh_from_db()
        assert grace.check_password("a quite different sentence") == (status == 302)
    assert here.get("/admin/password_change/").status_code == 200
    assert elsewhere.get("/admin/password_change/").status_code == 302


def test_a_log_in_at_django_admin_is_a_new_session_of_eight_hours(db: None) -> None:
    """ASVS 7.2.4, 7.3.2: nobody can hand somebody a session, and using one does not prolong it."""
    User.objects.create_superuser("boss", password="correct horse battery staple")
    browser = Client()
    browser.cookies["sessionid"] = handed = "a" * 32
    with time_machine.travel("2026-11-29T08:00Z", tick=False) as clock:
        browser.post("/admin/login/", {"username": "boss", "password": "correct horse battery staple"})
        assert browser.cookies["sessionid"].value != handed
        for hours in (4, 3.9):
            clock.shift(timedelta(hours=hours))
            assert browser.get("/admin/").status_code == 200
        clock.shift(timedelta(hours=0.2))
        assert browser.get("/admin/").status_code == 302


def test_a_session_that_was_tampered_with_leads_to_the_log_in(boss: Client) -> None:
    good = boss.cookies["sessionid"].value
    for bad in (good[:-1] + ("a" if good[-1] != "a" else "b"), good.upper(), f"{good} ", "", "'", "x" * 5000):
        boss.cookies["sessionid"] = bad
        answer = boss.get("/admin/")
        assert (answer.status_code, answer["Location"]) == (302, "/admin/login/?next=/admin/"), bad
    boss.cookies["sessionid"] = good
    assert boss.get("/admin/").status_code == 200


def test_passwords_are_hashed_with_argon2() -> None:
    assert get_hasher().algorithm == "argon2"


def test_a_fresh_installation_has_no_account(db: None) -> None:
    """ASVS 6.3.2."""
    assert not User.objects.exists()


# --- a process with the settings of production ------------------------------------------------------------------------

PRODUCTION = {
    "DEBUG": "false",
    "SIMULATOR": "false",
    "SECURE_SSL_REDIRECT": "true",
    "TRUSTED_PROXY_COUNT": "1",
    "WHATSAPP_APP_SECRET": "0123456789abcdef0123456789abcdef",
    "ALLOWED_HOSTS": "desk.example",
    "WEB_CONCURRENCY": "1",
    "HOST": "127.0.0.1",
}


@pytest.mark.parametrize("name", ["SECRET_KEY", "JWT_SIGNING_KEY"])
def test_production_does_not_start_without_its_secrets(name: str) -> None:
    """ASVS 13.3.1."""
    done = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=CHECKOUT,
        env=environment(**PRODUCTION | {name: ""}),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith(f"EduBot cannot start: {name} is not set")


Ask = Callable[..., Any]


@contextmanager
def production(database_url: str, **variables: str) -> Iterator[Ask]:
    """A web process behind a proxy that ends TLS; yields `ask(path, method, scheme, body, Header=…)`."""
    with closing(listen("127.0.0.1", 0)) as listener:
        fd, port = listener.fileno(), listener.getsockname()[1]

        def ask(path: str, method: str = "GET", scheme: str = "https", body: str | None = None, **headers: str) -> Any:
            with closing(HTTPConnection("127.0.0.1", port, timeout=10)) as wire:
                sent = {"Host": "desk.example", "X-Forwarded-Proto": scheme, "X-Forwarded-For": "203.0.113.7"} | headers
                named = {name.replace("_", "-"): value for name, value in sent.items()}
                wire.request(method, path, body, named)
                answer = wire.getresponse()
                answer.body = answer.read().decode(errors="replace")  # type: ignore[attr-defined]
            return answer

        with running("web", "--fd", str(fd), pass_fds=[fd], DATABASE_URL=database_url, **PRODUCTION | variables) as web:

            def up() -> bool:
                assert web.process.poll() is None, web.output
                with suppress(OSError):
                    return bool(ask("/health/live").status == 200)
                return False

            eventually(up)
            yield ask


@pytest.mark.processes
@pytest.mark.django_db(transaction=True)
def test_production_lets_nobody_frame_anything(database_url: str) -> None:
    """Every route there is, as an administrator meets it, and every kind of error: ASVS 3.4.1 to 3.4.6, 16.5.1."""
    browser = Client()
    browser.force_login(User.objects.create_superuser("boss"))
    session = f"__Host-session={browser.cookies['sessionid'].value}"
    files = ("/static/admin/css/base.css", "/static/nothing.css")
    errors = ("/nowhere", "/admin/nowhere/", "/broken", "/api/broken", "/admin/%00", "/api/nowhere")
    with production(database_url, DJANGO_SETTINGS_MODULE="tests.edubot.broken.settings") as ask:
        assert ask("/admin/", Cookie=session).status == 200
        asked = {path: ask(path, Cookie=session) for path in [*addresses(), *files, *errors]}
        asked |= {f"{method} /admin/": ask("/admin/", method) for method in ("TRACE", "DELETE", "OPTIONS")}
        asked |= {
            "http": ask("/admin/login/", scheme="http"),
            "http API": ask("/api/admin/me", scheme="http"),
            "another host": ask("/admin/login/", Host="evil.example"),
            "too large": ask("/admin/login/", "POST", Content_Length=str(2**40)),
        }
    assert {asked["/broken"].status, asked["/api/broken"].status} == {500}
    assert (asked["too large"].status, asked["another host"].status) == (413, 400)
    for path, answer in asked.items():
        _assert_protected(path, answer.headers)
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"], path
        assert answer.headers["X-Frame-Options"] == "DENY", path
        if not path.startswith("http") and path != "too large":  # refused before anybody knows what it is about
            assert answer.headers["Strict-Transport-Security"].startswith("max-age=31536000"), path
        for secret in ("swordfish", "Traceback", "tests/edubot", "RuntimeError"):
            assert secret not in answer.body, path


@pytest.mark.processes
@pytest.mark.django_db(transaction=True)
def test_production_as_a_browser_and_a_stranger_meet_it(database_url: str) -> None:
    """ASVS 3.4.1, 4.1.2, 4.1.3, 13.4.1 to 13.4.5, 16.5.1."""
    with production(database_url) as ask:
        assert ask("/admin/login/", scheme="http").status == 301
        assert ask("/api/admin/me", scheme="http").status == 403
        assert ask("/api/webhook/whatsapp", "POST", scheme="http").status == 403
        assert ask("/admin/login/", Host="evil.example").status == 400
        assert "evil" not in ask("/admin/", X_Forwarded_Host="evil.example").getheader("Location")
        assert ask("/admin/login/", "TRACE").status == 405
        for path in ("/.git/config", "/.env", "/simulator/", "/metrics", "/static/", "/static/../edubot/settings.py"):
            assert ask(path).status in (401, 403, 404), path
        for path in ("/nowhere", "/admin/login/?next=%00", "/api/admin/conversations/%00"):
            answer = ask(path)
            assert answer.status < 500
            assert "Traceback" not in answer.body
            assert "settings" not in answer.body


def cookies(answer: Any) -> dict[str, tuple[str, set[str]]]:
    """The cookies that an answer sets: name, value, attributes, the times of their ends aside."""
    found = {}
    for line in answer.headers.get_all("Set-Cookie"):
        pair, *attributes = line.split("; ")
        name, _, value = pair.partition("=")
        found[name] = (value, {one for one in attributes if not one.startswith(("expires=", "Max-Age="))})
    return found


@pytest.mark.processes
@pytest.mark.django_db(transaction=True)
def test_production_sets_no_cookie_that_a_script_or_another_site_can_use(database_url: str) -> None:
    """ASVS 3.3.1 to 3.3.4: both log-ins over HTTP. Without a Domain a cookie goes to this host alone."""
    User.objects.create_superuser("boss", password="a long pass phrase")
    hidden = {"Secure", "HttpOnly"}
    with production(database_url) as ask:
        page = ask("/admin/login/")
        form = {
            "csrfmiddlewaretoken": re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', page.body)[0],
            "username": "boss",
            "password": "a long pass phrase",
        }
        entered = ask(
            "/admin/login/",
            "POST",
            body=urlencode(form),
            Content_Type="application/x-www-form-urlencoded",
            Referer="https://desk.example/admin/login/",
            Cookie=f"__Host-csrf={cookies(page)['__Host-csrf'][0]}",
        )
        assert entered.status == 302
        session = cookies(entered)["__Host-session"][0]
        assert ask("/admin/", Cookie=f"__Host-session={session}").status == 200

        sent = {"Content_Type": "application/json", "X_Requested_With": "console"}
        login = json.dumps({"username": "boss", "password": "a long pass phrase", "cookie": True})
        began = ask("/api/admin/login", "POST", body=login, **sent)
        token = cookies(began)["edubot_refresh"][0]
        goes_on = ask("/api/admin/token/refresh", "POST", body="{}", Cookie=f"edubot_refresh={token}", **sent)
        assert (began.status, goes_on.status) == (200, 200)
        assert json.loads(began.body)["refresh"] is None

    at_admin, at_the_api = hidden | {"Path=/", "SameSite=Lax"}, hidden | {"Path=/api/admin/", "SameSite=Strict"}
    for answer, attributes in (
        (page, {"__Host-csrf": at_admin}),
        (entered, {"__Host-csrf": at_admin, "__Host-session": at_admin}),
        (began, {"edubot_refresh": at_the_api}),
        (goes_on, {"edubot_refresh": at_the_api}),
    ):
        assert {name: found for name, (_, found) in cookies(answer).items()} == attributes
