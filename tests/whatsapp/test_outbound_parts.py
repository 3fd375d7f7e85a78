"""Whatever the domain wants to say: each piece fits Meta's limits, and no word is lost on the way."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conversations.channel import Button, File, Outgoing
from conversations.received import Person
from whatsapp.cutting import clean
from whatsapp.outbound import parts, render
from whatsapp.simulator import limits as stand_in

REF = UUID("11111111-2222-4333-8444-555555555555")
HELLO = Outgoing(REF, Person(phone="+2348012345678"), "Hello")
PHOTO = File("image", "image/png", "page.png", b"bytes", "digest")
LONG = "A sentence of some length. " * 400


def choices(count: int) -> tuple[Button, ...]:
    return tuple(Button(f"id{number}", f"Choice {number}") for number in range(count))


def shape(piece: Outgoing) -> str:
    """What kind of message a piece becomes, with the number of its choices."""
    body = render(piece, "media-1")
    kind = body["interactive"]["type"] if "interactive" in body else body["type"]
    return f"{kind} {len(piece.buttons)}".removesuffix(" 0")


SHAPES: dict[str, tuple[Outgoing, list[str]]] = {
    "a short text": (HELLO, ["text"]),
    "a long text": (replace(HELLO, text=LONG), ["text", "text", "text"]),
    "three choices": (replace(HELLO, buttons=choices(3)), ["button 3"]),
    "four choices": (replace(HELLO, buttons=choices(4)), ["list 4"]),
    "two choices as a list": (replace(HELLO, buttons=choices(2), list_label="Pick"), ["list 2"]),
    "a choice that is explained": (replace(HELLO, buttons=(Button("a", "A", "what it is"),)), ["list 1"]),
    "21 choices": (replace(HELLO, buttons=choices(21)), ["list 10", "list 10", "list 1"]),
    "choices without words": (replace(HELLO, text=" ", buttons=choices(2)), ["button 2"]),
    "choices under a long text": (replace(HELLO, text=LONG[:5000], buttons=choices(2)), ["text", "text", "button 2"]),
    "a photo with a caption": (replace(HELLO, file=PHOTO), ["image"]),
    "a photo with a long caption": (replace(HELLO, file=PHOTO, text=LONG[:2000]), ["image", "text"]),
    "a photo with choices": (replace(HELLO, file=PHOTO, buttons=choices(2)), ["image", "button 2"]),
    "a sticker with words": (replace(HELLO, file=replace(PHOTO, kind="sticker")), ["sticker", "text"]),
    "a reaction to nothing": (replace(HELLO, text="", reaction="👍"), ["text"]),
    "nothing": (replace(HELLO, text="\x00 "), ["text"]),
}


@pytest.mark.parametrize(("outgoing", "shapes"), SHAPES.values(), ids=SHAPES.keys())
def test_what_does_not_fit_into_one_message_becomes_several(outgoing: Outgoing, shapes: list[str]) -> None:
    assert [shape(piece) for piece in parts(outgoing)] == shapes


def test_pieces_have_references_of_their_own_that_never_change() -> None:
    first, second, third = parts(replace(HELLO, text=LONG))
    assert first.ref == REF
    assert len({first.ref, second.ref, third.ref}) == 3
    assert parts(replace(HELLO, text=LONG)) == [first, second, third]


def test_only_the_first_piece_quotes() -> None:
    assert [piece.quotes for piece in parts(replace(HELLO, text=LONG, quotes="wamid.1"))] == ["wamid.1", None, None]


def test_there_is_room_for_who_speaks() -> None:
    """The domain puts "Support Team:" before a piece when it is sent."""
    for piece in parts(replace(HELLO, text="x" * 9000, buttons=choices(2))):
        render(replace(piece, text=f"🎧 Support Team: {piece.text}"))


def test_choices_that_look_the_same_are_told_apart() -> None:
    twins = (Button("a", "Mathematics, first term, A"), Button("b", "Mathematics, first term, B"))
    (piece,) = parts(replace(HELLO, buttons=twins))
    assert [button.title for button in piece.buttons] == ["Mathematics, first…", "Mathematics, firs… 2"]


def test_a_choice_given_twice_is_offered_once() -> None:
    (piece,) = parts(replace(HELLO, buttons=(Button("a", "One"), Button(" a ", "Two"), Button("b", "Three"))))
    assert [(button.id, button.title) for button in piece.buttons] == [("a", "One"), ("b", "Three")]


def test_long_ids_stay_different() -> None:
    (piece,) = parts(replace(HELLO, buttons=(Button("x" * 300 + "1", "One"), Button("x" * 300 + "2", "Two"))))
    assert len({button.id for button in piece.buttons}) == 2


def test_a_name_of_a_file_that_is_cut_at_a_space_does_not_end_with_it() -> None:
    name = render(replace(HELLO, file=replace(PHOTO, kind="document", filename="a " * 300)), "media-1")["document"][
        "filename"
    ]
    assert name == name.strip()
    assert name.startswith("a a a")


# --- whatever comes ---------------------------------------------------------------------------------------------------

some_text = (
    st.text(max_size=60)
    | st.text("ab .\n👩‍👧🇳🇬\u0301\x00", max_size=40)
    | st.builds(lambda piece, times: piece * times, st.text(min_size=1, max_size=20), st.integers(50, 900))
)
some_choices = st.lists(st.builds(Button, some_text, some_text, some_text | st.just("")), max_size=4) | st.integers(
    0, 25
).map(choices)
some_file = st.none() | st.sampled_from(
    [replace(PHOTO, kind=kind, voice=True) for kind in ("image", "video", "audio", "document", "sticker")]
)
anything = st.builds(
    Outgoing,
    ref=st.uuids(),
    to=st.sampled_from([Person(phone="+2348012345678"), Person(user_id="NG.123")]),
    text=some_text,
    buttons=some_choices.map(tuple),
    list_label=some_text | st.just(""),
    file=st.builds(lambda file, name: file and replace(file, filename=name), some_file, some_text),
    quotes=st.none() | st.just("wamid.1"),
)


def length(text: str) -> int:
    """As Meta may count at worst."""
    return len(text.encode("utf-16-le")) // 2


def assert_text(text: str, longest: int) -> None:
    assert text.strip()
    assert text == text.strip()
    assert length(text) <= longest


def assert_fits(body: dict[str, Any]) -> None:
    """Meta's documented limits, written down once more: a slip in whatsapp.limits must not hide itself."""
    kind = body["type"]
    content = body[kind]
    assert ("to" in body) != ("recipient" in body)
    assert len(body["biz_opaque_callback_data"]) <= 512
    if kind == "text":
        assert_text(content["body"], 4096)
    elif kind == "interactive":
        assert_text(content["body"]["text"], 1024)
        {"button": assert_buttons, "list": assert_list}[content["type"]](content["action"])
    else:
        assert set(content) <= {"id", "caption", "filename", "voice"}
        assert kind in {"image", "video", "document"} or "caption" not in content
        if "caption" in content:
            assert_text(content["caption"], 1024)
        if "filename" in content:
            assert_text(content["filename"], 240)


def assert_buttons(action: dict[str, Any]) -> None:
    replies = [button["reply"] for button in action["buttons"]]
    assert 1 <= len(replies) <= 3
    for reply in replies:
        assert_text(reply["id"], 256)
        assert_text(reply["title"], 20)
    for name in ("id", "title"):
        assert len({reply[name] for reply in replies}) == len(replies)


def assert_list(action: dict[str, Any]) -> None:
    assert_text(action["button"], 20)
    (section,) = action["sections"]
    rows = section["rows"]
    assert 1 <= len(rows) <= 10
    assert len({row["id"] for row in rows}) == len(rows)
    for row in rows:
        assert_text(row["id"], 200)
        assert_text(row["title"], 24)
        if "description" in row:
            assert_text(row["description"], 72)


def said(body: dict[str, Any]) -> str:
    """The words of one message, without white space; choices need no words, so their stand-in does not count."""
    content = body[body["type"]]
    if body["type"] == "interactive":
        text = content["body"]["text"]
        return "" if text == "👇" else "".join(text.split())
    return "".join((content.get("body") or content.get("caption") or "").split())


@given(anything)
@settings(max_examples=300)
def test_every_piece_fits_and_no_word_is_lost(outgoing: Outgoing) -> None:
    bodies = [render(piece, "media-1") for piece in parts(outgoing)]
    for body in bodies:
        assert_fits(body)
        stand_in.check(body)  # the simulator's own reading of Meta's rules
    wanted = "".join(clean(outgoing.text).split())
    assert "".join(map(said, bodies)) == wanted or (not wanted and not (outgoing.buttons or outgoing.file))
    assert len({body["biz_opaque_callback_data"] for body in bodies}) == len(bodies)


@given(anything)
def test_a_piece_is_not_cut_again(outgoing: Outgoing) -> None:
    for piece in parts(outgoing):
        assert parts(piece) == [piece]


@given(anything)
def test_every_choice_can_be_tapped_exactly_once(outgoing: Outgoing) -> None:
    ids = [button.id for piece in parts(outgoing) for button in piece.buttons]
    assert len(set(ids)) == len(ids)
    assert bool(ids) == bool(outgoing.buttons)
