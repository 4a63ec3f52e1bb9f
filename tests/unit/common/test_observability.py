"""Logs, request ids, metrics."""

from __future__ import annotations

import io
import json
import logging
import sys

import pytest
from prometheus_client import CollectorRegistry
from pydantic import SecretStr

from foley_common.observability import (
    adopt_request_id,
    configure_logging,
    current_request_id,
    get_logger,
    metrics,
    new_request_id,
    request_id_scope,
)


@pytest.fixture
def log_lines(capsys):
    """Configures logging and gives back what was logged, line by line."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level

    def configure(level: str = "info", fmt: str = "json"):
        configure_logging("echo", level, fmt)

        def lines() -> list[str]:
            return capsys.readouterr().err.splitlines()

        return lines

    yield configure
    root.handlers[:] = handlers
    root.setLevel(level)


def test_one_json_object_a_line_event_first_with_service_and_request_id(log_lines):
    lines = log_lines()
    with request_id_scope("r-1"):
        get_logger().info("footsteps_found", footstep_count=42, key=SecretStr("hidden"))
    get_logger().info("idle")
    first, second = (json.loads(line) for line in lines())
    assert next(iter(first)) == "event"
    assert (first["event"], first["footstep_count"], first["service"]) == (
        "footsteps_found",
        42,
        "echo",
    )
    assert (first["level"], first["request_id"]) == ("info", "r-1")
    assert first["timestamp"].endswith("Z")
    assert "hidden" not in json.dumps(first)
    assert "request_id" not in second


def test_who_closes_a_stderr_of_its_own_does_not_end_the_log(log_lines, monkeypatch):
    borrowed = io.StringIO()
    with monkeypatch.context() as during:
        during.setattr(sys, "stderr", borrowed)
        lines = log_lines()
        get_logger().info("within")
        assert json.loads(borrowed.getvalue())["event"] == "within"
        borrowed.close()
    get_logger().info("after")
    assert [json.loads(line)["event"] for line in lines()] == ["after"]


def test_libraries_log_in_the_same_form(log_lines):
    lines = log_lines()
    with request_id_scope("r-2"):
        logging.getLogger("some.library").warning("about %s", "that")
    (line,) = lines()
    assert json.loads(line) | {"timestamp": ""} == {
        "event": "about that",
        "request_id": "r-2",
        "service": "echo",
        "level": "warning",
        "timestamp": "",
    }


def test_levels_are_honoured(log_lines):
    lines = log_lines("warning")
    get_logger().info("no")
    logging.getLogger("some.library").info("no")
    get_logger().warning("yes")
    assert [json.loads(line)["event"] for line in lines()] == ["yes"]


def test_traces_are_structured_and_hold_no_variables(log_lines):
    lines = log_lines()
    password = "swordfish"
    try:
        int(password[:0] or "broken")
    except ValueError:
        get_logger().exception("failed")
    (line,) = lines()
    assert "broken" in json.loads(line)["exception"][0]["exc_value"]
    assert password not in line


def test_console_form_is_for_people(log_lines):
    lines = log_lines(fmt="console")
    get_logger().info("ready", port=5)
    (line,) = lines()
    assert "ready" in line
    assert "port=5" in line


@pytest.mark.parametrize("offered", [None, "", "a b", 'x"y', "x" * 129, "a\nb", "ü", "ok\n"])
def test_illegal_request_ids_are_replaced(offered):
    with request_id_scope("before"):
        chosen = adopt_request_id(offered)
        assert chosen == current_request_id() != offered
        assert len(chosen) == 32


def test_request_ids_come_and_go():
    assert new_request_id() != new_request_id()
    before = current_request_id()
    with request_id_scope("outer:1") as outer:
        with request_id_scope() as inner:
            assert current_request_id() == inner != outer
        assert current_request_id() == outer == "outer:1"
    assert current_request_id() == before


def test_metrics_are_made_once_per_registry():
    registry = CollectorRegistry()
    first = metrics.gauge("foley_echo_things", "Things.", registry=registry)
    assert metrics.gauge("foley_echo_things", "Things.", registry=registry) is first
    other = CollectorRegistry()
    assert metrics.gauge("foley_echo_things", "Things.", registry=other) is not first
    histogram = metrics.seconds_histogram("foley_echo_seconds", "Seconds.", ("code",), registry)
    histogram.labels("OK").observe(0.2)
    assert registry.get_sample_value("foley_echo_seconds_bucket", {"code": "OK", "le": "0.25"}) == 1
