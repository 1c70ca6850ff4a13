"""The classes of a collection before it is brought in: some pictures of each, how many
there are, and what they shall be called.

Owns renaming, joining (two get one name), mapping onto classes that are there, and
leaving out. Few classes are cards with pictures; many are a table with pictures below.
"""

import base64
from collections.abc import Callable
from typing import Any

import streamlit as st

from tltools import files
from tltools.datasets import records
from tltools.datasets.names import clean_name, natural_key
from tltools.ui.common.text import plain
from tltools.ui.data.looks import Look

MOST_CARDS = 24
MORE = 12  # classes with pictures that are shown at first, and with each "Show more"
LEAVE_OUT = ""
_RENAMES = "renames"
_TURN = "renames-turn"  # counted in the controls' keys, so that they begin anew
_WIDTH, _SMALL = 300, 60  # pixels: a card, and a picture in it
_PARTS = {"train": "for training", "validation": "for validation", "test": "for the test",
          "unassigned": ""}


def show(look: Look, answer: dict[str, Any], dataset: records.Dataset | None,
         more: Callable[[int], None]) -> dict[str, str]:
    """The classes and what they are called: {name as read: name to be, "" to leave it
    out}, only what differs. dataset: the one that they are added to, or None. more: has
    pictures of the classes from this number on looked at."""
    classes = answer["classes"]
    if not classes:
        st.warning("**No classes** — to learn from these pictures, choose another reading above, "
                   "or bring a file of labels.")
        return {}
    renames = _held(look, answer)
    _join(answer, renames)
    if len(classes) <= MOST_CARDS:
        renames = _cards(look, classes, renames, dataset)
    else:
        renames = _table(look, answer, renames)
        _strips(look, answer, _together(classes, renames, dataset), more)
    st.session_state[_RENAMES] = (look.id, answer["layout"], renames)
    _summary(answer, renames, dataset)
    return renames


def taken(answer: dict[str, Any], renames: dict[str, str]) -> int:
    """How many pictures of classes come in: of those that are not left out."""
    return sum(_count(item) for item in answer["classes"]
               if renames.get(item["name"], "-") != LEAVE_OUT)


def _held(look: Look, answer: dict[str, Any]) -> dict[str, str]:
    """The names chosen so far for this reading."""
    held: Any = st.session_state.get(_RENAMES)
    return dict(held[2]) if held and held[:2] == (look.id, answer["layout"]) else {}


def _join(answer: dict[str, Any], renames: dict[str, str]) -> None:
    """Names that look alike: are they one class?"""
    for number, group in enumerate(answer["look_alike"]):
        first, *others = group
        if all(renames.get(name) == renames.get(first, first) for name in others):
            continue
        with st.container(horizontal=True, vertical_alignment="center", key=f"alike-{number}"):
            st.text(f"{', '.join(group)}: are these one class?")
            if st.button("Join them", key=f"join-{number}", icon=":material/merge:",
                         help=f"All of them are called {plain(first)}."):
                for name in others:
                    renames[name] = renames.get(first, first)
                held = st.session_state[_RENAMES]
                st.session_state[_RENAMES] = (*held[:2], renames)
                st.session_state[_TURN] = _turn() + 1
                st.rerun()


def _turn() -> int:
    return int(st.session_state.get(_TURN, 0))


def _together(classes: list[dict[str, Any]], renames: dict[str, str],
              dataset: records.Dataset | None) -> dict[str, str]:
    """By the name as read, of a class that does not stand alone: what it is made of,
    "12 + 8 + 30 already there"."""
    there = {item.name: dataset.counts()[item.id] for item in dataset.classes} if dataset else {}
    parts: dict[str, list[str]] = {}
    for item in classes:
        parts.setdefault(renames.get(item["name"], item["name"]), []).append(f"{_count(item):,}")
    return {
        item["name"]: " + ".join([*parts[name], *([f"{there[name]:,} already there"]
                                                  if there.get(name) else [])])
        for item in classes
        if (name := renames.get(item["name"], item["name"])) != LEAVE_OUT
        and (len(parts[name]) > 1 or there.get(name))
    }


def _cards(look: Look, classes: list[dict[str, Any]], renames: dict[str, str],
           dataset: records.Dataset | None) -> dict[str, str]:
    there = [item.name for item in dataset.classes] if dataset else []
    options = list(dict.fromkeys([*there, *(item["name"] for item in classes),
                                  *filter(None, renames.values()), LEAVE_OUT]))
    after, below = {}, {}
    with _even_rows():
        for item in classes:
            with st.container(border=True, width=_WIDTH, height="stretch"):
                _pictures(item)
                now = renames.get(item["name"], item["name"])
                chosen = st.selectbox(
                    f"{plain(item['name'])} · {plain(_counts(item))}", options,
                    index=options.index(now), accept_new_options=True,
                    format_func=lambda name: name or "(leave them out)",
                    # another reading has other classes: a control of the same key would
                    # show what it showed for the class before
                    key=f"w-take-{look.id}-{files.sha256(item['name'].encode())[:8]}-{_turn()}-"
                        f"{len(there)}",
                    help="What the class is called in the app. Type a new name, or choose one: two "
                         "with the same name become one class.")
                name = clean_name(chosen or "") if chosen else LEAVE_OUT
                if name != item["name"]:
                    after[item["name"]] = name
                below[item["name"]] = st.empty()
    for name, said in _together(classes, after, dataset).items():
        below[name].caption(f"Together: {plain(said)}")
    return after


def _even_rows() -> Any:
    """A row of cards, with the pictures of each in squares of one size."""
    st.html(f"<style>.st-key-classes-read img {{height: {_SMALL}px; object-fit: contain}}</style>")
    return st.container(horizontal=True, key="classes-read")


def _table(look: Look, answer: dict[str, Any], renames: dict[str, str]) -> dict[str, str]:
    classes = answer["classes"]
    key = f"w-names-{look.id}-{answer['layout']}-{_turn()}"
    if key not in st.session_state:  # the table's own changes lie on top of these
        st.session_state["names-begun"] = dict(renames)
    begun = st.session_state.get("names-begun", {})
    columns = [part for part in _PARTS if any(item[part] for item in classes)]
    st.caption("Change a name in the second column: two with the same name become one class, an "
               "empty one is left out.")
    edited = st.data_editor(
        {"as read": [item["name"] for item in classes],
         "name in the app": [begun.get(item["name"], item["name"]) for item in classes],
         **{part if part != "unassigned" else "pictures": [item[part] for item in classes]
            for part in columns}},
        key=key, hide_index=True, width="stretch", height=400, num_rows="fixed",
        disabled=["as read", *(part if part != "unassigned" else "pictures" for part in columns)])
    after = {}
    for item, name in zip(classes, edited["name in the app"], strict=True):
        name = clean_name(str(name or ""))
        if name != item["name"]:
            after[item["name"]] = name
    return after


def _strips(look: Look, answer: dict[str, Any], together: dict[str, str],
            more: Callable[[int], None]) -> None:
    """Pictures of the first classes, others on request. together: see `_together`.
    more: has those from this number on looked at."""
    classes = answer["classes"]
    key = f"shown-{look.id}"
    shown = int(st.session_state.get(key, MORE))
    with _even_rows():
        for item in classes[:shown]:
            with st.container(border=True, width=_WIDTH, height="stretch"):
                _pictures(item)
                st.caption(f"{plain(item['name'])} · {plain(_counts(item))}")
                if item["name"] in together:
                    st.caption(f"Together: {plain(together[item['name']])}")
    if shown < len(classes) and st.button(
            f"Show more ({len(classes) - shown:,} classes)", key="more-classes",
            help="Pictures of twelve more classes."):
        st.session_state[key] = shown + MORE
        missing = [number for number, item in enumerate(classes[:shown + MORE])
                   if "samples" not in item]
        if missing:
            more(missing[0])
        st.rerun()


def _pictures(item: dict[str, Any]) -> None:
    with st.container(horizontal=True, gap="xsmall"):
        for number, sample in enumerate(item.get("samples", []), start=1):
            st.image(base64.b64decode(sample), width=_SMALL,
                     alt=f"{item['name']}, picture {number}")


def _count(item: dict[str, Any]) -> int:
    return sum(item[part] for part in _PARTS)


def _counts(item: dict[str, Any]) -> str:
    """"120 pictures", or "90 for training, 30 for the test"."""
    given = [f"{item[part]:,} {words}".strip() for part, words in _PARTS.items() if item[part]]
    if given and not item["unassigned"]:
        return ", ".join(given)
    count = _count(item)
    return f"{count:,} picture{'' if count == 1 else 's'}"


def _summary(answer: dict[str, Any], renames: dict[str, str],
             dataset: records.Dataset | None) -> None:
    """What comes in, in a sentence; and which classes are new to the data set."""
    names = {renames.get(item["name"], item["name"]) for item in answer["classes"]} - {LEAVE_OUT}
    pictures = taken(answer, renames)
    split = "The collection says which pictures are for training, validation or the test; " \
        "that is kept." if any(item["train"] or item["test"] for item in answer["classes"]) else \
        "Some of them are put aside for validation and the test; you can change how many."
    st.text(f"{pictures:,} pictures in {len(names):,} class{'' if len(names) == 1 else 'es'}. "
            f"{split} Each is checked when it comes in; those that are damaged are named then.")
    if dataset is not None and dataset.classes:
        there = {item.name for item in dataset.classes}
        new = sorted(names - there, key=natural_key)
        if new:
            st.text(f"New in {dataset.name}: {', '.join(new[:8])}"
                    + (f" and {len(new) - 8} more" if len(new) > 8 else "") + ".")
