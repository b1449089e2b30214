"""Every word of the pages is there in Chinese."""

import re

from firmground.web.messages import translatable, translations, untranslated

GAPS = re.compile(r"%\(\w+\)s")


def test_every_translatable_string_has_a_chinese_translation():
    assert untranslated() == [], "write it in locale/zh_Hans after: python -m firmground.web.messages"


def test_strings_are_found_in_templates_and_in_code():
    found = {message.id for message in translatable()}
    assert {"The listed counties", "Enter a new value", ("%(rows)s finding", "%(rows)s findings")} <= found


def test_no_translation_is_kept_for_a_string_that_is_gone():
    wanted = translatable()
    gone = [message.id for message in translations() if message.id and wanted.get(message.id, message.context) is None]
    assert gone == []


def test_a_translation_fills_the_same_gaps():
    for message in translations():
        if message.id:
            english = message.id[-1] if isinstance(message.id, tuple) else message.id
            chinese = message.string[0] if isinstance(message.string, tuple) else message.string
            assert set(GAPS.findall(chinese)) == set(GAPS.findall(english)), english
