"""The golden vectors, read by the decoder that was written from SPEC.md."""
import json
import pathlib
import random
import sys

import pytest
import zstandard

sys.path.insert(0, str(pathlib.Path(__file__).parent))

import darkscope_wire as wire  # noqa: E402

FOLDER = pathlib.Path(__file__).parents[2] / "Protocol" / "Vectors"
CORPUS = pathlib.Path(__file__).parents[1] / "Fuzz" / "Corpus"
NAMES = sorted(path.stem for path in FOLDER.glob("*.bin"))
# A field that a reader skips cannot come back.
ENCODED_ALIKE = [name for name in NAMES if json.loads((FOLDER / f"{name}.json").read_text())["layer"] == "message"]


def vector(name):
    expected = json.loads((FOLDER / f"{name}.json").read_text())
    del expected["explanation"]
    decode = wire.decode_message if expected["layer"] == "message" else wire.decode_batch
    return (FOLDER / f"{name}.bin").read_bytes(), expected, decode


def decodes(decode, data):
    """Whether the bytes are read; whatever else than DecodeError is raised fails the test."""
    try:
        decode(data)
    except wire.DecodeError:
        return False
    return True


def test_there_are_vectors():
    assert len(NAMES) >= 20


@pytest.mark.parametrize("name", NAMES)
def test_a_vector_says_what_its_explanation_says(name):
    data, expected, decode = vector(name)
    assert decode(data) == expected


@pytest.mark.parametrize("name", ENCODED_ALIKE)
def test_a_message_is_encoded_to_the_same_bytes(name):
    data, expected, _ = vector(name)
    assert wire.encode_message(expected) == data


@pytest.mark.parametrize("name", NAMES)
def test_every_truncation_and_addition_is_refused(name):
    data, _, decode = vector(name)
    for length in range(len(data)):
        assert not decodes(decode, data[:length]), length
    assert not decodes(decode, data + b"\0")


@pytest.mark.parametrize("name", NAMES)
def test_every_flipped_bit_is_refused_or_read(name):
    data, _, decode = vector(name)
    for bit in range(8 * len(data)):
        damaged = bytearray(data)
        damaged[bit // 8] ^= 1 << bit % 8
        decodes(decode, bytes(damaged))


@pytest.mark.parametrize("layer, decode", [("batch", wire.decode_batch), ("message", wire.decode_message)])
def test_the_corpus_is_read_or_refused_as_its_names_say(layer, decode):
    for path in (CORPUS / layer).iterdir():
        assert decodes(decode, path.read_bytes()) == path.name.startswith("valid"), path.name


def test_random_damage_is_refused_or_read():
    source = random.Random(7)
    vectors = [vector(name) for name in NAMES]
    for _ in range(5_000):
        data, _, decode = source.choice(vectors)
        damaged = bytearray(data)
        for _ in range(source.randint(1, 8)):
            damaged[source.randrange(len(damaged))] = source.choice((0, 1, 127, 128, 255, source.randrange(256)))
        decodes(decode, bytes(damaged))


def test_a_body_is_exactly_one_frame():
    data, _, _ = vector("v1-batch-scan")
    header_length = int.from_bytes(data[8:12], "little")
    header, body = data[20 : 20 + header_length], data[20 + header_length :]
    frame = zstandard.ZstdCompressor().compress(body)

    def batch(packed, length=len(body)):
        sizes = b"".join(number.to_bytes(4, "little") for number in (header_length, length, len(packed)))
        return data[:5] + b"\1\0\0" + sizes + header + packed

    skippable = b"\x50\x2a\x4d\x18\2\0\0\0\7\7"
    assert decodes(wire.decode_batch, batch(frame))
    assert not decodes(wire.decode_batch, batch(frame + skippable))
    assert not decodes(wire.decode_batch, batch(skippable + frame))
    assert not decodes(wire.decode_batch, batch(frame + frame))
    assert not decodes(wire.decode_batch, batch(frame, len(body) - 1))
    assert not decodes(wire.decode_batch, batch(frame, len(body) + 1))
    bomb = zstandard.ZstdCompressor().compress(bytes(64 << 20))
    assert not decodes(wire.decode_batch, batch(bomb, 64 << 20))
    assert not decodes(wire.decode_batch, batch(bomb, 65_536))
