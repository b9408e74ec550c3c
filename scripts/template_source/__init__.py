"""Layout of the templates, sheet by sheet; the figures are in the YAML files beside it."""
