"""The document of a painting: events are pure, undo goes back, replaying gives the same bytes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pochade.errors import UsageError
from pochade.paint_options import PaintSettings
from pochade.painting import events as did
from pochade.painting.document import Painting, apply, redo, replay, start, undo
from pochade.painting.events import as_data, from_data
from pochade.painting.render import render, render_update
from pochade.painting.subject import make_subject

from .painted import painting, scene

share = st.floats(0, 1, allow_nan=False, width=32)
color = st.integers(0, 0xFFFFFF).map("#{:06x}".format)
events = st.one_of(
    st.builds(did.Dab, share, share, st.floats(0.05, 0.4), st.floats(-1, 1)),
    st.builds(did.Add, share, share, color),
    st.builds(did.Set, st.just("softness"), share),
    st.builds(did.Set, st.just("level"), st.floats(0, 0.5)),
    st.builds(did.UsePalette, st.lists(color, max_size=4).map(tuple)),
    st.tuples(st.sampled_from(["move", "remove", "recolor"]), share, share, color),
)


def done(one: Painting, event: object) -> Painting:
    """The painting after an event; those on an anchor take the one nearest to a place."""
    if isinstance(event, tuple):
        kind, x, y, paint = event
        number = one.at(x, y)
        event = {
            "move": did.Move(number, y, x),
            "remove": did.Remove(number),
            "recolor": did.Recolor(number, paint),
        }[kind]
    return apply(one, event)


@settings(max_examples=15, deadline=None)
@given(st.lists(events, min_size=1, max_size=5))
def test_replay_undo_and_redo_give_the_same_bytes(steps):
    one = painting()
    pictures = [render(one)]
    for step in steps:
        one = done(one, step)
        pictures.append(render(one))
    assert np.array_equal(render(replay(one)), pictures[-1])
    back = one
    for picture in reversed(pictures[:-1]):
        back = undo(back)
        assert np.array_equal(render(back), picture)
    for picture in pictures[1:]:
        back = redo(back)
        assert np.array_equal(render(back), picture)
    assert back.log == one.log


@settings(max_examples=15, deadline=None)
@given(st.lists(events, min_size=1, max_size=3), st.sampled_from([(60, 90), (173, 260)]))
def test_only_what_changed_is_drawn_again_and_it_equals_the_whole(steps, size):
    one = painting(300)
    picture = render(one, size)
    for step in steps:
        after = done(one, step)
        update = render_update(one, after, size)
        if update.window is not None:
            top, left, bottom, right = update.window
            picture = picture.copy()
            picture[top:bottom, left:right] = update.image
        assert np.array_equal(picture, render(after, size)), step
        one = after


def test_a_change_of_one_anchor_draws_a_part_only():
    one = start(make_subject(scene(300, 450)), PaintSettings(anchors=1000))
    after = apply(one, did.Recolor(one.at(0.2, 0.2), "#ff0000"))
    update = render_update(one, after)
    top, left, bottom, right = update.window
    assert 0 < (bottom - top) * (right - left) < 0.3 * 300 * 450
    assert render_update(one, one).window is None


@given(events.filter(lambda event: not isinstance(event, tuple)))
def test_events_survive_json(event):
    import json

    assert from_data(json.loads(json.dumps(as_data(event)))) == event


def test_the_painting_before_an_event_stays_as_it_was():
    one = painting()
    before = render(one)
    assert len(apply(one, did.Dab(0.5, 0.5, 0.3, 1.0)).anchors) > len(one.anchors)
    apply(one, did.Remove(one.at(0.5, 0.5)))
    assert one.log == ()
    assert np.array_equal(render(one), before)


def test_a_dab_adds_anchors_where_it_lies_and_keeps_the_others():
    one = painting(100)
    after = apply(one, did.Dab(0.25, 0.7, 0.12, 1.0))
    assert len(after.ids) > len(one.ids)
    far = np.abs(one.anchors.positions - np.array([0.7 * 60, 0.25 * 90])).max(axis=1) > 45
    kept = np.isin(one.ids, after.ids)
    assert kept[far].all()
    fewer = apply(one, did.Dab(0.25, 0.7, 0.3, -1.0))
    assert len(fewer.ids) < len(one.ids)


def test_edits_of_an_anchor_show_at_its_place():
    one = painting(60)
    number = one.at(0.7, 0.25)
    row, col = one.anchors.positions[one.ids == number][0].astype(int)
    red = apply(one, did.Recolor(number, "#ff0000"))
    assert render(red)[row, col].astype(int) @ [1, -1, -1] > 60
    gone = apply(red, did.Remove(number))
    assert number not in gone.ids
    with pytest.raises(UsageError, match="no anchor"):
        apply(gone, did.Recolor(number, "#00ff00"))
    added = apply(gone, did.Add(0.1, 0.1, "#00ff00"))
    assert added.ids.min() < 0
    assert len(added.ids) == len(gone.ids) + 1


def test_the_last_anchor_stays():
    one = painting(1)
    assert len(one.ids) == 1
    assert len(apply(one, did.Remove(int(one.ids[0]))).ids) == 1


def test_a_palette_is_all_that_is_painted_with():
    one = apply(painting(), did.UsePalette(("#000000", "#ffffff")))
    colors = np.rint(one.painted.colors)
    assert (np.ptp(colors, axis=1) < 1).all()  # greys between the two tubes
    back = apply(one, did.UsePalette())
    assert np.array_equal(render(back), render(painting()))


def test_same_bytes_on_any_number_of_threads():
    first = start(make_subject(scene()), PaintSettings(level=0.3), threads=1)
    second = start(make_subject(scene()), PaintSettings(level=0.3), threads=3)
    assert np.array_equal(render(first, threads=1), render(second, threads=3))


@pytest.mark.parametrize(
    ("event", "message"),
    [
        (did.Set("softness", 2.0), "softness must be at most 1"),
        (did.Set("colour", 1), "there is no knob 'colour'"),
        (did.Set("look.shine", 1), "there is no knob 'look.shine'"),
        (did.Set("solve", 1), "cannot be set"),
        (did.Set("softness", True), "cannot be set"),
        (did.Set("level", "auto"), "auto is for a new painting"),
        (did.Set("method", "magic"), "not one of"),
        (did.Remove(999_999), "no anchor 999999"),
    ],
)
def test_events_that_make_no_sense(event, message):
    with pytest.raises(UsageError, match=message):
        apply(painting(), event)


@pytest.mark.parametrize(
    "data",
    [
        None,
        {},
        {"event": "explode"},
        {"event": "dab", "x": 0.5},
        {"event": "dab", "x": 0.5, "y": 0.5, "radius": float("nan"), "amount": 0},
        {"event": "dab", "x": 2, "y": 0.5, "radius": 0.1, "amount": 0},
        {"event": "dab", "x": 0.5, "y": 0.5, "radius": 0.1, "amount": 0, "z": 1},
        {"event": "move", "anchor": True, "x": 0, "y": 0},
        {"event": "move", "anchor": 1 << 60, "x": 0, "y": 0},
        {"event": "recolor", "anchor": 1, "color": "red"},
        {"event": "palette", "colors": "#ffffff"},
        {"event": "palette", "colors": ["#ffffff"] * 257},
        {"event": "set", "knob": "", "value": 1},
        {"event": "set", "knob": "level", "value": [1]},
    ],
)
def test_data_that_is_no_event(data):
    with pytest.raises(UsageError):
        from_data(data)


def test_nothing_to_undo_or_redo():
    with pytest.raises(UsageError, match="nothing to undo"):
        undo(painting())
    with pytest.raises(UsageError, match="nothing to do again"):
        redo(painting())
    one = undo(apply(painting(), did.Add(0.5, 0.5, "#fff")))
    again = apply(one, did.Add(0.2, 0.5, "#fff"))
    with pytest.raises(UsageError, match="nothing to do again"):
        redo(again)


def test_a_level_that_is_set_wins_over_a_number_of_anchors():
    one = apply(painting(50), did.Set("level", 0.0))
    assert one.settings.anchors is None
    assert len(one.ids) == 100


def test_a_long_row_of_events_is_no_recursion():
    one = painting(30)
    for number in range(1200):
        one = apply(one, did.Set("look.relief", number / 1200))
    assert len(one.ids) == 30
    assert replay(one).intent.look == one.intent.look


def test_a_window_is_a_part_of_the_whole():
    one = replace(painting(200))
    whole = render(one, (171, 255))
    assert np.array_equal(render(one, (171, 255), window=(33, 7, 90, 201)), whole[33:90, 7:201])
    with pytest.raises(UsageError, match="no part"):
        render(one, (171, 255), window=(0, 0, 172, 2))
    with pytest.raises(UsageError, match="at least"):
        render(one, (0, 5))


def test_the_kernel_finds_the_same_part_as_its_definition(monkeypatch):
    from pochade.painting import dirty

    one = start(make_subject(scene(300, 450)), PaintSettings(anchors=700))
    steps = (
        did.Recolor(one.at(0.2, 0.2), "#ff0000"),
        did.Dab(0.7, 0.3, 0.05, 0.8),
        did.Move(one.at(0.5, 0.8), 0.55, 0.8),
    )
    for step in steps:
        after = apply(one, step)
        for size in ((300, 450), (140, 210), (700, 1050)):
            kernel = dirty.dirty(one, after, size)
            with monkeypatch.context() as patch:
                patch.setattr(dirty, "_native", None)
                assert dirty.dirty(one, after, size) == kernel
