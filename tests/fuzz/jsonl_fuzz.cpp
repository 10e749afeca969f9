// Fuzz target: any bytes as JSONL, plain or gzip. Reading ends in an input error, or in rows whose
// fields can be asked for as any type.
#include <cstdint>
#include <cstdlib>

#include "libr1/data/jsonl.h"
#include "tests/fuzz/input_file.h"
#include "tests/fuzz/refuse.h"

namespace {

using r1::fuzz::refuse_or;

void ask(const r1::JsonRow& row, int depth) {
  for (const char* field : {"a", "b", "question", ""}) {
    row.has(field);
    refuse_or([&] { row.text(field); });
    refuse_or([&] { row.integer(field); });
    refuse_or([&] { row.flag(field); });
    refuse_or([&] { row.texts(field); });
    refuse_or([&] { row.find_number(field); });
    refuse_or([&] { row.is_null(field); });
    refuse_or([&] { row.is_text(field); });
    refuse_or([&] { row.is_integer(field); });
    if (depth < 2)
      refuse_or([&] {
        for (const r1::JsonRow& inner : row.rows(field)) ask(inner, depth + 1);
      });
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const r1::fuzz::InputFile file(data, size);
  refuse_or(
      [&] { r1::for_each_jsonl_row(file.path(), [](const r1::JsonRow& row) { ask(row, 0); }); });
  return 0;
}
