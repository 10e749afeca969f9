#include "stages/collection.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "libr1/core/file.h"
#include "libr1/data/example_set.h"
#include "libr1/reward/ngram_index.h"
#include "stages/lineage.h"
#include "stages/selection.h"

namespace r1 {
namespace {

std::vector<Column> columns() {
  std::vector<Column> all = example_columns();
  all.insert(all.end(), {{"domain", ColumnKind::kText},
                         {"tokens", ColumnKind::kTokens},
                         {"reward", ColumnKind::kNumber}});
  return all;
}

struct GeneratedExample {
  Example example;
  std::string domain;
  std::vector<int32_t> tokens;  // as generated; none for what was mixed in
  double reward = 0;
};

void write_row(DatasetWriter& writer, const GeneratedExample& row) {
  writer.add_text("domain", row.domain);
  writer.add_tokens("tokens", row.tokens);
  writer.add_number("reward", row.reward);
  write_example(writer, row.example);
}

}  // namespace

Collection::Collection(StageContext& context, const CommonSettings& common,
                       const CollectionSettings& settings)
    : context_(context),
      settings_(settings),
      output_(collected_examples(context)),
      verifiers_(settings.verifiers),
      generator_(in_run(settings.model, context.run_dir()), common.compute, settings.rollout,
                 settings.prompt_template, settings_.reward, verifiers_, context),
      journal_(context.stage_dir() + "/samples", context.world()),
      random_(common.seed, context.name() + " samples") {
  R1_CHECK_INPUT(
      settings.per_domain.empty() || settings.per_domain.size() == settings.questions.size(),
      "per_domain has ", settings.per_domain.size(), " entries, questions has ",
      settings.questions.size());
  for (size_t i = 0; i < settings.questions.size(); ++i) {
    const auto [name, file] = named_file(settings.questions[i], "questions");
    domains_.push_back({name, QuestionSet(in_run(file, context.run_dir())),
                        settings.per_domain.empty() ? 0 : settings.per_domain[i]});
  }
  prepare_verifiers();
  list_questions();
  log_info(questions_.size(), " questions; left out: ", contaminated_,
           " that an evaluation also asks, ", too_long_, " too long; ", journal_.intervals(),
           " intervals are done");
}

void Collection::prepare_verifiers() {
  std::vector<const QuestionSet*> sets;
  for (const Domain& domain : domains_) sets.push_back(&domain.set);
  verifiers_.prepare(sets);
}

void Collection::list_questions() {
  NgramIndex evaluations;
  for (const std::string& path : settings_.decontaminate) {
    const QuestionSet set(in_run(path, context_.run_dir()));
    for (int64_t i = 0; i < set.size(); ++i) evaluations.add(set[i].question);
  }
  for (size_t d = 0; d < domains_.size(); ++d) {
    int64_t count = domains_[d].set.size();
    if (settings_.max_questions > 0) count = std::min(count, settings_.max_questions);
    for (int64_t i = 0; i < count; ++i) {
      const Question& question = domains_[d].set[i];
      if (evaluations.overlaps(question.question))
        ++contaminated_;
      else if (!generator_.fits(question))
        ++too_long_;
      else
        questions_.emplace_back(&question, d);
    }
  }
  R1_CHECK_INPUT(!questions_.empty(), context_.name(), ": no question is left to sample from");
}

int64_t Collection::next_question() const {
  return std::min(static_cast<int64_t>(questions_.size()),
                  journal_.intervals() * settings_.interval_questions);
}

void Collection::step() {
  const int64_t interval = journal_.intervals(), first = next_question();
  context_.at(interval + 1, "rollout");
  std::vector<const Question*> questions;
  for (int64_t i = first;
       i < static_cast<int64_t>(questions_.size()) && i < first + settings_.interval_questions; ++i)
    questions.push_back(questions_[static_cast<size_t>(i)].first);
  const auto mine = generator_.answer(questions, settings_.samples, random_, interval);
  const auto guard = context_.guard_save();
  journal_.append(mine, first);
  const auto total = static_cast<int64_t>(questions_.size());
  context_.progress(
      (next_question() + settings_.interval_questions - 1) / settings_.interval_questions,
      (total + settings_.interval_questions - 1) / settings_.interval_questions,
      concat(next_question(), " of ", total, " questions"));
}

void Collection::write() {
  context_.at(journal_.intervals(), "write examples");
  if (context_.is_root()) {
    std::vector<int64_t> most;
    for (const Domain& domain : domains_) most.push_back(domain.most);
    Selection selection(settings_, most);
    DatasetWriter writer(output_, columns());
    journal_.for_each([&](const JournalEntry& entry) {
      const auto [question, domain] = questions_[static_cast<size_t>(entry.question)];
      const auto text = selection.select(entry, *question, domain);
      if (text)
        write_row(writer, {{question->question, *text, question->language, question->source},
                           domains_[domain].name,
                           entry.tokens,
                           entry.reward});
    });
    nlohmann::ordered_json card = {{"questions", questions_.size()},
                                   {"questions left out, asked by an evaluation", contaminated_},
                                   {"questions left out, too long", too_long_},
                                   {"samples", selection.counts()}};
    for (size_t d = 0; d < domains_.size(); ++d)
      card["kept by domain"][domains_[d].name] = selection.kept(d);
    for (const std::string& path : settings_.mix_in) {
      const ExampleSet set(in_run(path, context_.run_dir()));
      for (const Example& example : set.examples())
        write_row(writer, {example, example.source, {}, 0});
      card["mixed in"][path] = set.examples().size();
    }
    writer.attribute("card", card.dump(1));
    writer.attribute("source", concat(context_.name(), " from ", generator_.path()));
    writer.close();
    log_info("examples: ", output_, "\n", card.dump(1));
    journal_.remove();
  }
  context_.world().barrier("write the examples");
}

std::string collected_examples(const StageContext& context) {
  return context.stage_dir() + "/examples.h5";
}

StageOutcome collect_examples(StageContext& context, const CommonSettings& common,
                              const CollectionSettings& settings) {
  const int64_t done = context.is_root() && file_exists(collected_examples(context));
  if (context.world().max(done, "are the examples there?") > 0) return StageOutcome::kDone;
  Collection collection(context, common, settings);
  while (!collection.finished()) {
    collection.step();
    if (context.stop_requested() && !collection.finished()) return StageOutcome::kStopped;
  }
  collection.write();
  return StageOutcome::kDone;
}

}  // namespace r1
