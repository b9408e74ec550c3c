"""The workbook contract as data: sheets, headers, settings and result columns."""
