"""Looks by name and from files."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pochade.errors import InputError, UsageError
from pochade.painting.look_options import PRESETS, Look, paper_rgb
from pochade.painting.presets import load_preset, preset_knobs, write_preset


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_is_a_look_of_its_own(name):
    look = load_preset(name)
    assert look != Look()
    assert all(load_preset(other) != look for other in PRESETS if other != name)
    assert set(preset_knobs(name)) == {"softness", "abstraction"}


@pytest.mark.parametrize("name", ["Ink wash", "ink_wash", "ink", "ink-wash"])
def test_names_may_be_written_as_they_are_said(name):
    assert load_preset(name) == load_preset("ink-wash")


def test_a_look_survives_its_file(tmp_path):
    look = replace(load_preset("watercolour"), glazes=3, paper_color="#ffeedd", wobble=1.5)
    file = tmp_path / "mine.toml"
    file.write_text(write_preset(look, {"softness": 0.2}), encoding="utf-8")
    assert load_preset(str(file)) == look
    assert preset_knobs(str(file)) == {"softness": 0.2}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("nonsense", "is not TOML"),
        ("[look]\nstroke = 1", "no setting 'stroke'"),
        ("[look]\nstrokes = 'many'", "must be of type float"),
        ("[look]\nlayers = 2.5", "must be of type int"),
        ("[look]\nglazes = true", "must be of type int"),
        ("[brush]\nstrokes = 1", "have a table"),
        ("[paint]\nsoftness = 1", "have a table"),
        ("look = 3", "have a table"),
    ],
)
def test_a_file_that_is_no_look_is_an_error(text, words, tmp_path):
    file = tmp_path / "bad.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=words):
        load_preset(str(file))


def test_a_value_out_of_range_names_the_file(tmp_path):
    file = tmp_path / "bad.toml"
    file.write_text("[look]\nstrokes = 7", encoding="utf-8")
    with pytest.raises(UsageError, match=r"bad\.toml: strokes must be at most 1"):
        load_preset(str(file))


@pytest.mark.parametrize("knob", ["softness = 2", "softness = true", "level = 0.5"])
def test_knobs_are_checked(knob, tmp_path):
    file = tmp_path / "bad.toml"
    file.write_text(f"[look]\n[paint]\n{knob}", encoding="utf-8")
    with pytest.raises(InputError):
        preset_knobs(str(file))


def test_a_wrong_name_is_told_the_nearest():
    with pytest.raises(UsageError, match="did you mean 'gouache'"):
        load_preset("guache")


def test_a_file_that_is_not_there_and_one_too_large(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        load_preset(str(tmp_path / "none.toml"))
    file = tmp_path / "large.toml"
    file.write_bytes(b"#" * 70_000)
    with pytest.raises(InputError, match="larger than"):
        load_preset(str(file))


@pytest.mark.parametrize("color", ["red", "#12345", "#12345g", "112233", "#11223344"])
def test_paper_is_a_colour(color):
    with pytest.raises(UsageError, match="paper color"):
        paper_rgb(color)


def test_strokes_have_a_least_and_a_most():
    with pytest.raises(UsageError, match="above stroke-most"):
        Look(stroke_least=20, stroke_most=10)


@pytest.mark.parametrize("field", ["stroke_least", "stroke_most", "dot_size"])
def test_strokes_and_dots_are_not_too_many(field):
    with pytest.raises(UsageError, match="must be at least"):
        Look(**{field: 0.5})
