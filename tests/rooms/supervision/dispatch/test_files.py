"""The dispatch sheet as a file: given out empty, filled in by a clerk, handed in; wrong rows come back with reasons."""

import io
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from python_calamine import CalamineWorkbook

from firmground.common.errors import Refusal
from firmground.officers.models import Office
from firmground.officers.territory import EVERYWHERE, seeing
from firmground.registry.load.tabular import write_refused
from firmground.supervision.dispatch import files, queries
from firmground.supervision.dispatch.models import Cell
from tests.cast import WANGMO, ZHENXIONG, sign_in
from tests.rooms.supervision.exits.conftest import on
from tests.villages import settle

pytestmark = pytest.mark.django_db(transaction=True)
MONDAY, SUNDAY = date(2020, 4, 20), date(2020, 4, 26)


@pytest.fixture
def counties(cast: SimpleNamespace, tmp_path: Path) -> SimpleNamespace:
    with seeing(EVERYWHERE), on("2020-03-01"):
        settle(tmp_path)
    cast.folder = tmp_path
    return cast


def loaded(
    cast: SimpleNamespace, by: Office, text: str | bytes, name: str = "sheet.csv", why: str = ""
) -> files.Loaded:
    file = cast.folder / name
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    with on(str(SUNDAY)), seeing(by.officer):
        return files.load(file=file, by=by, why=why)


def said(by: Office) -> dict[str, Any]:
    with seeing(by.officer):
        cells = queries.sheet(ZHENXIONG, MONDAY, seen_by=by.reach)
    return {name: (int(cell.value), cell.base and int(cell.base), cell.version) for name, cell in cells.items()}


def test_an_empty_sheet_is_filled_in_and_goes_in_as_it_is(counties: SimpleNamespace) -> None:
    zhou = counties.zhou
    with on(str(SUNDAY)), seeing(zhou.officer):
        rows = CalamineWorkbook.from_filelike(io.BytesIO(files.empty([ZHENXIONG], [MONDAY], by=zhou)))
    headings, line = rows.get_sheet_by_index(0).to_python()
    assert (line[0], line[1], line[2]) == (ZHENXIONG, "镇雄县", MONDAY)
    filled = dict(zip(headings, line, strict=True))
    for heading in headings:
        if "公益岗位安置" in heading:
            filled[heading] = 1200
        if "Poor labour gone out to work" in heading:
            filled[heading] = 50_000 if "2019" in heading else 61_234
    whole = io.BytesIO()
    with xlsxwriter.Workbook(whole, {"default_date_format": "yyyy-mm-dd"}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, list(filled))
        sheet.write_row(1, 0, list(filled.values()))
    done = loaded(counties, zhou, whole.getvalue(), "sheet.xlsx")
    assert (done.rows, done.figures, done.refused, done.aside) == (1, 2, [], [])
    assert said(zhou) == {"labour_out": (61_234, 50_000, 1), "posts": (1200, None, 1)}
    again = loaded(counties, zhou, whole.getvalue(), "sheet.xlsx")
    assert (again.rows, again.figures) == (1, 0)
    with on(str(SUNDAY)), seeing(zhou.officer):  # what is handed in stands in the next sheet that is given out
        book = CalamineWorkbook.from_filelike(io.BytesIO(files.empty([ZHENXIONG], [MONDAY], by=zhou)))
    assert 61_234 in book.get_sheet_by_index(0).to_python()[1]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_headings_are_understood_in_either_language_and_encoding(counties: SimpleNamespace, encoding: str) -> None:
    text = "县代码,周,公益岗位安置贫困人口（人）,贫困劳动力外出务工,外出务工备注\n"
    text += f'{ZHENXIONG},2020-04-22,1200,"61,234",x\n'
    done = loaded(counties, counties.zhou, text.encode(encoding))
    assert (done.rows, done.aside) == (1, ["外出务工备注"])
    assert said(counties.zhou) == {"labour_out": (61_234, None, 1), "posts": (1200, None, 1)}


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (f"{WANGMO},2020-04-20,1,2,", "No county of your territory"),
        ("530627,,1,2,", "No week is named"),
        ("530627,2020-04-27,1,2,", "a week that has begun"),
        ("530627,20-04-20,1,2,", "two digits"),
        ("530627,2020-04-20,many,2,", "posts: 'many' is no number"),
        ("530627,2020-04-20,-1,2,", "a number from 0"),
        ("530627,2020-04-20,1.001,2,", "two decimals"),
        ("530627,2020-04-20,1,2,", ""),
    ],
)
def test_a_wrong_row_comes_back_with_its_reason_and_keeps_no_other_out(
    counties: SimpleNamespace, row: str, reason: str
) -> None:
    text = f"county,week,posts,willing,why\n{row}\n530627,2020-04-13,7,8,\n"
    done = loaded(counties, counties.zhou, text)
    assert done.rows == (1 if reason else 2)
    if not reason:
        return
    (refused,) = done.refused
    assert refused.row == 2
    assert reason in refused.why
    back = write_refused(counties.folder / "sheet.csv", done.headings, done.refused, counties.folder)
    assert reason in back.read_text("utf-8-sig")
    headings, wrong = back.read_text("utf-8-sig").splitlines()
    mended = f"{headings}\n530627,2020-04-20,5,6,,{wrong.split(',', 5)[5]}\n"
    again = loaded(counties, counties.zhou, mended, "mended.csv")
    assert (again.rows, again.refused, again.aside) == (1, [], [])


def test_a_correction_says_why_in_its_row_or_for_the_whole_file(counties: SimpleNamespace) -> None:
    zhou, text = counties.zhou, "county,week,posts,why\n530627,2020-04-20,{},{}\n"
    loaded(counties, zhou, text.format(100, ""))
    (refused,) = loaded(counties, zhou, text.format(90, "")).refused
    assert "say why it changes" in refused.why
    assert loaded(counties, zhou, text.format(90, "counted twice")).figures == 1
    assert loaded(counties, zhou, text.format(80, ""), why="moved away").figures == 1
    with seeing(zhou.officer):
        told = [(row.version, row.reason) for row in Cell.objects.all()]
    assert told == [(1, ""), (2, "counted twice"), (3, "moved away")]


def test_a_file_without_known_headings_is_refused_with_what_to_do(counties: SimpleNamespace) -> None:
    with pytest.raises(Refusal, match="Download an empty sheet"):
        loaded(counties, counties.zhou, "name,age\nx,3\n")
    with pytest.raises(Refusal, match="about the same: posts"):
        loaded(counties, counties.zhou, "county,week,posts,公益岗位安置贫困人口\n530627,2020-04-20,1,2\n")


def test_a_past_day_shows_what_was_known_on_it(counties: SimpleNamespace, client: Client) -> None:
    zhou, text = counties.zhou, "county,week,posts,why\n530627,2020-04-20,{},{}\n"
    loaded(counties, zhou, text.format(111, ""))
    file = counties.folder / "late.csv"
    file.write_text(text.format(99, "counted twice"), encoding="utf-8")
    with on("2020-05-20"), seeing(zhou.officer):
        files.load(file=file, by=zhou)
    with on("2020-06-01"):
        page = sign_in(client, zhou)
        address = f"/supervision/dispatch/{ZHENXIONG}/?on=2020-05-01&lang=en"
        then, now = (page.get(address + more, follow=True).content.decode() for more in ("", "&known=now"))
        lines = page.get(address + "&export=csv", follow=True)
        assert b"".join(lines.streaming_content).count(b"111.00") == 1  # type: ignore[attr-defined]
        assert page.get(address + "&export=xlsx", follow=True)["Content-Type"].endswith("sheet")
    assert ">111<" in then
    assert ">99<" not in then
    assert ">99<" in now


def test_what_fell_is_told_as_it_was_known(counties: SimpleNamespace) -> None:
    """100 posts, then 10, corrected a month later to 100: on the day it looked like a fall."""
    zhou, text = counties.zhou, "county,week,posts,why\n530627,{},{},{}\n"
    loaded(counties, zhou, text.format("2020-04-13", 100, ""))
    loaded(counties, zhou, text.format("2020-04-20", 10, ""))
    file = counties.folder / "late.csv"
    file.write_text(text.format("2020-04-20", 100, "a nought was lost"), encoding="utf-8")
    with on("2020-05-20"), seeing(zhou.officer):
        files.load(file=file, by=zhou)
        assert queries.fallen(ZHENXIONG, MONDAY, seen_by=zhou.reach, known_on=SUNDAY) == ["posts"]
        assert queries.fallen(ZHENXIONG, MONDAY, seen_by=zhou.reach) == []


def test_a_clerk_hands_in_a_file_on_the_page(counties: SimpleNamespace, client: Client) -> None:
    with on(str(SUNDAY)):
        page = sign_in(client, counties.zhou)
        text = b"county,week,posts\n530627,2020-04-20,120\n522326,2020-04-20,5\n"
        answer = page.post("/supervision/dispatch/load/", {"file": SimpleUploadedFile("四月.csv", text)})
        told = answer.content.decode()
        assert answer.status_code == 200
        assert "1 row was taken" in told
        assert "No county of your territory" in told
        assert "refused.csv" in told
        assert page.post("/supervision/dispatch/load/", {}).status_code == 400
        empty = page.get(f"/supervision/dispatch/empty/{ZHENXIONG}?week=2020-04-20&weeks=4")
        assert len(CalamineWorkbook.from_filelike(io.BytesIO(empty.content)).get_sheet_by_index(0).to_python()) == 5
        assert page.get(f"/supervision/dispatch/empty/{WANGMO}").status_code == 404
        assert page.get("/supervision/dispatch/empty/").status_code == 404  # the nation is not this county's


def test_weeks_that_fewer_counties_reported_are_marked_in_the_chart(counties: SimpleNamespace, client: Client) -> None:
    for by, weeks in ((counties.zhou, ("2020-04-06", "2020-04-13", "2020-04-20")), (counties.peng, ("2020-04-20",))):
        rows = "".join(f"{by.territory},{week},100\n" for week in weeks)
        assert loaded(counties, by, f"county,week,posts\n{rows}").refused == []
    with on(str(SUNDAY)):
        page = sign_in(client, counties.han).get("/supervision/dispatch/?lang=en", follow=True).content.decode()
    assert page.count('fill="#fff" stroke="#17507c"') == 2
    assert "Empty ring: fewer counties reported" in page
