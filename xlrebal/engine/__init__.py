"""The rules, pure: no files, no clock, no spreadsheet. Start reading at ``plan.make_plan``."""
