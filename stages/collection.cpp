#include "stages/collection.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "libr1/core/file.h"
#include "libr1/data/example_set.h"
#include "libr1/data/run_path.h"
#include "libr1/parallel/root_work.h"
#include "libr1/storage/checkpoint.h"
#include "libr1/storage/checksum.h"
#include "stages/lineage.h"
#include "stages/sample_facts.h"
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

// What a file of examples is the result of, as its attribute says: all that is not the machine's
// own.
std::string made_with(CollectionSettings settings, const CommonSettings& common,
                      const std::string& model_checksum, const std::string& run_dir) {
  const RolloutConfig rollout;
  settings.rollout.max_sequences = rollout.max_sequences;
  settings.rollout.cache_tokens = rollout.cache_tokens;
  settings.rollout.max_round_tokens = rollout.max_round_tokens;
  const SandboxConfig sandbox;
  settings.verifiers.sandbox.workers = sandbox.workers;
  settings.verifiers.sandbox.python = sandbox.python;
  settings.verifiers.sandbox.compiler = sandbox.compiler;
  settings.verifiers.sandbox.bubblewrap = sandbox.bubblewrap;
  settings.verifiers.sandbox.system_folders = sandbox.system_folders;
  std::string text = concat(write_config(settings), "# seed ", common.seed, ", dtype ",
                            to_string(common.compute.dtype), ", model ", model_checksum, "\n");
  for (const auto& [name, path] : named_files(settings.questions, "questions", run_dir))
    text += concat("# ", name, " ", file_checksum(path), "\n");
  for (const auto* files : {&settings.decontaminate, &settings.mix_in})
    for (const std::string& file : *files)
      text += concat("# ", file, " ", file_checksum(in_run(file, run_dir)), "\n");
  return text;
}

std::string told(const std::map<std::string, int64_t>& counts) {
  std::string text;
  for (const auto& [what, count] : counts)
    text += concat(text.empty() ? "" : ", ", what, " ", count);
  return text;
}

// The stage's name, without what a part adds to it.
std::string whole_name(const std::string& name, const PartSettings& shared, const Part& part) {
  return shared.part.empty() ? name : name.substr(0, name.size() - folder_suffix(part).size());
}

CollectionQuestions read_questions(const CollectionSettings& settings, const CommonSettings& common,
                                   const ModelFacts& model, const std::string& run_dir) {
  const auto prompt_template = PromptTemplate::parse(settings.prompt_template, model.tokenizer);
  return {settings, run_dir, [&](const Question& question) {
            const auto prompt = prompt_template.encode(question.question, model.tokenizer);
            return static_cast<int64_t>(prompt.size()) + settings.rollout.max_new_tokens <=
                   common.compute.max_positions;
          }};
}

}  // namespace

Collection::Collection(StageContext& context, const CommonSettings& common,
                       const CollectionSettings& settings, const PartSettings& shared)
    : context_(context),
      common_(common),
      settings_(settings),
      shared_(shared),
      path_(find_base(settings.model, context)),
      model_(ModelFile(path_).facts()),
      questions_(read_questions(settings, common, model_, context.run_dir())) {
  if (context.is_root())  // now, not when all is sampled
    for (const std::string& file : settings.mix_in) ExampleSet(in_run(file, context.run_dir()));
  on_root(context.world(), "read the model's checksum",
          [&](FunctionRef<void()> goes_on) { checksum_ = checksum_of_model(path_, goes_on); });
  const Part part = part_of(shared);
  name_ = whole_name(context.name(), shared, part);
  const int64_t each = settings.interval_questions;
  intervals_ = (questions_.size() + each - 1) / each;
  begin_ = part.begin(intervals_);
  end_ = shared.join > 0 ? begin_ : part.end(intervals_);
  if (shared.join == 0)
    verifiers_ =
        std::make_unique<Verifiers>(settings.verifiers, questions_.sets(), common, context);
  open_journals();
  if (shared.join == 0)
    generator_ =
        std::make_unique<Generator>(path_, common, settings.rollout, settings.prompt_template,
                                    settings_.reward, *verifiers_, context);
  log_info(questions_.size(), " questions; left out: ", questions_.contaminated(),
           " that an evaluation also asks, ", questions_.too_long(), " too long; ",
           shared.join > 0
               ? concat(shared.join, " parts to join")
               : concat(next_interval() - begin_, " of ", end_ - begin_, " intervals are done"));
}

void Collection::open_journals() {
  if (context_.is_root()) context_.resume_from_samples(context_.stage_dir() + "/samples");
  const std::string text = context_.is_root() ? facts() : "";
  const auto open = [&](const std::string& stage_dir) {
    const std::string folder = stage_dir + "/samples";
    if (context_.is_root()) keep_facts(folder, text);
    journals_.emplace_back(folder, context_.world());
  };
  if (shared_.join == 0) return open(context_.stage_dir());
  for (int64_t index = 1; index <= shared_.join; ++index) {
    const std::string folder = context_.stage_dir() + folder_suffix({index, shared_.join});
    if (context_.is_root()) check_finished_part(folder);
    open(folder);
    const Part part{index, shared_.join};
    const int64_t expected = part.end(intervals_) - part.begin(intervals_);
    R1_CHECK_INPUT(journals_.back().intervals() == expected, folder, " has samples of ",
                   journals_.back().intervals(), " of its ", expected,
                   " intervals: an earlier join has used them up; remove the folder and run the "
                   "part again");
  }
}

std::string Collection::facts() const {
  using Json = nlohmann::ordered_json;
  Json facts = Json::parse(sampling_facts(settings_.rollout, settings_.reward, common_));
  facts.update({{"model_checksum", checksum_},
                {"template", settings_.prompt_template},
                {"samples", settings_.samples},
                {"max_new_tokens", settings_.rollout.max_new_tokens},
                {"interval_questions", settings_.interval_questions},
                {"accuracy_weight", settings_.reward.accuracy_weight},
                {"format_weight", settings_.reward.format_weight},
                {"language_weight", settings_.reward.language_weight},
                {"asked", questions_.size()},
                {"asked_checksum", questions_.checksum()}});
  for (const auto& domain : questions_.domains())
    facts["question_sets"][domain.name] = file_checksum(domain.set.path());
  facts.update(
      Json::parse(verifier_facts(settings_.verifiers, questions_.sets(), context_.run_dir())));
  return facts.dump(1, ' ', false, Json::error_handler_t::replace);
}

void Collection::step() {
  const int64_t interval = next_interval(), first = interval * settings_.interval_questions;
  context_.at(interval + 1, "rollout");
  std::vector<const Question*> questions;
  for (int64_t i = first; i < std::min(questions_.size(), first + settings_.interval_questions);
       ++i)
    questions.push_back(questions_[i].question);
  const Random random(common_.seed, name_ + " samples");
  const auto mine = generator_->answer(questions, settings_.samples, random, interval);
  {
    const auto guard = context_.guard_save();
    journals_.front().append(mine, first);
  }
  show_progress();
}

void Collection::show_progress() const {
  const int64_t each = settings_.interval_questions, first = begin_ * each;
  context_.progress(next_interval() - begin_, end_ - begin_,
                    concat(std::min(questions_.size(), next_interval() * each) - first, " of ",
                           std::min(questions_.size(), end_ * each) - first, " questions"));
}

void Collection::write() {
  generator_.reset();
  if (!shared_.part.empty()) return;
  context_.at(next_interval(), "write examples");
  on_root(context_.world(), "write the examples", [&](FunctionRef<void()> goes_on) {
    write_examples(collected_examples(context_), goes_on);
    for (const SampleJournal& journal : journals_) journal.remove();
  });
}

void Collection::write_examples(const std::string& path, FunctionRef<void()> goes_on) {
  std::vector<int64_t> most;
  for (const auto& domain : questions_.domains()) most.push_back(domain.most);
  const auto prompt_template = PromptTemplate::parse(settings_.prompt_template, model_.tokenizer);
  Selection selection(settings_, most, prompt_template.opens_thoughts());
  DatasetWriter writer(path, columns());
  for (const SampleJournal& journal : journals_)
    journal.for_each([&](const JournalEntry& entry) {
      goes_on();
      const auto [question, domain, row] = questions_[entry.graded.question];
      const auto text = selection.select(entry, *question, domain);
      if (text)
        write_row(writer, {{question->question, *text, question->language, question->source},
                           questions_.domains()[domain].name,
                           entry.tokens,
                           entry.reward});
    });
  nlohmann::ordered_json card = {
      {"questions", questions_.size()},
      {"questions left out, asked by an evaluation", questions_.contaminated()},
      {"questions left out, too long", questions_.too_long()},
      {"samples", selection.counts()}};
  int64_t rows = 0;
  for (size_t d = 0; d < questions_.domains().size(); ++d) {
    card["kept by domain"][questions_.domains()[d].name] = selection.kept(d);
    rows += selection.kept(d);
  }
  for (const std::string& file : settings_.mix_in) {
    const ExampleSet set(in_run(file, context_.run_dir()));
    for (const Example& example : set.examples())
      write_row(writer, {example, example.source, {}, 0});
    card["mixed in"][file] = set.examples().size();
    rows += static_cast<int64_t>(set.examples().size());
  }
  R1_CHECK_INPUT(rows > 0, name_, ": no sample can be an example (", told(selection.counts()),
                 "); run it again with looser readable.* or require_format: the samples are kept");
  writer.attribute("card", card.dump(1));
  writer.attribute("source", concat(name_, " from ", path_));
  writer.attribute("made with", made_with(settings_, common_, checksum_, context_.run_dir()));
  writer.close();
  log_info("examples: ", path, "\n", card.dump(1));
}

std::string collected_examples(const StageContext& context) {
  return context.stage_dir() + "/examples.h5";
}

StageOutcome collect_examples(StageContext& context, const CommonSettings& common,
                              const CollectionSettings& settings, const PartSettings& shared) {
  const std::string file = collected_examples(context);
  const int64_t done = context.is_root() && file_exists(file);
  // Once what learns from them has checkpoints, the model that drew them may be gone.
  const bool fresh = done > 0 && !latest_checkpoint(context.stage_dir());
  std::string expected;
  on_root(context.world(), "hold the examples against the settings",
          [&](FunctionRef<void()> goes_on) {
            if (!fresh) return;
            const std::string model = find_model(in_run(settings.model, context.run_dir()));
            expected =
                made_with(settings, common, checksum_of_model(model, goes_on), context.run_dir());
          });
  R1_CHECK_INPUT(!fresh || DatasetReader(file).attribute("made with") == expected, file,
                 " was collected from another model or with other settings; remove it, set "
                 "them back, or choose another --run");
  if (context.world().max(done, "are the examples there?") > 0) return StageOutcome::kDone;
  Collection collection(context, common, settings, shared);
  while (!collection.finished()) {
    collection.step();
    if (context.stop_requested() && !collection.finished()) return StageOutcome::kStopped;
  }
  collection.write();
  return StageOutcome::kDone;
}

}  // namespace r1
