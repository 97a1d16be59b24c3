"""Prints the events of TensorBoard files, one JSON object a line; fails on a wrong checksum or a torn record.

Written from the format's description alone, to judge the writer: TFRecord framing, protobuf wire format. CRC-32C is
computed bit by bit from its polynomial.
"""
import json
import struct
import sys


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def masked(data):
    crc = crc32c(data)
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def records(data):
    while data:
        length, length_crc = struct.unpack_from("<QI", data)
        assert length_crc == masked(data[:8]), "wrong checksum of a length"
        payload = data[12:12 + length]
        (payload_crc,) = struct.unpack_from("<I", data, 12 + length)
        assert payload_crc == masked(payload), "wrong checksum of a record"
        yield payload
        data = data[16 + length:]


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at


def fields(data):
    at = 0
    while at < len(data):
        key, at = varint(data, at)
        number, wire = key >> 3, key & 7
        if wire == 0:
            value, at = varint(data, at)
        elif wire == 1:
            (value,), at = struct.unpack_from("<d", data, at), at + 8
        elif wire == 5:
            (value,), at = struct.unpack_from("<f", data, at), at + 4
        else:
            assert wire == 2, f"wire type {wire}"
            size, at = varint(data, at)
            value, at = data[at:at + size], at + size
        yield number, value


def describe(payload):
    event = {}
    for number, value in fields(payload):
        if number == 1:
            assert 1.6e9 < value < 5e9, "wall time"
        elif number == 2:
            event["step"] = value
        elif number == 3:
            event["file_version"] = value.decode()
        elif number == 5:
            scalars = event.setdefault("scalars", {})
            for summary_field, entry in fields(value):
                assert summary_field == 1
                parts = dict(fields(entry))
                scalars[parts[1].decode()] = parts[2]
        elif number == 7:
            event["session"] = dict(fields(value))[1]
        else:
            raise AssertionError(f"field {number}")
    return event


for name in sys.argv[1:]:
    with open(name, "rb") as file:
        for record in records(file.read()):
            print(json.dumps(describe(record)))
