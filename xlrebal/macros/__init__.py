"""Macro projects for Excel, built from VBA text: no Excel is needed to make a workbook with buttons."""
