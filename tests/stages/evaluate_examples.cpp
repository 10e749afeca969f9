// Inputs for the test of r1-evaluate that no tool writes:
//   evaluate_examples reward-model BASE OUT   a reward model of the base's shape
//   evaluate_examples rated SET OUT           a question set with a column "rating": 1000, 1100,
//   ... evaluate_examples empty OUT               a question set without questions
#include <cstdio>
#include <string>

#include "libr1/data/question_set.h"
#include "libr1/model/layout.h"
#include "libr1/train/model_file.h"

namespace {

void write_reward_model(const std::string& base, const std::string& out) {
  r1::ModelFacts facts = r1::ModelFile(base).facts();
  facts.config.scalar_head = true;
  const r1::ParamSet params(r1::model_layout(facts.config).table, r1::Dtype::kF32);
  r1::write_model(out, facts, params, {});
}

void write_rated(const std::string& questions, const std::string& out) {
  const r1::QuestionSet set(questions);
  auto columns = r1::question_columns();
  columns.push_back({"rating", r1::ColumnKind::kNumber});
  r1::DatasetWriter writer(out, columns);
  for (int64_t i = 0; i < set.size(); ++i) {
    writer.add_number("rating", 1000 + 100 * static_cast<double>(i));
    r1::write_question(writer, set[i]);
  }
  writer.close();
}

}  // namespace

int main(int argc, char** argv) {
  const std::string what = argc > 1 ? argv[1] : "";
  if (what == "reward-model" && argc == 4)
    write_reward_model(argv[2], argv[3]);
  else if (what == "rated" && argc == 4)
    write_rated(argv[2], argv[3]);
  else if (what == "empty" && argc == 3)
    r1::DatasetWriter(argv[2], r1::question_columns()).close();
  else
    return 64;
  return 0;
}
