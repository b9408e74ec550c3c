"""Exit statuses of the contract."""

DONE, DEFECT, DUE, USAGE, WRONG_INPUT, FILE_TROUBLE = 0, 1, 10, 2, 3, 4
