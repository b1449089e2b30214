"""What a reader is told when a page breaks, or a form comes too late."""

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db


def test_a_page_that_breaks_says_so_in_both_languages_and_tells_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise RuntimeError("户主姓名")

    monkeypatch.setattr("firmground.web.pages.board.Now.read", lambda eyes: broken())
    answer = Client(raise_request_exception=False).get("/")
    page = answer.content.decode()
    assert answer.status_code == 500
    assert "A fault of ours" in page
    assert "系统出错" in page
    assert "户主姓名" not in page
    assert "Traceback" not in page


@pytest.mark.parametrize(("language", "said"), [("en", "Nothing was changed"), ("zh-hans", "数据没有改动")])
def test_a_form_that_comes_too_late_is_asked_for_again(language: str, said: str) -> None:
    late = Client(enforce_csrf_checks=True, headers={"accept-language": language})
    answer = late.post("/public/apply/", {"name": "何某"})
    assert answer.status_code == 403
    assert said in answer.content.decode()
