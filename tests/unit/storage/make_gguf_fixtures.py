"""Writes tests/unit/storage/fixtures: blocks of random bytes of each GGUF format with what the
`gguf` package's numpy code makes of them, and a small GGUF file that the package wrote. Nothing
that is built or tested needs this script.

    pip install gguf
    python tests/unit/storage/make_gguf_fixtures.py tests/unit/storage/fixtures
"""

import pathlib
import sys

import gguf
import numpy

BLOCKS = 24  # of each format
FORMATS = ["F16", "BF16", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "Q4_K", "Q5_K", "Q6_K"]
# Where halves stand in a block: random ones would be infinite now and then.
HALVES = {"Q4_0": [0], "Q4_1": [0, 2], "Q5_0": [0], "Q5_1": [0, 2], "Q8_0": [0], "Q4_K": [0, 2],
          "Q5_K": [0, 2], "Q6_K": [208]}


def random_blocks(random, name):
    elements, size = gguf.GGML_QUANT_SIZES[gguf.GGMLQuantizationType[name]]
    if name in ("F16", "BF16"):
        values = random.standard_normal(BLOCKS * 8).astype(numpy.float32)
        if name == "F16":
            return values.astype(numpy.float16).view(numpy.uint8).reshape(1, -1)
        return (values.view(numpy.uint32) >> 16).astype(numpy.uint16).view(numpy.uint8).reshape(1, -1)
    blocks = random.integers(0, 256, (BLOCKS, size), dtype=numpy.uint8)
    for at in HALVES[name]:
        halves = random.standard_normal(BLOCKS).astype(numpy.float16)
        halves[0], halves[1] = 0, 6e-8  # zero, and the smallest there is
        blocks[:, at:at + 2] = halves.view(numpy.uint8).reshape(BLOCKS, 2)
    return blocks.reshape(1, -1)


def write_blocks(folder, random):
    for name in FORMATS:
        blocks = random_blocks(random, name)
        values = gguf.dequantize(blocks, gguf.GGMLQuantizationType[name]).astype(numpy.float32)
        (folder / f"{name}.blocks").write_bytes(blocks.tobytes())
        (folder / f"{name}.f32").write_bytes(values.tobytes())


def write_file(path, random):
    writer = gguf.GGUFWriter(str(path), "llama")
    writer.add_block_count(2)
    writer.add_float32("a.float", 0.5)
    writer.add_float64("a.double", 0.1)
    writer.add_int8("an.int8", -3)
    writer.add_uint64("a.uint64", 1 << 40)
    writer.add_bool("a.bool", True)
    writer.add_array("some.integers", [1, 2, 3])
    writer.add_array("some.texts", ["", "é", "two words"])
    plain = random.standard_normal((3, 5)).astype(numpy.float32)
    writer.add_tensor("plain", plain)
    quantized = gguf.quantize(random.standard_normal((4, 64)).astype(numpy.float32),
                              gguf.GGMLQuantizationType.Q8_0)
    writer.add_tensor("quantized", quantized, raw_dtype=gguf.GGMLQuantizationType.Q8_0)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    path.with_suffix(".f32").write_bytes(
        plain.tobytes() +
        gguf.dequantize(quantized, gguf.GGMLQuantizationType.Q8_0).astype(numpy.float32).tobytes())


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    random = numpy.random.default_rng(5)
    write_blocks(folder, random)
    write_file(folder / "small.gguf", random)


if __name__ == "__main__":
    main()
