"""Compression of VBA source. Source: [MS-OVBA] 2.4.1, the run-length and copy-token format of VBA projects."""

from __future__ import annotations

import struct

_CHUNK = 4096
_SIGNATURE = b"\x01"
# Chunk header: size minus 3 in 12 bits, the signature 0b011, and the flag of a compressed chunk.
_COMPRESSED, _RAW = 0xB000, 0x3000
_SHORTEST = 3


def compress(data: bytes) -> bytes:
    """Return the compressed container of some bytes."""
    chunks = (data[start : start + _CHUNK] for start in range(0, len(data), _CHUNK))
    return _SIGNATURE + b"".join(_pack(chunk) for chunk in chunks)


def _pack(chunk: bytes) -> bytes:
    tokens = _tokens(chunk)
    body = b"".join(_group(tokens[start : start + 8]) for start in range(0, len(tokens), 8))
    if len(body) <= _CHUNK and (len(body) < _CHUNK or len(chunk) < _CHUNK):
        return struct.pack("<H", _COMPRESSED | (len(body) - 1)) + body
    return struct.pack("<H", _RAW | (_CHUNK - 1)) + chunk.ljust(_CHUNK, b"\x00")


def _group(tokens: list[bytes]) -> bytes:
    """Eight tokens behind a byte whose bits say which of them are copies."""
    flags = sum(1 << bit for bit, token in enumerate(tokens) if len(token) == 2)
    return bytes([flags]) + b"".join(tokens)


def _tokens(chunk: bytes) -> list[bytes]:
    """Literals of one byte and copy tokens of two, the longest copy first found from behind."""
    tokens, place = [], 0
    while place < len(chunk):
        offset, length = _longest_copy(chunk, place)
        if length:
            bits = _offset_bits(place)
            tokens.append(struct.pack("<H", ((offset - 1) << (16 - bits)) | (length - _SHORTEST)))
            place += length
        else:
            tokens.append(chunk[place : place + 1])
            place += 1
    return tokens


def _offset_bits(place: int) -> int:
    return max((place - 1).bit_length(), 4)


def _longest_copy(chunk: bytes, place: int) -> tuple[int, int]:
    """Distance and length of the longest earlier run, which may run into itself; (0, 0) for none worth a token."""
    most = min((0xFFFF >> _offset_bits(place)) + _SHORTEST, len(chunk) - place)
    found, length = -1, _SHORTEST
    while length <= most:
        earlier = chunk.rfind(chunk[place : place + length], 0, place + length - 1)
        if earlier < 0:
            break
        found, length = earlier, length + 1
        while length <= most and chunk[earlier + length - 1] == chunk[place + length - 1]:
            length += 1
    return (0, 0) if found < 0 else (place - found, length - 1)
