"""The vocabulary: frozen values with units. Imports nothing else of xlrebal.

Glossary
    household   all accounts judged against one set of targets
    account     holdings and cash under one tax treatment, with one broker
    holding     one asset in one account
    lot         units of an asset bought on one date at one unit cost
    target      wanted weight of an asset; all targets add up to 1
    band        weights between which an asset is left alone
    drift       current weight minus target; positive is overweight
    order       a buy or a sell, in one account, with its reason
    skip        an asset off target that was not traded, with its reason
    plan        everything one run works out

Units
    Weights, drifts and rates are fractions (0.05 is 5 percentage points). Money is a ``Decimal`` in
    the currency its name says; ``..._base`` is in the household's base currency, whole in its minor unit.
"""
