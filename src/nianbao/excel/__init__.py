"""The only door to spreadsheets: cells from bytes, returns from cells, workbooks from figures."""
