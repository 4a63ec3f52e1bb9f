"""Errors over REST: one form for all of them, and nothing of the inside for those nobody planned."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from foley_common.errors import FieldViolation, FoleyError, InvalidField
from foley_common.observability import current_request_id, get_logger
from foley_common.rpc.errors import HTTP_STATUS, INTERNAL_MESSAGE, STATUS_CODE

_REASON_OF_STATUS = {
    403: "CROSS_ORIGIN",
    404: "NOT_FOUND",
    405: "METHOD_NOT_ALLOWED",
    421: "OTHER_HOST",
}
_CODE_OF_STATUS = {
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    405: "UNIMPLEMENTED",
    421: "PERMISSION_DENIED",
}


def error_json(error: FoleyError) -> dict[str, Any]:
    """The body of an answer that is an error."""
    body: dict[str, Any] = {
        "code": STATUS_CODE[error.reason].name,
        "reason": error.reason,
        "message": error.message,
        "metadata": dict(error.metadata),
        "request_id": current_request_id(),
    }
    if isinstance(error, InvalidField):
        body["field_violations"] = [
            {"field": violation.field, "problem": violation.problem}
            for violation in error.violations
        ]
    return {"error": body}


def error_response(error: FoleyError) -> JSONResponse:
    """The answer that is an error."""
    headers = {}
    if error.retry_after_s is not None:
        headers["Retry-After"] = str(max(1, round(error.retry_after_s)))
    return JSONResponse(error_json(error), status_code=HTTP_STATUS[error.reason], headers=headers)


def unplanned_response(error: Exception) -> JSONResponse:
    """Log an error that nobody planned; its answer holds the request id only."""
    get_logger().error("unplanned_error", error=type(error).__name__, exc_info=error)
    return error_response(FoleyError(INTERNAL_MESSAGE, request_id=current_request_id()))


def _violation_of(item: dict[str, Any]) -> FieldViolation:
    if item["type"] == "json_invalid":
        why, position = item.get("ctx", {}).get("error", ""), item["loc"][-1]
        return FieldViolation("body", f"is no JSON: {why} at character {position}")
    return FieldViolation(".".join(str(part) for part in item["loc"][1:]) or "body", item["msg"])


def add_error_handlers(app: FastAPI) -> None:
    """Make every error leave in our form."""

    @app.exception_handler(FoleyError)
    async def _planned(_request: Request, error: FoleyError) -> JSONResponse:
        return error_response(error)

    @app.exception_handler(RequestValidationError)
    async def _malformed(_request: Request, error: RequestValidationError) -> JSONResponse:
        return error_response(InvalidField([_violation_of(item) for item in error.errors()]))

    @app.exception_handler(HTTPException)
    async def _of_the_framework(request: Request, error: HTTPException) -> JSONResponse:
        return framework_response(request.method, request.url.path, error)


def framework_response(method: str, path: str, error: HTTPException) -> JSONResponse:
    """The answer to a request that reaches no route of ours, or may not."""
    reason = _REASON_OF_STATUS.get(error.status_code, "INVALID_FIELD")
    body = {
        "code": _CODE_OF_STATUS.get(error.status_code, "INVALID_ARGUMENT"),
        "reason": reason,
        "message": f"{method} {path}: {error.detail}",
        "metadata": {},
        "request_id": current_request_id(),
    }
    return JSONResponse({"error": body}, status_code=error.status_code, headers=error.headers)
