"""The REST doors of results: the newest report, older ones, files to keep, and the wish for a new one."""

from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.generics import GenericAPIView
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.authentication import caller
from accounts.errors import Impossible
from accounts.named_places import asked_of
from experiments.models import AnalysisJob, Experiment, Report
from experiments.places import experiment_in
from experiments.results import exporting
from experiments.results.freshness import is_current
from experiments.results.jobs import ask_for_report, latest_job
from experiments.results.making import asked_now
from experiments.results.queries import find_report, list_reports, newest_report
from experiments.results.serializers import (
    JobSerializer,
    ReportSerializer,
    ResultsQuery,
    ResultsSerializer,
    WaitingSerializer,
    results_in_json,
)
from experiments.results.waiting import is_over, wait_for
from flags.serializers import PlaceQuery

_RETRY_AFTER = "2"  # seconds
_FILES = {"csv": (exporting.as_csv, "text/csv; charset=utf-8"), "json": (exporting.as_json, "application/json")}


class AnalysisFailed(Impossible):
    """There is no report, and computing the first one failed; the message says why."""

    code = "analysis_failed"


class _JSON(DefaultContentNegotiation):
    """Refusals are JSON whatever `format` asks for; it names a file here, not a renderer."""

    def filter_renderers(self, renderers: Any, format: str) -> Any:
        return renderers


class ResultsView(APIView):
    """What an experiment has found out so far."""

    content_negotiation_class = _JSON

    @extend_schema(
        parameters=[ResultsQuery],
        responses={
            (200, "application/json"): ResultsSerializer,
            (200, "text/csv"): OpenApiTypes.STR,
            202: OpenApiResponse(WaitingSerializer, "They are being computed; ask again after Retry-After."),
        },
    )
    def get(self, request: Request, key: str) -> Response | HttpResponse:
        """The newest report. Where there is none, or with `refresh`, one is asked for and waited for."""
        query = ResultsQuery(data=asked_of(request))
        query.is_valid(raise_exception=True)
        asked, experiment = query.validated_data, experiment_in(request, key)
        if "report" in asked:
            return _answer(find_report(experiment, asked["report"]), asked)
        job, report = None, newest_report(experiment)
        if report is None or asked["refresh"]:
            job = ask_for_report(experiment, by=caller(request), now=timezone.now())
            wait_for(job, seconds=asked["wait"])
            report = newest_report(experiment)
        if job is not None and not is_over(job):
            return _accepted(job)
        if report is None:
            raise AnalysisFailed(job.error if job else "")
        return _answer(report, asked)


class RefreshView(APIView):
    """The wish for new results."""

    @extend_schema(request=None, parameters=[PlaceQuery], responses={202: WaitingSerializer})
    def post(self, request: Request, key: str) -> Response:
        """Answered at once with the job that computes them; asked for while one is under way, it is that one."""
        return _accepted(ask_for_report(experiment_in(request, key), by=caller(request), now=timezone.now()))


class ReportsView(GenericAPIView[Report]):
    """The reports of an experiment that are kept, the newest first: the last 100, before them one a day."""

    queryset = Report.objects.none()
    serializer_class = ReportSerializer

    @extend_schema(parameters=[PlaceQuery], responses=ReportSerializer(many=True))
    def get(self, request: Request, key: str) -> Response:
        page = self.paginate_queryset(list_reports(experiment_in(request, key))) or []
        return self.get_paginated_response(ReportSerializer(page, many=True).data)


def _accepted(job: AnalysisJob) -> Response:
    return Response({"job": JobSerializer(job).data}, status=202, headers={"Retry-After": _RETRY_AFTER})


def _answer(report: Report, asked: dict[str, Any]) -> Response | HttpResponse:
    if "format" in asked:
        written, content_type = _FILES[asked["format"]]
        name = exporting.file_name(report, asked["format"])
        disposition = {"Content-Disposition": f'attachment; filename="{name}"'}
        return HttpResponse(written(report), content_type=content_type, headers=disposition)
    experiment = report.experiment
    is_newest = newest_report(experiment) == report
    is_now = is_newest and is_current(report, asked_now(experiment, timezone.now()))
    return Response(results_in_json(report, is_current=is_now, job=_job_after(report, experiment)))


def _job_after(report: Report, experiment: Experiment) -> AnalysisJob | None:
    """What has become of the latest wish, unless it is this report or an older one."""
    job = latest_job(experiment)
    if job is None or job.status == AnalysisJob.Status.DONE or (job.ended_at and job.ended_at < report.made_at):
        return None
    return job
