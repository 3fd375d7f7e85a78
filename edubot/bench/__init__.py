"""`manage.py bench`: every promise about speed, measured with real processes on a database of its own.

`table.py` names the rows; each has a module in `rows/` with one function that takes a `Bench` and returns figures.
`service.py` starts web, worker and the bare reference, `load.py` plays the callers, `graph.py` stands in for the Graph
API, `cost.py` counts what a turn costs, `flame.py` draws where time goes, `report.py` writes down what came out.
Everything listens on loopback; every load is bounded in count and time.
"""
