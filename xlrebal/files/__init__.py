"""Workbooks as files: new from a template, a copy to share, buttons bound to this computer."""
