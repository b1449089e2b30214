"""A file handed in through the page: queued, loaded outside the request, and answered for."""

import uuid
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client
from procrastinate.contrib.django.models import ProcrastinateJob

from firmground.officers.machine import machine
from firmground.registry import actions, views
from firmground.registry.models import Household, Upload
from tests.rooms.registry.conftest import HOUSEHOLDS, MUGUJIA, OLD_LI, SHANGPA, csv_file

BAD = [*HOUSEHOLDS, [f"{SHANGPA}00002", SHANGPA, "李小妹", "富裕户"]]


@pytest.fixture(autouse=True)
def home(settings: Any, tmp_path: Path) -> Path:
    settings.FIRMGROUND_HOME = tmp_path / "home"
    return tmp_path / "home"


def hand_in(client: Client, tmp_path: Path, rows: list[list[str]], **fields: str) -> Upload:
    file = csv_file(tmp_path / "户.csv", rows)
    answer = client.post("/loads/", {"file": SimpleUploadedFile(file.name, file.read_bytes()), **fields})
    assert answer.status_code == 302
    upload = Upload.objects.latest("at")
    assert answer["Location"] == f"/loads/{upload.pk}/"
    return upload


def test_a_file_waits_its_turn_and_is_taken(client: Client, country: None, tmp_path: Path) -> None:
    upload = hand_in(client, tmp_path, HOUSEHOLDS)
    waiting = client.get(f"/loads/{upload.pk}/").content.decode()
    assert "Waiting its turn" in waiting
    assert '<meta http-equiv="refresh"' in waiting
    (job,) = ProcrastinateJob.objects.filter(queue_name="loads").values("task_name", "args", "queue_name")
    assert job == {
        "task_name": "firmground.registry.tasks.load_upload", "args": {"upload": str(upload.pk)}, "queue_name": "loads",
    }  # fmt: skip
    actions.carry_out(upload=upload.pk)
    done = client.get(f"/loads/{upload.pk}/").content.decode()
    assert "Taken" in done
    assert "refresh" not in done
    assert Household.objects.count() == 3


def test_a_refused_file_says_which_rows_and_why_and_hands_them_back(
    client: Client, country: None, tmp_path: Path
) -> None:
    upload = hand_in(client, tmp_path, BAD)
    actions.carry_out(upload=upload.pk)
    page = client.get(f"/loads/{upload.pk}/").content.decode()
    assert "Not taken" in page
    assert "&#x27;富裕户&#x27; is not one of" in page
    answer = client.get(f"/loads/{upload.pk}/refused/")
    assert "attachment" in answer["Content-Disposition"]
    assert "富裕户" in b"".join(answer).decode("utf-8-sig")
    assert not Household.objects.exists()


def test_the_good_rows_may_be_taken_afterwards(client: Client, country: None, tmp_path: Path) -> None:
    upload = hand_in(client, tmp_path, BAD)
    actions.carry_out(upload=upload.pk)
    assert client.post(f"/loads/{upload.pk}/accept-good/").status_code == 302
    actions.carry_out(upload=upload.pk)
    assert Household.objects.count() == 3
    assert Upload.objects.get().status == "done"


def test_columns_may_be_left_out(client: Client, country: None, tmp_path: Path) -> None:
    rows = [[*HOUSEHOLDS[0], "星座"], [*HOUSEHOLDS[1], "白羊"]]
    upload = hand_in(client, tmp_path, rows)
    actions.carry_out(upload=upload.pk)
    assert "has no such columns" in client.get(f"/loads/{upload.pk}/").content.decode()
    upload = hand_in(client, tmp_path, rows, ignore_columns="星座\n")
    actions.carry_out(upload=upload.pk)
    assert Upload.objects.get(pk=upload.pk).status == "done"


def test_without_a_file_the_page_says_so(client: Client, db: None) -> None:
    answer = client.post("/loads/", {})
    assert answer.status_code == 400
    assert "Choose a file first." in answer.content.decode()


def test_a_file_that_is_too_large_is_refused(client: Client, db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "LARGEST_UPLOAD", 1000)
    answer = client.post("/loads/", {"file": SimpleUploadedFile("h.csv", b"x" * 2000)})
    assert answer.status_code == 400
    assert not Upload.objects.exists()


@pytest.mark.parametrize("name", ["../../etc/passwd", "..", ".hidden", "a/b\\c.csv", "名单；rm -rf.csv", "x" * 300])
def test_a_files_name_leads_nowhere(home: Path, db: None, name: str) -> None:
    upload = actions.hand_in(name=name, content=[b"x"], by=machine())
    assert (home / upload.path).resolve().is_relative_to(home / "uploads" / str(upload.pk))
    assert (home / upload.path).read_bytes() == b"x"


def test_a_fault_of_ours_is_told_and_nothing_of_the_rows_with_it(
    client: Client, country: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = hand_in(client, tmp_path, HOUSEHOLDS)

    def fail(**_: object) -> None:
        raise ValueError("扎西 is in this text")

    monkeypatch.setattr(actions, "load", fail)
    with pytest.raises(RuntimeError) as told:
        actions.carry_out(upload=upload.pk)
    assert "扎西" not in str(told.value)
    assert "Failed through a fault of ours" in client.get(f"/loads/{upload.pk}/").content.decode()


def test_a_load_that_was_cut_short_is_taken_up_again(client: Client, country: None, tmp_path: Path) -> None:
    upload = hand_in(client, tmp_path, HOUSEHOLDS)
    Upload.objects.update(status="running")
    assert actions.take_up_again() == 1
    actions.carry_out(upload=upload.pk)
    assert actions.take_up_again() == 0


@pytest.mark.django_db(transaction=True)
def test_the_worker_loads_what_is_queued(client: Client, tmp_path: Path) -> None:
    from firmground.places import actions as places
    from tests.rooms.registry.conftest import COUNTRY

    file = tmp_path / "places.csv"
    file.write_text(COUNTRY, encoding="utf-8")
    places.load(file=file, by=machine())
    upload = hand_in(client, tmp_path, [HOUSEHOLDS[0], [OLD_LI, MUGUJIA, "李老四", "脱贫户"]])
    call_command("procrastinate", "worker", "--one-shot", verbosity=0)
    assert Upload.objects.get(pk=upload.pk).status == "done"
    assert Household.objects.get().household_id == OLD_LI


@pytest.mark.parametrize("address", ["", "accept-good/", "refused/"])
def test_a_number_that_nobody_was_given_leads_nowhere(client: Client, db: None, address: str) -> None:
    number = uuid.uuid4()
    send = client.post if address == "accept-good/" else client.get
    assert send(f"/loads/{number}/{address}").status_code == 404
