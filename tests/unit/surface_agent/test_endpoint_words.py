"""What is read out of an endpoint's words: when to come back, and why it could not be reached."""

from __future__ import annotations

import email.utils
import socket
import ssl
import time
from itertools import pairwise

import httpx2
import pytest

from foley_surface_agent.llm.endpoint_words import lost
from foley_surface_agent.llm.retry import retry_after_s


def test_retry_after_is_seconds_or_a_date():
    assert retry_after_s("1.5") == 1.5
    assert retry_after_s("soon") is None
    assert retry_after_s("") is None
    assert retry_after_s(email.utils.formatdate(time.time() + 30, usegmt=True)) == pytest.approx(
        30, abs=2
    )
    assert retry_after_s("Wed, 21 Oct 2015 07:28:00 GMT") == 0.0


@pytest.mark.parametrize(
    "absurd",
    [
        "-1",
        "1e3",
        "..",
        "Wed, 99 Oct 2015 07:28:00 GMT",
        "Wed, 21 Oct 2015 07:28:00 +99999999999999999999",
        "1 Jan 99999999999999999999 00:00:00",
        "\x00",
        "\u0663",
    ],
)
def test_a_retry_after_that_is_no_time_says_nothing(absurd: str):
    assert retry_after_s(absurd) is None


def caused(*chain: BaseException) -> BaseException:
    """The first of several failures, each caused by the next."""
    for error, cause in pairwise(chain):
        error.__cause__ = cause
    return chain[0]


def untrusted() -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError(1, "certificate verify failed")
    error.verify_message = "self-signed certificate\x1b[31m"
    return error


@pytest.mark.parametrize(
    ("why", "words"),
    [
        (
            untrusted(),
            "cannot be reached, as its certificate is not trusted: self-signed certificate [31m",
        ),
        (ssl.SSLError(1, "wrong version number"), "cannot be reached by TLS"),
        (socket.gaierror(-2, "Name or service not known"), "as nobody knows its host name"),
        (ConnectionRefusedError(111, "refused"), "as nothing listens there"),
        (httpx2.RemoteProtocolError("peer closed"), "broke off the connection"),
        (OSError(113, "No route to host"), "cannot be reached"),
    ],
)
def test_why_a_connection_failed_is_said(why: BaseException, words: str):
    assert words in lost(caused(RuntimeError("api"), RuntimeError("http"), why))


def test_a_ring_of_causes_has_an_end():
    one, other = RuntimeError("a"), RuntimeError("b")
    one.__cause__, other.__cause__ = other, one
    assert lost(one) == "cannot be reached"
