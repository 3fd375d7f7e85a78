"""Our words turned into Meta's JSON: the body of `POST /{phone_number_id}/messages`. Pure.

Two steps. `parts` runs when a message is queued: it cuts what Meta does not take in one piece, so that each piece is a
message of its own with its own delivery status. `render` runs when a piece is sent.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from hashlib import sha256
from typing import Any, TypeVar
from uuid import uuid5

from conversations.channel import Button, File, Outgoing, SendError, Template, Verdict
from conversations.received import Person
from whatsapp import limits
from whatsapp.cutting import ELLIPSIS, clean, one_line, shorten, split, split_before
from whatsapp.graphemes import border_before
from whatsapp.limits import units

HEADROOM = 96  # what the domain may put before a part when it is sent (who speaks: BotText holds to it)
LIST_LABEL = "☰"  # where nobody gave the list's button a name: understood in every language
POINTER = "👇"  # stands above choices that came without words; Meta takes no empty body

_LINK = re.compile(r"https?://\S", re.IGNORECASE)
_Json = dict[str, Any]
_T = TypeVar("_T")


# --- cutting ----------------------------------------------------------------------------------------------------------


def parts(outgoing: Outgoing) -> list[Outgoing]:
    """The message as one or more pieces that Meta takes, in order; never none.

    The first keeps `ref` and `quotes`; the references of the others follow from it, so that cutting twice gives the
    same. Words are never lost, but titles of choices are cut to their length. Templates and reactions stay whole: what
    is wrong with those can only be mended by a person.
    """
    if outgoing.template or _is_reaction(outgoing):
        return [outgoing]
    bare = replace(outgoing, text="", buttons=(), list_label="", file=None, reaction=None)
    first, *others = _pieces(outgoing, bare) or [replace(bare, text=outgoing.reaction or ELLIPSIS)]
    rest = [
        replace(piece, ref=uuid5(outgoing.ref, f"part {number}"), quotes=None) for number, piece in enumerate(others, 2)
    ]
    return [first, *rest]


def _is_reaction(outgoing: Outgoing) -> bool:
    return outgoing.reaction is not None and bool(outgoing.quotes)


def _pieces(outgoing: Outgoing, bare: Outgoing) -> list[Outgoing]:
    text, pieces = clean(outgoing.text), []
    if outgoing.file:
        caption = "" if outgoing.buttons else _caption(outgoing.file, text)
        pieces.append(replace(bare, file=outgoing.file, text=caption))
        text = "" if caption else text
    if not outgoing.buttons:
        return [*pieces, *(replace(bare, text=piece) for piece in split(text, limits.TEXT - HEADROOM))]
    return [*pieces, *_with_choices(outgoing, bare, text)]


def _caption(file: File, text: str) -> str:
    """The text, where it can stand below this file; else nothing."""
    return text if file.kind in limits.CAPTIONED and units(text) <= limits.CAPTION - HEADROOM else ""


def _with_choices(outgoing: Outgoing, bare: Outgoing, text: str) -> Iterator[Outgoing]:
    """Texts, and the choices under the last of them; where they are too many, further lists follow."""
    as_list = bool(outgoing.list_label) or len(outgoing.buttons) > limits.BUTTONS or _has_descriptions(outgoing.buttons)
    label = shorten(outgoing.list_label, limits.LIST_LABEL) or LIST_LABEL if as_list else ""
    *before, body = split_before(text, limits.BODY - HEADROOM, limits.TEXT - HEADROOM) or [""]
    yield from (replace(bare, text=piece) for piece in before)
    for page in _chunks(_choices(outgoing.buttons, as_list=as_list), limits.ROWS):
        yield replace(bare, text=body or POINTER, buttons=page, list_label=label)
        body = ""


def _has_descriptions(buttons: Iterable[Button]) -> bool:
    return any(button.description for button in buttons)


def _chunks(items: Sequence[_T], size: int) -> Iterator[tuple[_T, ...]]:
    return (tuple(items[start : start + size]) for start in range(0, len(items), size))


# --- choices ----------------------------------------------------------------------------------------------------------


def _choices(buttons: Iterable[Button], *, as_list: bool) -> list[Button]:
    """Choices that Meta takes: ids and titles short enough and all different. Of two with one id the first stays."""
    longest_id, longest_title = (
        (limits.ROW_ID, limits.ROW_TITLE) if as_list else (limits.BUTTON_ID, limits.BUTTON_TITLE)
    )
    found: dict[str, Button] = {}
    titles: set[str] = set()
    for button in buttons:
        key = _id(clean(button.id) or one_line(button.title) or ELLIPSIS, longest_id)
        if key not in found:
            title = _title(one_line(button.title) or key, longest_title, titles)
            titles.add(title)
            found[key] = Button(key, title, shorten(button.description, limits.ROW_DESCRIPTION) if as_list else "")
    return list(found.values())


def _id(key: str, longest: int) -> str:
    """An id too long keeps its beginning and gets a digest of the whole, so that it stays unlike others."""
    if units(key) <= longest:
        return key
    return f"{shorten(key, longest - 17)}~{sha256(key.encode()).hexdigest()[:16]}"


def _title(title: str, longest: int, taken: set[str]) -> str:
    """The title cut to its length; where another choice already has it, with a number (Meta refuses twins)."""
    cut = shorten(title, longest)
    numbered = (f"{shorten(cut, longest - len(f' {number}'))} {number}" for number in itertools.count(2))
    return next(each for each in itertools.chain([cut], numbered) if each not in taken)


# --- rendering --------------------------------------------------------------------------------------------------------


def render(outgoing: Outgoing, media_id: str = "") -> _Json:
    """The JSON of one piece (see `parts`). `media_id` is the uploaded file's, where there is a file.

    Raises SendError for what does not fit into one message, or has no address.
    """
    body = {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        **_address(outgoing.to),
        **_content(outgoing, media_id),
        "biz_opaque_callback_data": str(outgoing.ref),
    }
    if outgoing.quotes and not _is_reaction(outgoing):
        body["context"] = {"message_id": outgoing.quotes}
    return body


def _address(person: Person) -> _Json:
    """The phone where it is known: then Meta keeps showing it to us. Without `+` it would count as a local number."""
    if person.phone:
        return {"to": f"+{person.phone.removeprefix('+')}"}
    if user_id := person.user_id or person.parent_user_id:
        return {"recipient": user_id}
    raise SendError(Verdict.RECIPIENT, "This person has neither a phone number nor a WhatsApp user id.")


def _content(outgoing: Outgoing, media_id: str) -> _Json:
    if outgoing.template:
        return {"type": "template", "template": _template(outgoing.template)}
    if _is_reaction(outgoing):
        return {"type": "reaction", "reaction": {"message_id": outgoing.quotes, "emoji": outgoing.reaction or ""}}
    if outgoing.file:
        return {"type": outgoing.file.kind, outgoing.file.kind: _media(outgoing.file, media_id, outgoing.text)}
    if outgoing.buttons:
        return {"type": "interactive", "interactive": _interactive(outgoing)}
    text = _fitting(outgoing.text, limits.TEXT) or outgoing.reaction or ELLIPSIS
    return {"type": "text", "text": {"body": text, "preview_url": bool(_LINK.search(text))}}


def _interactive(outgoing: Outgoing) -> _Json:
    body = {"text": _fitting(outgoing.text, limits.BODY) or POINTER}
    as_list = bool(outgoing.list_label)
    choices = _choices(outgoing.buttons, as_list=as_list)
    if len(choices) > (limits.ROWS if as_list else limits.BUTTONS):
        raise SendError(Verdict.PERMANENT, "The message has more choices than WhatsApp takes.")
    if as_list:
        label = shorten(outgoing.list_label, limits.LIST_LABEL) or LIST_LABEL
        return {"type": "list", "body": body, "action": {"button": label, "sections": [{"rows": _rows(choices)}]}}
    replies = [{"type": "reply", "reply": {"id": choice.id, "title": choice.title}} for choice in choices]
    return {"type": "button", "body": body, "action": {"buttons": replies}}


def _rows(choices: Iterable[Button]) -> list[_Json]:
    return [
        {"id": choice.id, "title": choice.title, **({"description": choice.description} if choice.description else {})}
        for choice in choices
    ]


def _media(file: File, media_id: str, text: str) -> _Json:
    media: _Json = {"id": media_id}
    if file.kind in limits.CAPTIONED and (caption := _fitting(text, limits.CAPTION)):
        media["caption"] = caption
    if file.kind == "document":
        media["filename"] = filename(file)
    if file.kind == "audio" and file.voice:
        media["voice"] = True
    return media


def filename(file: File) -> str:
    """The name shown with a file: without a path, short, its ending kept."""
    name = re.split(r"[/\\]", one_line(file.filename))[-1].strip(". ") or "file"
    if units(name) <= limits.FILENAME:
        return name
    stem, dot, ending = name.rpartition(".")
    ending = dot + ending if dot and units(ending) < 20 else ""
    stem = stem if ending else name
    return stem[: border_before(stem, (limits.FILENAME - units(ending)) // 2)].rstrip() + ending


def _template(template: Template) -> _Json:
    """Meta refuses line breaks, tabs and runs of spaces in parameters, and empty ones."""
    rendered: _Json = {"name": template.name, "language": {"code": template.language}}
    if template.parameters:
        parameters = [{"type": "text", "text": one_line(value) or "–"} for value in template.parameters]
        rendered["components"] = [{"type": "body", "parameters": parameters}]
    return rendered


def _fitting(text: str, longest: int) -> str:
    """The text, clean. Raises SendError where it is too long for one message: cutting it here would lose words."""
    text = clean(text)
    if units(text) > longest:
        raise SendError(
            Verdict.PERMANENT,
            "The message is too long for WhatsApp in one piece.",
            hint="Send it again in several shorter messages.",
        )
    return text
