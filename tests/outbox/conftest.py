"""Real receivers for tests of the outbox."""

from collections.abc import Iterator

import pytest

from tests.outbox.sinks import HttpSink, MailSink, http_sink, mail_sink


@pytest.fixture
def http() -> Iterator[HttpSink]:
    """An HTTP server that remembers what it took."""
    with http_sink() as sink:
        yield sink


@pytest.fixture
def mail() -> Iterator[MailSink]:
    """A mail server that remembers what it took."""
    with mail_sink() as sink:
        yield sink
