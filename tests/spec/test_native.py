"""Functions as machine code: what Python would answer, kept as files that are made once."""

import numpy as np
import pytest

from firmground.common.errors import Refusal
from firmground.engines.standards import native
from firmground.engines.standards.native import Code

DOUBLED = """
def doubled(values: Wholes, out: Wholes) -> bool:
    for row in range(len(values)):
        out[row] = choose(values[row] > 2, 2 * values[row], quotient(values[row], 3))
    return len(values) > 2
"""


@pytest.fixture(autouse=True)
def an_empty_folder(tmp_path, monkeypatch):
    monkeypatch.setattr(native, "FOLDER", tmp_path / "compiled")


def test_machine_code_answers_what_python_answers_and_is_made_once(tmp_path, monkeypatch):
    code = Code({"doubled": DOUBLED})
    assert not code.is_kept()
    values = np.array([1, 2, 3], np.int64)
    told = []
    for functions in (code.plain(), code.functions()):
        out = np.zeros(3, np.int64)
        told.append((bool(functions["doubled"](values, out)), out.tolist()))
    assert told == [(True, [3333333333, 6666666667, 6])] * 2
    again = Code({"doubled": DOUBLED})
    assert again.is_kept()
    monkeypatch.setattr(Code, "_compile", None)
    assert again.functions()["doubled"](values[:1].copy(), np.zeros(1, np.int64)) == 0


def test_only_a_function_whose_text_changed_is_compiled_again():
    before = Code({"doubled": DOUBLED, "ranked": ""})
    after = Code({"doubled": DOUBLED.replace("2 *", "4 *"), "ranked": ""})
    assert before._paths["ranked"] == after._paths["ranked"]
    assert before._paths["doubled"] != after._paths["doubled"]


def test_arrays_of_another_kind_are_refused_rather_than_misread():
    doubled = Code({"doubled": DOUBLED}).functions()["doubled"]
    for values in (np.zeros(3, np.int32), np.zeros((3, 1), np.int64), np.zeros(6, np.int64)[::2]):
        with pytest.raises(TypeError, match="values is"):
            doubled(values, np.zeros(3, np.int64))


def test_what_reaches_outside_itself_is_not_kept():
    with pytest.raises(RuntimeError, match="which is not in it"):
        Code({"reaching": "def reaching(of: int) -> int:\n    return len(str(of))\n"}).functions()


def test_where_nothing_can_be_kept_a_sentence_says_what_to_do(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setattr(native, "FOLDER", tmp_path / "file" / "compiled")
    with pytest.raises(Refusal, match="FIRMGROUND_HOME"):
        Code({"doubled": DOUBLED}).functions()
