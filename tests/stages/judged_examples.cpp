// Sets of judged replies that are out of the ordinary, for reward_test.sh: judged_examples FOLDER
#include <string>

#include "libr1/data/judged_set.h"

namespace r1 {
namespace {

void write_pairs(const std::string& path, const std::vector<JudgedPair>& pairs) {
  DatasetWriter writer(path, pair_columns());
  for (const JudgedPair& pair : pairs) write_pair(writer, pair);
  writer.close();
}

std::string times(int count, const std::string& word) {
  std::string text;
  for (int i = 0; i < count; ++i) text += word + " ";
  return text;
}

}  // namespace
}  // namespace r1

int main(int, char** argv) {
  using r1::times;
  using r1::write_pairs;
  const std::string folder = argv[1];
  const r1::JudgedPair usual = {"name color ?", "red", "cat"};
  write_pairs(folder + "/ties.h5", {{"name color ?", "red", "red"}, {"name tool ?", "saw", "saw"}});
  write_pairs(folder + "/long.h5",
              {usual,
               {"name tool ?", times(400, "saw"), "cat"},
               {"name tool ?", "saw", times(315, "cat")},  // 321 tokens with its prompt and end
               {"name tool ?", "saw", times(314, "cat")},  // 320
               usual});
  write_pairs(folder + "/all-long.h5", {{"name tool ?", times(400, "saw"), "cat"}});
  write_pairs(folder + "/empty.h5", {usual, {"name tool ?", "saw", ""}});
  write_pairs(folder + "/thoughts.h5", {{"name tool ?", "<think> red </think> saw", "cat"}, usual});
  write_pairs(folder + "/open-thoughts.h5", {usual, {"name tool ?", "saw", "<think> cat cat"}});
}
