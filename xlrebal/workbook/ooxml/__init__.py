"""The lossless writer: an Office Open XML package in which only our own parts change.

``package`` copies every untouched zip entry as raw bytes; ``book`` knows sheets and tables; ``sheet``, ``table``,
``styles`` and ``chart`` each change one kind of part.
"""
