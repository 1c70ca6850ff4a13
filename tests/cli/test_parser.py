"""The argument parser: one line that says what is wrong and what was probably meant."""

import pytest

from tltools.cli.parser import Parser


@pytest.fixture
def parser() -> Parser:
    parser = Parser(prog="tool")
    parser.add_argument("--json", action="store_true")
    commands = parser.add_subparsers(dest="command", required=True)
    draw = commands.add_parser("draw")
    draw.add_argument("--colour", choices=["red", "green"])
    draw.add_argument("--count", type=int)
    commands.add_parser("show").add_argument("name")
    return parser


@pytest.mark.parametrize(("arguments", "line"), [
    (["drew"], "Argument command: invalid choice: 'drew'. Did you mean draw? Help: tool --help"),
    (["draw", "--color", "red"],
     "Unrecognized arguments: --color red. Did you mean --colour? Help: tool draw --help"),
    (["draw", "--colour", "gren"],
     "Argument --colour: invalid choice: 'gren'. Did you mean green? Help: tool draw --help"),
    (["draw", "--count", "many"],
     "Argument --count: invalid int value: 'many'. Help: tool draw --help"),
    (["show"], "The following arguments are required: name. Help: tool show --help"),
    (["zzz"], "Argument command: invalid choice: 'zzz'. Help: tool --help"),
])
def test_what_is_wrong_is_one_line_with_what_was_meant(parser, capsys, arguments, line):
    with pytest.raises(SystemExit) as end:
        parser.parse_args(arguments)
    assert end.value.code == 2
    assert capsys.readouterr() == ("", f"{line}\n")


def test_what_is_right_is_read(parser, capsys):
    options = parser.parse_args(["--json", "draw", "--colour", "red", "--count", "3"])
    assert options.json
    assert (options.command, options.colour, options.count) == ("draw", "red", 3)
    assert capsys.readouterr() == ("", "")
