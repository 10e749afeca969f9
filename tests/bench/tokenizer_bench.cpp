// Speed of a tokenizer on one thread, and whether decoding gives the text back:
//   tokenizer_bench FOLDER [DOCUMENTS [IDS]]
// FOLDER has a tokenizer.json. DOCUMENTS is a file of documents, each a length (32 bits, little
// endian) and its bytes; without it, 4 MB of words, sums and code are made up. IDS gets the ids in
// the same form. Prints a line of JSON; times are of the processor. Bytes that are no UTF-8 must
// come back as U+FFFD. compare_tokenizers.py runs it beside Hugging Face's library.
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>

#include "libr1/core/error.h"
#include "libr1/core/philox.h"
#include "libr1/tokenizer/tokenizer.h"

namespace r1 {
namespace {

double processor_seconds() {
  timespec now;
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

std::string made_up_document(const Random& random, uint32_t number) {
  const char* const kPieces[] = {"the ",        "answer ",   "is ",        "12345 ",
                                 "x = f(y);\n", "équation ", "\n\n  if (", "的答案是",
                                 "3.14",        "don't ",    "🙂",       "__init__"};
  std::string text;
  for (uint32_t i = 0; text.size() < 16384; ++i)
    text += kPieces[random.below(std::size(kPieces), number, i)];
  return text;
}

// The next document; false at the end.
bool next_document(std::ifstream& file, std::string& text) {
  uint32_t size = 0;
  if (!file.read(reinterpret_cast<char*>(&size), sizeof size)) return false;
  text.resize(size);
  R1_CHECK_INPUT(file.read(text.data(), size), "the documents end within one");
  return true;
}

struct Totals {
  int64_t documents = 0, bytes = 0, tokens = 0, other = 0;  // other: decoded to another text
  double encode_s = 0, decode_s = 0;
};

void measure(const Tokenizer& tokenizer, const std::string& text, Totals& totals,
             std::ofstream& ids_file) {
  const double start = processor_seconds();
  const std::vector<int32_t> ids = tokenizer.encode(text);
  const double middle = processor_seconds();
  const std::string decoded = tokenizer.decode(ids);
  totals.decode_s += processor_seconds() - middle;
  totals.encode_s += middle - start;
  totals.other += decoded != text;
  totals.documents += 1;
  totals.bytes += static_cast<int64_t>(text.size());
  totals.tokens += static_cast<int64_t>(ids.size());
  if (!ids_file.is_open()) return;
  const auto count = static_cast<uint32_t>(ids.size());
  ids_file.write(reinterpret_cast<const char*>(&count), sizeof count);
  ids_file.write(reinterpret_cast<const char*>(ids.data()),
                 static_cast<std::streamsize>(ids.size() * sizeof ids[0]));
}

void run(int argc, char** argv) {
  R1_CHECK_INPUT(argc >= 2, "usage: tokenizer_bench FOLDER [DOCUMENTS [IDS]]");
  const Tokenizer tokenizer = Tokenizer::from_folder(argv[1]);
  Totals totals;
  std::ofstream ids_file;
  if (argc > 3) ids_file.open(argv[3], std::ios::binary);
  std::string text;
  if (argc > 2) {
    std::ifstream file(argv[2], std::ios::binary);
    R1_CHECK_INPUT(file, "cannot read ", argv[2]);
    while (next_document(file, text)) measure(tokenizer, text, totals, ids_file);
  } else {
    const Random random(1, "tokenizer_bench");
    for (uint32_t i = 0; i < 256; ++i)
      measure(tokenizer, made_up_document(random, i), totals, ids_file);
  }
  std::cout << nlohmann::ordered_json{{"documents", totals.documents},
                                      {"bytes", totals.bytes},
                                      {"tokens", totals.tokens},
                                      {"encode_s", totals.encode_s},
                                      {"decode_s", totals.decode_s},
                                      {"decoded_otherwise", totals.other}}
            << "\n";
}

}  // namespace
}  // namespace r1

int main(int argc, char** argv) {
  try {
    r1::run(argc, argv);
  } catch (const r1::Error& error) {
    std::fprintf(stderr, "tokenizer_bench: %s\n", error.what());
    return 1;
  }
}
