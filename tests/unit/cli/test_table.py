import pytest

from crackscope.cli.table import text_table


def test_numbers_stand_flush_right_and_text_flush_left():
    assert text_table(["set", "F1"], [["deepcrack", 0.86], ["uav", 10]]) == (
        "set          F1\n"
        "---------  ----\n"
        "deepcrack  0.86\n"
        "uav          10"
    )  # fmt: skip


def test_named_columns_stand_flush_right():
    assert text_table(["size"], [["1 kB"], ["100 kB"]], right=["size"]).splitlines()[2] == "  1 kB"


def test_unknown_cell_is_a_dash():
    assert text_table(["a", "b"], [["x", None]]).splitlines()[-1] == "x  –"


def test_wide_and_combining_characters_keep_columns_aligned():
    lines = text_table(["photo", "n"], [["橋", 1], ["u\u0308", 2], ["ab", 3]]).splitlines()
    assert lines[2:] == ["橋     1", "u\u0308      2", "ab     3"]


def test_line_feeds_in_a_cell_do_not_break_the_row():
    assert text_table(["a"], [["x\ny"]]).splitlines()[-1] == "x y"


def test_row_of_another_length_is_refused():
    with pytest.raises(ValueError, match="2 cells"):
        text_table(["a", "b"], [["x"]])


def test_table_without_rows_is_its_header():
    assert text_table(["a", "bc"], []) == "a  bc\n-  --"
