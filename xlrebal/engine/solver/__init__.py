"""The best whole-share plan: minimise sum((want - moved)^2 / target) under every account's cash.

``model`` states the programme, ``relax`` solves it in fractions, ``place`` rounds and improves it,
``prove`` searches the rest and bounds the distance to the optimum, ``solve`` puts them together.
Pure Python and free of dates, names and files; the same figures give the same answer on every machine.

Floats are added with ``math.fsum``: the built-in ``sum`` adds them in another way since Python 3.12, and a plan must
not depend on the version that works it out.
"""
