"""How a request body becomes data: strict JSON only."""

from collections.abc import Mapping
from typing import IO, Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser

from evaluation import strict_json


class StrictJSONParser(BaseParser):
    """Refuses what `evaluation.strict_json` refuses, with one sentence that says what is wrong."""

    media_type = "application/json"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        body = stream.read()
        try:
            return strict_json.loads(body) if body.strip() else {}
        except strict_json.BadJSON as error:
            raise ParseError(
                f"The body is {error}." if str(error).startswith("malformed") else f"JSON {error}."
            ) from error
