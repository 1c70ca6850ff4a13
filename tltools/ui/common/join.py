"""In a class: whose workspace a session shows, the page that asks for it, and the link
for the others.

Owns the address's key (`?w=`). Without a class nothing here is shown.
"""

import importlib
import sys
from functools import lru_cache
from pathlib import Path

import streamlit as st

from tltools import settings
from tltools.errors import TltoolsError
from tltools.serving import classroom
from tltools.serving.classroom import LONGEST_PIN, SHORTEST_PIN
from tltools.settings import LIMITS
from tltools.ui.common import parts, state

ADDRESS = "w"
ROOT = Path(__file__).resolve().parents[3]
if classroom.link():
    # Plotly looks into pandas while another person's first page may still be importing
    # it, and fails: so import it here, before there is any page
    importlib.import_module("pandas")


def enter() -> bool:
    """Give the session the workspace that its address names; whether it has one. The
    address keeps the key from then on."""
    known, given = state.person(), st.query_params.get(ADDRESS)
    person = classroom.by_address(settings.home(), given) if given else None
    if person is None and known:
        st.query_params[ADDRESS] = known.address
        return True
    if person is None:
        return False
    if known and known.address != person.address:
        st.session_state.clear()
    st.session_state[state.PERSON] = person
    return True


def show() -> None:
    """The first page of a class: open a workspace, or make one."""
    st.title("Your workspace")
    st.markdown(
        "This app runs on one computer for the whole class. Your pictures and your models lie in a "
        "**workspace** with your name; the others in the class do not see them.")
    if st.query_params.get(ADDRESS):
        st.warning(
            "The workspace in this address is not known here. Open yours by its name, or make one.")
    with st.form("join", width=480):
        name = st.text_input("Your name or your group's", key="w-join-name",
                             max_chars=LIMITS.name_length,
                             help="Any name that the others do not use.")
        pin = st.text_input(
            "PIN (optional)", key="w-join-pin", type="password", max_chars=LONGEST_PIN,
            help=f"At least {SHORTEST_PIN} characters. With it, only you can open your workspace "
                 "again by its name. Without one, everybody who types your name gets in.")
        with st.container(horizontal=True):
            make = st.form_submit_button("Make my workspace", type="primary", icon=":material/add:",
                                         key="go-make", help="A new workspace of this name.")
            again = st.form_submit_button("Open it again", icon=":material/login:", key="go-open",
                                          help="The workspace that you made earlier.")
    st.caption(
        "Do not use a password that you use elsewhere: in a classroom the "
        "connection is not encrypted.")
    if not (make or again):
        return
    try:
        person = (classroom.create if make else classroom.reopen)(settings.home(), name, pin)
    except TltoolsError as error:
        parts.problem(error.problem)
        return
    st.session_state.clear()
    st.session_state[state.PERSON] = person
    st.query_params[ADDRESS] = person.address
    st.rerun()


def bar() -> None:
    """Above every page: whose workspace this is, the link for the others, and the way
    out."""
    person = state.person()
    assert person is not None
    with st.container(horizontal=True, vertical_alignment="center", key="class-bar"):
        st.text(f"Workspace: {person.name}", width="stretch")
        with st.popover("Share this app", icon=":material/qr_code_2:",
                        help="The link for the others, as text and QR code."):
            _share(classroom.link() or "")
        if st.button(
                "Leave", icon=":material/logout:", key="leave",
                help="Shows the first page again, for the next person at this computer. Your "
                     "address no longer opens the workspace; your name does."):
            classroom.leave(settings.home(), person)
            st.session_state.clear()
            st.query_params.clear()
            st.rerun()


def _share(link: str) -> None:
    if "//127." in link:
        st.warning(
            "Only this computer can open this link: it is in no network, or `serve` was started "
            "with this `--address`.")
    st.markdown("Everybody in the same network opens this, or scans it:")
    st.code(link, language=None)
    st.image(_qr(link), width=240, alt=f"QR code of {link}")
    st.caption(
        "Give away this link, not the address of your browser: that one opens your own workspace.")


@lru_cache(maxsize=4)
def _qr(link: str) -> bytes:
    return classroom.qr_picture(link)


def hint() -> None:
    """For teachers, where no class is served: how one command does it."""
    with st.expander("For a class: one computer serves everybody", icon=":material/groups:"):
        st.markdown("Start the app with this line instead, on the computer that shall do the work:")
        # not resolved: the link in a virtual environment is what knows its packages
        python = Path(sys.executable)
        shown = python.relative_to(ROOT) if python.is_relative_to(ROOT) else "python"
        st.code(f"{shown} -m tltools serve", language="sh")
        st.markdown(
            "It prints a link and a QR code. Pupils in the same network open it in a browser; "
            "nothing is installed on their devices.\n"
            "- Each person makes a **workspace** with a name and sees only that. Your own work "
            "here stays hidden from them.\n"
            "- One training runs at a time (`--at-once 2` allows two). The others wait and see "
            "their place; people take turns, and nobody has two running.\n"
            "- Ctrl+C ends it; everything stays on this computer.\n"
            "- Browsers allow the camera only on this computer itself, because the link is not "
            "encrypted; elsewhere, pupils upload photos.\n"
            "- If the link does not open: the firewall must let the port through, and some guest "
            "networks keep devices apart.")
        st.markdown("No internet in the room? Fill a USB stick at home, and install from it there:")
        st.code(f"{shown} -m tltools usb fill FOLDER_OF_THE_STICK", language="sh")
