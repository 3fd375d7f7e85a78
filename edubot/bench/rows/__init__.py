"""One module per kind of promise; each function measures one row of `table.ROWS`."""
