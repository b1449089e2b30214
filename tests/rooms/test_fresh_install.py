"""An installation where nothing has happened yet: every page says what to do, none breaks."""

from typing import Any

import pytest
from django.test import Client

from firmground.places.models import Level, Place
from tests.cast import sign_in


@pytest.fixture
def client(cast: Any) -> Client:
    return sign_in(Client(headers={"accept-language": "en"}), cast.han)


@pytest.mark.parametrize("address", ["/", "/places/", "/findings/"])
def test_a_page_of_results_says_how_to_get_some(client, address):
    page = client.get(address)
    assert page.status_code == 200
    assert "firmground demo" in page.content.decode()


@pytest.mark.parametrize("address", ["/standards/", "/standards/food_assured/", "/help/", "/search/?q=Rongshui"])
def test_what_needs_no_result_is_there_all_the_same(client, address):
    assert client.get(address).status_code == 200


def test_a_place_without_registers_says_so(client):
    Place.objects.create(code="11", level=Level.PROVINCE, name_zh="北京市", name_en="Beijing")
    page = client.get("/places/11/").content.decode()
    assert "Beijing" in page
    assert "firmground demo" in page
