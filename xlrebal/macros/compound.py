"""The container of a VBA project: a compound file of storages and streams. Source: [MS-CFB], version 3."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

_SECTOR, _MINI, _CUTOFF = 512, 64, 4096
_FREE, _END, _FAT, _NONE = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD, 0xFFFFFFFF
_STORAGE, _STREAM, _ROOT = 1, 2, 5
_MAGIC = bytes.fromhex("D0CF11E0A1B11AE1")
_IN_HEADER = 109

Tree = dict[str, "bytes | Tree"]


@dataclass
class _Entry:
    """One directory entry; links are numbers of other entries."""

    name: str
    kind: int
    data: bytes = b""
    left: int = _NONE
    right: int = _NONE
    child: int = _NONE
    start: int = 0
    size: int = 0

    def pack(self) -> bytes:
        name = self.name.encode("utf-16-le") + b"\0\0"
        black = 1
        head = name.ljust(64, b"\0") + struct.pack("<HBB", len(name), self.kind, black)
        return (
            head
            + struct.pack("<III", self.left, self.right, self.child)
            + bytes(36)
            + struct.pack("<IQ", self.start, self.size)
        )


@dataclass
class _Sectors:
    """Blocks of one size with the chains between them."""

    size: int
    chain: list[int] = field(default_factory=list)
    blocks: bytearray = field(default_factory=bytearray)

    def add(self, data: bytes) -> int:
        """Store a stream; return its first sector."""
        if not data:
            return _END
        start, count = len(self.chain), -(-len(data) // self.size)
        self.chain += [*range(start + 1, start + count), _END]
        self.blocks += data.ljust(count * self.size, b"\0")
        return start


def write_compound(tree: Tree) -> bytes:
    """Return the compound file of a tree: bytes are streams, dictionaries are storages."""
    entries = [_Entry("Root Entry", _ROOT)]
    _add(entries, 0, tree)
    large, small = _Sectors(_SECTOR), _Sectors(_MINI)
    for entry in entries[1:]:
        if entry.kind == _STREAM:
            entry.size = len(entry.data)
            entry.start = (small if entry.size < _CUTOFF else large).add(entry.data)
    entries[0].start, entries[0].size = large.add(bytes(small.blocks)), len(small.blocks)
    mini_chain = struct.pack(f"<{len(small.chain)}I", *small.chain)
    mini_start = large.add(mini_chain + b"\xff" * (-len(mini_chain) % _SECTOR))
    blank = _Entry("", 0).pack()[:64] + bytes(4) + struct.pack("<III", _NONE, _NONE, _NONE) + bytes(48)
    directory = b"".join(entry.pack() for entry in entries) + blank * (-len(entries) % 4)
    directory_start = large.add(directory)
    return _file(large, directory_start, mini_start, -(-len(mini_chain) // _SECTOR))


def _add(entries: list[_Entry], parent: int, tree: Tree) -> None:
    numbers = []
    for name, content in tree.items():
        numbers.append(len(entries))
        if isinstance(content, bytes):
            entries.append(_Entry(name, _STREAM, content))
        else:
            entries.append(_Entry(name, _STORAGE))
            _add(entries, numbers[-1], content)
    # Names are ordered by length first, then without case.
    numbers.sort(key=lambda number: (len(entries[number].name), entries[number].name.upper()))
    entries[parent].child = _balance(entries, numbers)


def _balance(entries: list[_Entry], numbers: list[int]) -> int:
    """Make a search tree of siblings; all entries black is a valid red-black tree for readers."""
    if not numbers:
        return _NONE
    middle = len(numbers) // 2
    top = entries[numbers[middle]]
    top.left, top.right = _balance(entries, numbers[:middle]), _balance(entries, numbers[middle + 1 :])
    return numbers[middle]


def _file(large: _Sectors, directory: int, mini_start: int, mini_count: int) -> bytes:
    per_sector = _SECTOR // 4
    count = 1
    while count * per_sector < len(large.chain) + count:
        count += 1
    if count > _IN_HEADER:
        raise ValueError("a macro project of this size needs a longer table than this writer makes")
    first = len(large.chain)
    chain = [*large.chain, *[_FAT] * count]
    chain += [_FREE] * (count * per_sector - len(chain))
    places = [first + number if number < count else _FREE for number in range(_IN_HEADER)]
    header = _MAGIC + bytes(16) + struct.pack("<5H", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    header += struct.pack("<9I", 0, count, directory, 0, _CUTOFF, mini_start, mini_count, _END, 0)
    header += struct.pack(f"<{_IN_HEADER}I", *places)
    return header + bytes(large.blocks) + struct.pack(f"<{len(chain)}I", *chain)
