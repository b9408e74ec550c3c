"""The workbook contract: tables as plain data, parsing with cell addresses, results as a changeset."""
