"""The words and the build: every key of the sources in both languages, no host in the lock file."""

import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from service.web.build import LANGUAGES, WORDS, words_of

SOURCES = Path(WORDS).parent / "src"
TEXT = r"'((?:[^'\\]|\\.)*)'"
ONE = re.compile(rf"\bt\(\s*{TEXT}")
MANY = re.compile(rf"\btn\(\s*{TEXT},\s*{TEXT}")
ANY_CALL = re.compile(r"\btn?\((?!\s*')")
PLACEHOLDER = re.compile(r"\{\w+\}")


def catalogue(language: str) -> Catalog:
    with (WORDS / language / "LC_MESSAGES" / "circle15.po").open("rb") as file:
        return read_po(file, locale=language)


def sources() -> list[tuple[Path, str]]:
    found = [path for path in SOURCES.rglob("*") if path.suffix in {".ts", ".svelte"}]
    assert len(found) > 20
    return [(path, path.read_text(encoding="utf-8")) for path in found]


def keys_used() -> dict[str, str | None]:
    keys: dict[str, str | None] = {}
    for _, text in sources():
        keys.update(dict.fromkeys(ONE.findall(text)))
        keys.update(MANY.findall(text))
    return keys


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_of_the_pages_stands_in_the_catalogue(language: str) -> None:
    words = words_of(catalogue(language))
    assert sorted(keys_used().keys() - words.keys()) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_catalogue_has_no_word_that_nobody_says(language: str) -> None:
    assert sorted(words_of(catalogue(language)).keys() - keys_used().keys()) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_word_is_fuzzy_and_placeholders_are_the_same(language: str) -> None:
    for message in catalogue(language):
        if not message.id:
            continue
        assert not message.fuzzy, message.id
        key = message.id if isinstance(message.id, str) else message.id[0]
        texts = [message.string] if isinstance(message.string, str) else message.string
        for text in texts or ():
            assert set(PLACEHOLDER.findall(text)) == set(PLACEHOLDER.findall(key)), key


def test_keys_are_written_out_so_that_they_can_be_found() -> None:
    hidden = [
        f"{path.name}: {line.strip()}"
        for path, text in sources()
        for line in text.splitlines()
        if ANY_CALL.search(line)
        and "export function" not in line
        and not line.rstrip().endswith("(")
    ]
    assert hidden == []


def test_counted_words_have_every_plural_form() -> None:
    english = words_of(catalogue("en"))
    for one, many in keys_used().items():
        if many is not None:
            assert english[one] == [one, many]


def test_the_lock_file_names_no_host() -> None:
    lock = (SOURCES.parent / "package-lock.json").read_text(encoding="utf-8")
    assert '"resolved"' not in lock
    assert "registry" not in lock
