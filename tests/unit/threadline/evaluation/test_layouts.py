from __future__ import annotations

from pathlib import Path

import pytest

from schemas.errors import InvalidEvent
from threadline.evaluation.layouts import read_labelled, read_rows


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
    return path


def pairs(path: Path, *label: str) -> list[tuple[str, str]]:
    return [(row["text"], row["label"]) for row in read_labelled(path, label)]


def test_one_set_reads_the_same_in_every_form(tmp_path: Path) -> None:
    told = [("it is late, again", "negative"), ('she said "fine"', "positive")]
    csv = 'Label,Text\nnegative,"it is late, again"\npositive,"she said ""fine"""\n'
    tsv = 'id\tlabel\ttext\n1\tnegative\tit is late, again\n2\tpositive\tshe said "fine"\n'
    bare = '1\tnegative\tit is late, again\n2\tpositive\t"she said ""fine"""\n'
    lines = '{"text": "it is late, again", "sentiment": "negative"}\n' + (
        '{"text": "she said \\"fine\\"", "sentiment": "positive"}\n'
    )
    assert pairs(write(tmp_path / "a.csv", csv)) == told
    assert pairs(write(tmp_path / "a.tsv", tsv)) == told
    assert pairs(write(tmp_path / "b.tsv", bare)) == told
    assert pairs(write(tmp_path / "a.jsonl", lines), "sentiment") == told
    as_list = "[" + lines.strip().replace("\n", ",") + "]"
    assert pairs(write(tmp_path / "a.json", as_list), "sentiment") == told


def test_paired_files_prefer_test_and_name_labels_by_the_mapping(tmp_path: Path) -> None:
    write(tmp_path / "train_text.txt", "old\n")
    write(tmp_path / "train_labels.txt", "0\n")
    write(tmp_path / "test_text.txt", "so\u2028good\nso bad\n")
    write(tmp_path / "test_labels.txt", "1\n0\n")
    write(tmp_path / "mapping.txt", "0\tnegative\n1\tpositive\n")
    assert pairs(tmp_path) == [("so\u2028good", "positive"), ("so bad", "negative")]


def test_a_folder_of_tables_is_one_set(tmp_path: Path) -> None:
    write(tmp_path / "b.csv", "text,label\ntwo,y\n")
    write(tmp_path / "a.csv", "text,label\none,x\n")
    assert pairs(tmp_path) == [("one", "x"), ("two", "y")]


def test_the_name_that_stands_first_wins_over_the_usual_ones(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "text,category,is_complaint\nwhy?,sport,1\n")
    assert pairs(path, "is_complaint") == [("why?", "1")]


@pytest.mark.parametrize(
    ("name", "text", "reason", "message"),
    [
        ("a.csv", "text,mood\nhi,1\n", "missing_field", "no column for label"),
        ("a.csv", "text,label\nhi,\n", "invalid_field", r"a\.csv: no label \(line 2\) at label"),
        ("a.jsonl", '{"text": "x", "label": "y"}\n{', "invalid_json", r"not JSON.*\(line 2\)"),
        ("a.jsonl", "[1]\n", "invalid_field", r"not an object \(line 1\)"),
        ("a.json", "{}", "invalid_field", "not a list"),
        ("b.tsv", "1\tnegative\n", "invalid_field", r"2 columns.*\(line 1\)"),
        ("a.csv", "text,label\n", "empty_file", "there is nothing in it"),
    ],
)
def test_an_error_names_the_file_the_line_and_the_field(
    tmp_path: Path, name: str, text: str, reason: str, message: str
) -> None:
    with pytest.raises(InvalidEvent, match=message) as caught:
        pairs(write(tmp_path / name, text))
    assert caught.value.reason == reason
    assert name in str(caught.value)


def test_what_is_not_utf8_or_not_there_or_no_table_is_said(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"text,label\n\xff,1\n")
    with pytest.raises(InvalidEvent, match="not UTF-8 at byte 11"):
        pairs(tmp_path / "a.csv")
    with pytest.raises(InvalidEvent, match="no such file"):
        pairs(tmp_path / "gone")
    (tmp_path / "empty").mkdir()
    with pytest.raises(InvalidEvent, match="no table"):
        pairs(tmp_path / "empty")


def test_labels_that_do_not_fit_their_texts_are_refused(tmp_path: Path) -> None:
    write(tmp_path / "val_text.txt", "one\ntwo\n")
    write(tmp_path / "val_labels.txt", "0\n")
    with pytest.raises(InvalidEvent, match=r"1 labels for 2 texts in val_text\.txt"):
        pairs(tmp_path)


def test_other_columns_come_along_under_their_own_names(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "Text,Label,Brand\nbye,1,salt\n")
    (row,) = read_labelled(path)
    assert row["brand"] == "salt"
    assert row.id == "a.csv:2"
    (row,) = read_rows(path, {"target": ("brand",)}, needed=("target",))
    assert row["target"] == "salt"
