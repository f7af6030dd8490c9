"""Reading, judging and writing data files. Pure: knows no tables, no requests and no tenants."""
