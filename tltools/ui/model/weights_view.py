"""Where the backbone starts from: pretrained weights (here, to download, to import) or
none.

Owns these controls of the Model page. Leaves the search on this machine to `weights`,
the transfer to `downloads` and the check of a file to `models`, both in the engine. The
network is touched only after a press of Download. Getting weights takes two tasks, one
after the other: the transfer (no TensorFlow), then names and shapes.
"""

from typing import Any

import streamlit as st

from tltools import backbones, settings, weights
from tltools.config import ALL_STAGES, RunConfig
from tltools.ui.common import parts, reuse_view, state
from tltools.ui.common.text import plain
from tltools.weights import downloads


def choose(config: RunConfig, row: backbones.Backbone) -> RunConfig:
    """Pretrained or from scratch; where the weights stand, and how to get them."""
    pretrained = "bundled" if row.bundled else "imagenet"
    options = {
        pretrained: "Pretrained: keep what it has learned"
        if row.bundled else "Pretrained on ImageNet",
        "none": "From scratch: random weights, it knows nothing yet", **reuse_view.choice(config)
    }
    chosen = st.radio(
        "Start from", list(options),
        index=list(options).index(config.weights) if config.weights in options else 0,
        format_func=options.__getitem__, horizontal=True, key=state.key(f"weights-{row.name}"),
        help="Pretrained networks need far fewer pictures. From scratch is the honest comparison.")
    if state.changed("weights", chosen, config.weights):
        config = state.choose(weights=chosen, unfreeze_stages=ALL_STAGES if chosen == "none" else 0)
    if chosen == "run":
        config = reuse_view.choose_run(config)
    if chosen == pretrained:
        _standing(config, row)
    return config


def words(row: backbones.Backbone, ready: bool) -> str:
    """Where a backbone's weights stand, in a few words for a list."""
    if ready:
        return "comes with the app" if row.bundled else "weights on this machine"
    return "weights to download" if weights.to_download(row) else "weights missing"


def _standing(config: RunConfig, row: backbones.Backbone) -> None:
    now = weights.standing(settings.home(), row, config.input_size)
    refused = parts.task_note(_checking(row))
    failed = refused or parts.task_note(_fetching(row))
    if now.state is not weights.State.HERE and row.bundled:
        st.warning(
            "The bundled weights are not in this installation. Choose another "
            "backbone, or from scratch.")
    elif now.state is not weights.State.HERE and state.in_class():
        st.warning(
            "The pretrained weights of this backbone are not on the class's computer. Your teacher "
            "can get them there; or choose another backbone, or start from scratch.")
    elif now.state is not weights.State.HERE:
        _get(config, row, now, failed, refused)
    elif not row.bundled:
        st.caption(
            f"On this machine: {plain(now.file)} ({now.megabytes:.0f} MB), {plain(now.origin)}.")


def _get(config: RunConfig, row: backbones.Backbone, now: weights.Standing, failed: bool,
         refused: bool) -> None:
    """The weights are not here: download, import, or what else can be done. refused: a
    file was, so the next is awaited."""
    with st.container(border=True):
        st.markdown(f"The pretrained weights of {row.name} are **not on this machine**.")
        busy = parts.task_progress(_fetching(row), "Downloading",
                                   lambda result: _check(row, **result)) \
            or parts.task_progress(_checking(row), "Checking names and shapes",
                                   lambda result: _placed(row, result))
        if not busy and now.state is weights.State.DOWNLOADABLE:
            _download(config, row, now)
        if failed or now.state is weights.State.MISSING:
            st.caption(f"Without a download: {downloads.offline_choices(settings.home())}")
        with st.expander("Import the weights file", icon=":material/upload_file:",
                         expanded=refused):
            _import(row, busy)


def _download(config: RunConfig, row: backbones.Backbone, now: weights.Standing) -> None:
    part = downloads.partial(settings.home(), now.file)
    if part.busy:
        _elsewhere(now.file)
        return
    size = f"{part.total / 1e6:.0f} MB" if part.total else f"about {max(now.megabytes, 1):.0f} MB"
    if part.done and part.done == part.total:
        label = f"Check and use the file ({size} have arrived)"
    else:
        label = f"Go on with the download ({part.done / 1e6:.0f} of {size} are here)" \
            if part.done else f"Download {size}"
    with st.container(horizontal=True):
        go = st.button(label, icon=":material/download:", key="go-download",
                       help="Once; from then on no internet is needed.")
        anew = part.done > 0 and st.button("Start over", key="go-download-anew",
                                           help="Throws away what has arrived.")
    st.caption(
        f"From {plain(now.source)}, only when you press it. Its hash (where Keras publishes one), "
        "names and shapes are checked.")
    if go or anew:
        parts.start_task(_fetching(row), "data", "tltools.weights.downloads:download",
                         home=str(settings.home().path), backbone=row.name,
                         mirror=settings.weights_mirror(), input_size=config.input_size,
                         restart=anew)
        st.rerun()


def _elsewhere(name: str) -> None:
    """Another window, or the command line, downloads the same file now."""

    @st.fragment(run_every=1.0)
    def watch() -> None:
        part = downloads.partial(settings.home(), name)
        if not part.busy:
            st.rerun()
        st.progress(
            min(part.done / part.total, 1.0) if part.total else 0.0,
            text="Being downloaded in another window: "
                 f"{parts.amount(part.done, part.total, downloads.UNIT)}")

    watch()


def _import(row: backbones.Backbone, busy: bool) -> None:
    st.caption("Keras publishes it as")
    st.code("\n".join(row.weights_files), language=None)
    uploaded = st.file_uploader("Weights file", type=["h5"], key=state.uploader_key("weights"),
                                max_upload_size=10 + int(1.5 * row.megabytes),
                                help="One of the files named above, from wherever you have it.")
    if st.button("Check and import", disabled=busy or uploaded is None, key="go-weights",
                 help="Reads the file in a process of its own and puts it with the app's "
                      "weights.") and uploaded:
        kept = state.keep_uploads([uploaded])[0]
        state.clear_uploader("weights")
        _check(row, backbone=row.name, **kept)
        st.rerun()
    st.caption("Its names and shapes are checked; where it comes from cannot be.")


def _check(row: backbones.Backbone, **file: str) -> None:
    """Have names and shapes checked and the file put into place."""
    # a download that failed before is no longer the news
    st.session_state.pop(f"{state.NOTE}-{_fetching(row)}", None)
    parts.start_task(_checking(row), "serve", "tltools.models.networks:import_weights",
                     home=str(settings.home().path), **file)


def _placed(row: backbones.Backbone, result: dict[str, Any]) -> None:
    st.session_state[f"{state.NOTE}-{_checking(row)}"] = \
        f"The weights of {row.name} are on this machine now: {plain(result['origin'])}."


def _fetching(row: backbones.Backbone) -> str:
    return f"weights-download-{row.name}"


def _checking(row: backbones.Backbone) -> str:
    return f"weights-{row.name}"
