"""The figures the team is steered by: each with its definition, its target, and the rows behind it.

`table` says what each figure is, and every use takes it from there: `measure` the value over a stretch of time,
`reports` the same by the day and the rows themselves, so that anybody can check one with the other. `totals` counts
what there is. All of them ask a fixed number of queries, whatever the tables hold.
"""

from support.figures.measure import Value, measure, measure_lately
from support.figures.reports import REPORTS, Day, Report, days, rows, whole
from support.figures.table import BY_NAME, FIGURES, Figure
from support.figures.totals import totals

__all__ = [
    "BY_NAME",
    "FIGURES",
    "REPORTS",
    "Day",
    "Figure",
    "Report",
    "Value",
    "days",
    "measure",
    "measure_lately",
    "rows",
    "totals",
    "whole",
]
