"""What the commands print: one line of words, and records as they are."""

import json

from tltools.cli import output


def test_words_are_one_line_on_standard_error(capsys):
    output.say("The file\nétage 2.jpg\t is   not there.\n")
    said = capsys.readouterr()
    assert said.err == "The file étage 2.jpg is not there.\n"
    assert said.out == ""


def test_a_result_is_a_record_or_a_text_on_standard_output(capsys):
    record = {"classes": ["猫", "<b>"], "share": 0.5, "none": None}
    output.put(record, True, "never seen")
    said = capsys.readouterr()
    assert json.loads(said.out) == record
    assert "猫" in said.out, "readable, not escaped"
    assert said.err == ""
    output.put(record, False, "two\nlines")
    assert capsys.readouterr() == ("two\nlines\n", "")
