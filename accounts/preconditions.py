"""The header with which a caller says which version they edit, for the API's description."""

from drf_spectacular.utils import OpenApiParameter

IF_MATCH = OpenApiParameter("If-Match", str, OpenApiParameter.HEADER, description="The ETag that was read.")
