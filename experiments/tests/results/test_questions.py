"""What a report answers is written down so that it can be read back exactly."""

import json
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from experiments.analysis.questions import MetricQuestion, Part, Question
from experiments.results.questions import question_from_json, question_to_json

AT = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
FILTER = ({"attribute": "country", "operator": "in", "value": ["DE", "FR"]},)


def test_question_comes_back_from_json_as_it_was() -> None:
    paid, seen = Part("paid", "sum", FILTER), Part("seen", "count")
    metrics = (
        MetricQuestion("revenue", "mean", paid, lookback=timedelta(hours=36), cap=0.99),
        MetricQuestion("per-view", "ratio", paid, denominator=seen, delay=timedelta(minutes=90)),
        MetricQuestion("slow", "quantile", paid, quantile=0.9),
    )
    asked = Question(uuid4(), "button", None, ("a", "b"), AT, AT, AT, metrics=metrics, dimensions=("country",))
    written = json.loads(json.dumps(question_to_json(asked)))
    assert question_from_json(written) == asked
    assert question_to_json(asked) == written
