"""Hands our moments to tea-tasting, which the numbers of these tests are held against."""

from itertools import combinations
from typing import Any

import tea_tasting as tt
from tea_tasting.aggr import Aggregates

from experiments.stats.moments import Moments


def aggregates(moments: Moments, names: str = "yd") -> Aggregates:
    """One letter per column, as tea-tasting names its columns."""
    places = dict(enumerate(names[: moments.mean.size]))
    covariance = moments.covariance
    return Aggregates(
        count_=moments.n,
        mean_={name: float(moments.mean[i]) for i, name in places.items()},
        var_={name: float(covariance[i, i]) for i, name in places.items()},
        cov_={(places[i], places[j]): float(covariance[i, j]) for i, j in combinations(places, 2)},
    )


def judged(control: Moments, treatment: Moments, metric: Any, names: str = "yd") -> Any:
    """What tea-tasting says of one metric."""
    arms = {0: aggregates(control, names), 1: aggregates(treatment, names)}
    return tt.Experiment({"metric": metric}).analyze(arms, control=0)["metric"]
