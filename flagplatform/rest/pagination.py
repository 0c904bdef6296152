"""How every list is cut into pages: `{"data": […], "pagination": {page, page_size, total, total_pages}}`."""

from typing import Any

from rest_framework.exceptions import ValidationError
from rest_framework.pagination import PageNumberPagination
from rest_framework.request import Request
from rest_framework.response import Response

MAX_PAGE_SIZE = 100


class Pages(PageNumberPagination):
    """`page` from 1, `page_size` (or `pageSize`) 1 to 100. A page past the end is empty."""

    page_size_query_param = "page_size"
    max_page_size = MAX_PAGE_SIZE

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        self.number = _whole(request, "page", default=1, largest=1_000_000)
        given = "pageSize" if "pageSize" in request.query_params else "page_size"
        self.size = _whole(request, given, default=self.page_size or 20, largest=MAX_PAGE_SIZE)
        self.total = queryset.count()
        start = (self.number - 1) * self.size
        return list(queryset[start : start + self.size])

    def get_paginated_response(self, data: Any) -> Response:
        return Response({"data": data, "pagination": self.figures()})

    def figures(self) -> dict[str, int]:
        pages = -(-self.total // self.size)
        return {"page": self.number, "page_size": self.size, "total": self.total, "total_pages": pages}

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        figures = {name: {"type": "integer"} for name in ("page", "page_size", "total", "total_pages")}
        return {
            "type": "object",
            "required": ["data", "pagination"],
            "properties": {"data": schema, "pagination": {"type": "object", "properties": figures}},
        }


def _whole(request: Request, name: str, *, default: int, largest: int) -> int:
    given = request.query_params.get(name)
    if given is None:
        return default
    if not (given.isascii() and given.isdigit() and 1 <= int(given[:9]) <= largest):
        raise ValidationError({name: [f"Give a whole number from 1 to {largest:,}."]})
    return int(given)
