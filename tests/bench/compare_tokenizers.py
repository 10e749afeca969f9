"""The tokenizer beside Hugging Face's `tokenizers`, one thread each, on the same tokenizer.json and
the same text: ids, and processor time. Needs tokenizers; nothing that is built or tested needs this
script.

    TOKENIZERS_PARALLELISM=false RAYON_NUM_THREADS=1 python tests/bench/compare_tokenizers.py \
        build/cpu-release/bin/tokenizer_bench $R1_TEST_DATA MEGABYTES FOLDER...

The text is drawn from $R1_TEST_DATA (web pages, Wikipedia, mathematics, programs, Chinese) with one
document in 16 of random characters of all of Unicode. Beside it goes a file with as many bytes, of
which one document in 16 is random bytes: it must be read without a crash and come back with U+FFFD
where the bytes are no UTF-8.
"""

import gzip
import json
import pathlib
import random
import struct
import subprocess
import sys
import tempfile
import time
import unicodedata

import tokenizers

SOURCES = ("general/c4_demo.jsonl.gz", "general/wikipedia_demo.txt.gz", "gsm8k/train.jsonl.gz",
           "math/math_test_rest_with_solutions.jsonl.gz", "math/cmath_zh_600.jsonl",
           "code/mbpp.jsonl.gz", "code/humaneval.jsonl.gz", "code/stdin_codejam.jsonl.gz",
           "lang/zh.jsonl", "preference/dpo_zh_helpful.jsonl.gz")
LARGEST_FOR_BOTH = 64e6  # bytes; of more, only that our tokenizer gives it back


def texts_of(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, (list, dict)):
        for each in value.values() if isinstance(value, dict) else value:
            yield from texts_of(each)


def sources(data):
    """The texts of each source, put together."""
    for name in SOURCES:
        opened = gzip.open if name.endswith(".gz") else open
        with opened(data / name, "rt", encoding="utf-8") as lines:
            if ".jsonl" in name:
                yield "\n".join(text for line in lines for text in texts_of(json.loads(line)))
            else:
                yield lines.read()


def documents(data, size, draw):
    """Documents of 4,000 to 20,000 characters, or as many random characters or bytes."""
    texts, count, number = list(sources(data)), 0, 0
    while count < size:
        length, number = draw.randint(4000, 20000), number + 1
        if number % 16 == 0:
            piece = random_document(draw, length, number)
        else:
            text = draw.choice(texts)
            start = draw.randrange(max(1, len(text) - length))
            piece = text[start:start + length].encode()
        yield piece
        count += len(piece)


def random_document(draw, length, number):
    if number % 32 == 0 and draw.raw_bytes:
        return draw.randbytes(length)
    points = (draw.randrange(0x110000) for _ in range(length // 4))
    return "".join(chr(p) for p in points if not 0xD800 <= p < 0xE000).encode()


def write(path, data, size, raw_bytes):
    draw = random.Random(7)
    draw.raw_bytes = raw_bytes
    with open(path, "wb") as out:
        for piece in documents(data, size, draw):
            out.write(struct.pack("<I", len(piece)) + piece)


def pieces(path):
    with open(path, "rb") as file:
        while head := file.read(4):
            yield file.read(struct.unpack("<I", head)[0])


def ids_of(path):
    with open(path, "rb") as file:
        while head := file.read(4):
            count = struct.unpack("<I", head)[0]
            yield struct.unpack(f"<{count}i", file.read(4 * count))


def ours(bench, folder, text, ids):
    return json.loads(subprocess.run([bench, folder, text, ids], capture_output=True, text=True,
                                     check=True).stdout)


def theirs(folder, text, ids):
    """Seconds to encode, and how many documents have other ids than ours."""
    tokenizer = tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json"))
    took, other = 0.0, 0
    for piece, found in zip(pieces(text), ids_of(ids)):
        string = piece.decode()
        start = time.process_time()
        encoding = tokenizer.encode(string, add_special_tokens=False)
        took += time.process_time() - start
        other += tuple(encoding.ids) != found
    return took, other


def not_restored(folder, text, ids):
    """Documents that do not come back: as U+FFFD what is no UTF-8, else as they are or in NFC."""
    tokenizer = tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json"))
    lost = 0
    for piece, found in zip(pieces(text), ids_of(ids)):
        string = piece.decode("utf-8", errors="replace")
        back = tokenizer.decode(list(found), skip_special_tokens=False)
        lost += back not in (string, unicodedata.normalize("NFC", string))
    return lost


def is_utf8(piece):
    try:
        piece.decode()
    except UnicodeDecodeError:
        return False
    return True


def compare(bench, folder, valid, ids):
    result = ours(bench, folder, valid, ids)
    took, other = theirs(folder, valid, ids)
    speed, reference = (result["tokens"] / s / 1e6 for s in (result["encode_s"], took))
    print(f"{folder.name}: {result['bytes'] / 1e6:.0f} MB, {result['tokens']} tokens; R1 "
          f"{speed:.2f} M tokens/s, tokenizers {reference:.2f}, ratio {speed / reference:.1f}; other "
          f"ids in {other} of {result['documents']} documents, decoded otherwise "
          f"{result['decoded_otherwise']}", flush=True)


def main():
    bench, data, size = sys.argv[1], pathlib.Path(sys.argv[2]), int(float(sys.argv[3]) * 1e6)
    print("tokenizers", tokenizers.__version__)
    with tempfile.TemporaryDirectory() as name:
        valid, mixed, ids = (str(pathlib.Path(name) / each) for each in ("valid", "mixed", "ids"))
        write(mixed, data, size, True)
        malformed = sum(not is_utf8(piece) for piece in pieces(mixed))
        is_large = size > LARGEST_FOR_BOTH
        if not is_large:
            write(valid, data, size, False)
        for folder in map(pathlib.Path, sys.argv[4:]):
            if not is_large:
                compare(bench, folder, valid, ids)
            result = ours(bench, folder, mixed, "/dev/null" if is_large else ids)
            lost = "" if is_large else f", not restored {not_restored(folder, mixed, ids)}"
            print(f"{folder.name}, with random bytes: {result['bytes'] / 1e6:.0f} MB, "
                  f"{result['tokens']} tokens, {result['documents']} documents of which {malformed} "
                  f"are no UTF-8, decoded otherwise {result['decoded_otherwise']}{lost}", flush=True)


if __name__ == "__main__":
    main()
