"""Data from outside: broker exports and prices, brought into one shape. Knows no workbook."""
