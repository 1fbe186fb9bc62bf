"""The pages of notices and appeals as HTML: forms that need no script, and fit a phone."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Mapping
from html import escape

from api.moderation.page_texts import WORDS

STYLE = """
:root { color-scheme: light dark; }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 40rem; padding: 1rem; font: 1.0625rem/1.6 system-ui, "PingFang SC", "Noto Sans SC", sans-serif; }
h1 { font-size: 1.5rem; line-height: 1.3; }
nav { text-align: right; }
label, legend { display: block; margin-top: 1.25rem; font-weight: 600; }
small { display: block; font-weight: 400; opacity: .8; }
input, select, textarea, button { width: 100%; font: inherit; padding: .6rem; border: 1px solid #888; border-radius: .4rem; }
textarea { min-height: 9rem; }
label.check { display: flex; gap: .6rem; align-items: start; font-weight: 400; }
label.check input { width: 1.3rem; height: 1.3rem; flex: none; margin-top: .2rem; }
button { margin-top: 1.5rem; border: 0; background: #1a5f3c; color: #fff; font-weight: 600; min-height: 2.75rem; }
p.wrong { border-left: .3rem solid #b3261e; padding: .5rem .75rem; }
"""
_DIGEST = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
HEADERS = {
    # Nothing runs, nothing is loaded, and the form goes to this server alone.
    "content-security-policy": (
        f"default-src 'none'; style-src 'sha256-{_DIGEST}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "vary": "accept-language",
}


def report_page(
    language: str, community: str, reasons: Iterable[tuple[str, str]], given: Mapping[str, str], wrong: str = ""
) -> str:
    """Return the form by which anybody reports, filled in as it was given before."""
    words = WORDS[language]
    options = "".join(
        f'<option value="{escape(name)}"{" selected" if name == given.get("reason") else ""}>{escape(label)}</option>'
        for name, label in reasons
    )

    def value(name: str) -> str:
        return escape(given.get(name, ""))

    return _page(
        language,
        words["report"],
        f"<p>{escape(words['intro'].format(community=community))}</p>{_said(wrong)}"
        '<form method="post" action="/report" accept-charset="utf-8">'
        f'<input type="hidden" name="lang" value="{language}">'
        f'<label for="url">{words["url"]}<small>{words["url_hint"]}</small></label>'
        f'<input id="url" name="url" required maxlength="2000" inputmode="url" value="{value("url")}">'
        f'<label for="reason">{words["reason"]}</label>'
        f'<select id="reason" name="reason" required><option value="">{words["choose"]}</option>{options}</select>'
        f'<label for="body">{words["body"]}<small>{words["body_hint"]}</small></label>'
        f'<textarea id="body" name="body" required maxlength="5000">{value("body")}</textarea>'
        f'<label for="name">{words["name"]}<small>{words["anonymous"]}</small></label>'
        f'<input id="name" name="name" maxlength="100" autocomplete="name" value="{value("name")}">'
        f'<label for="email">{words["email"]}<small>{words["anonymous"]}</small></label>'
        f'<input id="email" name="email" type="email" maxlength="254" autocomplete="email" value="{value("email")}">'
        f'<label class="check"><input type="checkbox" name="good_faith" value="yes" required>'
        f"<span>{words['good_faith']}</span></label>"
        f"<button>{words['send']}</button></form>",
        other="/report",
    )


def confirm_page(language: str, token: str) -> str:
    """Return the page of a letter's link: a button, as programs that look at mail follow links."""
    words = WORDS[language]
    return _page(
        language,
        words["confirm"],
        f"<p>{words['confirm_more']}</p>"
        f'<form method="post" action="/report/{escape(token)}"><input type="hidden" name="lang" value="{language}">'
        f"<button>{words['confirm_send']}</button></form>",
    )


def appeal_page(language: str, token: str, body: str = "", wrong: str = "") -> str:
    """Return the form by which one appeals with a letter's link."""
    words = WORDS[language]
    return _page(
        language,
        words["appeal"],
        f"<p>{words['appeal_intro']}</p>{_said(wrong)}"
        f'<form method="post" action="/appeal/{escape(token)}" accept-charset="utf-8">'
        f'<input type="hidden" name="lang" value="{language}">'
        f'<label for="body">{words["appeal_body"]}</label>'
        f'<textarea id="body" name="body" required maxlength="5000">{escape(body)}</textarea>'
        f"<button>{words['send']}</button></form>",
        other=f"/appeal/{escape(token)}",
    )


def answer_page(language: str, title: str, more: str) -> str:
    """Return a page that says what came of it."""
    return _page(language, title, f"<p>{escape(more)}</p>")


def _said(wrong: str) -> str:
    return f'<p class="wrong" role="alert">{escape(wrong)}</p>' if wrong else ""


def _page(language: str, title: str, body: str, other: str = "") -> str:
    words = WORDS[language]
    switch = (
        f'<nav><a href="{other}?lang={words["other"]}" hreflang="{words["other"]}">{words["language"]}</a></nav>'
        if other
        else ""
    )
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head>"
        f"<body>{switch}<main><h1>{escape(title)}</h1>{body}</main></body></html>"
    )
