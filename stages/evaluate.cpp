#include "stages/evaluate.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>

#include "libr1/core/file.h"
#include "libr1/parallel/root_work.h"
#include "stages/evaluate_transcripts.h"
#include "stages/sample_facts.h"

namespace r1 {

namespace fs = std::filesystem;

Evaluation::Evaluation(StageContext& context, const CommonSettings& common,
                       const EvaluateSettings& settings)
    : context_(context),
      common_(common),
      settings_(settings),
      plan_(plan_evaluation(settings, common.compute, context)),
      samples_folder_(context.stage_dir() + "/samples") {
  on_root(context.world(), "read the models' checksums", [&](FunctionRef<void()> goes_on) {
    facts_ = facts_of_pairs(plan_, common, settings, context.run_dir(), goes_on);
  });
  if (context.is_root()) {
    context.resume_from_samples(samples_folder_);
    context.metrics().keep_until(0);
    if (settings.join > 0)
      parts_ = std::make_unique<EvaluationParts>(plan_, facts_, settings.join, context.stage_dir());
  }
  if (settings.join == 0) {
    prepare_verifiers();
    open_journals();
  }
  count_complete_pairs();
  log_info(plan_.models.size(), " models, ", plan_.benchmarks.size(), " benchmarks; ",
           results_.size(), " of ", plan_.pairs.size(), " pairs are there");
}

void Evaluation::prepare_verifiers() {
  std::vector<const QuestionSet*> sets;
  for (const EvaluationPair& pair : plan_.pairs)
    sets.push_back(&plan_.benchmarks[pair.benchmark].set);
  verifiers_ = std::make_unique<Verifiers>(settings_.verifiers, sets, common_, context_);
}

// Each journal with its facts beside it.
void Evaluation::open_journals() {
  journals_.reserve(plan_.pairs.size());
  for (size_t pair = 0; pair < plan_.pairs.size(); ++pair) {
    const std::string folder =
        concat(samples_folder_, "/", model_of(pair).name, "/", benchmark_of(pair).name);
    if (context_.is_root()) keep_facts(folder, facts_[pair]);
    journals_.emplace_back(folder, context_.world());
  }
}

int64_t Evaluation::interval_questions(const Benchmark& benchmark) const {
  return std::max<int64_t>(1, settings_.interval_samples / benchmark.samples);
}

int64_t Evaluation::intervals(const Benchmark& benchmark) const {
  const int64_t questions = interval_questions(benchmark);
  return (benchmark.questions + questions - 1) / questions;
}

Generator& Evaluation::generator_of(size_t pair) {
  const size_t wanted = plan_.pairs[pair].model;
  if (!generator_ || generator_model_ != wanted) {
    generator_.reset();  // two models at once may not fit
    const EvaluatedModel& model = plan_.models[wanted];
    generator_ =
        std::make_unique<Generator>(model.path, common_, settings_.rollout, model.template_text,
                                    settings_.reward, *verifiers_, context_);
    generator_model_ = wanted;
  }
  generator_->set_max_new_tokens(benchmark_of(pair).max_new_tokens);
  return *generator_;
}

void Evaluation::step() {
  const size_t pair = results_.size();
  const Benchmark& benchmark = benchmark_of(pair);
  SampleJournal& journal = journals_[pair];
  context_.at(journal.intervals() + 1, "rollout");
  const int64_t first = journal.intervals() * interval_questions(benchmark);
  std::vector<const Question*> questions;
  for (int64_t i = first; i < std::min(benchmark.questions, first + interval_questions(benchmark));
       ++i)
    questions.push_back(&benchmark.set[i]);
  // All models meet the same random numbers, whichever others are evaluated.
  const Random random(common_.seed, "evaluation on " + benchmark.name);
  const auto mine =
      generator_of(pair).answer(questions, benchmark.samples, random, journal.intervals());
  {
    const auto guard = context_.guard_save();
    journal.append(mine, first);
  }
  show_progress(pair);
  count_complete_pairs();
}

void Evaluation::show_progress(size_t pair) const {
  int64_t done = 0, total = 0;
  for (size_t i = 0; i < plan_.pairs.size(); ++i) {
    done += journals_[i].intervals();
    total += intervals(benchmark_of(i));
  }
  const Benchmark& benchmark = benchmark_of(pair);
  context_.progress(done, total,
                    concat(model_of(pair).name, " on ", benchmark.name, ", ",
                           std::min(benchmark.questions,
                                    journals_[pair].intervals() * interval_questions(benchmark)),
                           " of ", benchmark.questions, " questions"));
}

void Evaluation::for_each_sample(size_t pair, FunctionRef<void(const JournalEntry&)> body) const {
  if (parts_)
    parts_->for_each(pair, body);
  else
    journals_[pair].for_each(body);
}

NamedResult Evaluation::count_pair(size_t pair, FunctionRef<void()> goes_on) const {
  const Benchmark& benchmark = benchmark_of(pair);
  PairTally tally;
  for_each_sample(pair, [&](const JournalEntry& entry) {
    goes_on();
    tally.add(entry);
  });
  NamedResult named{
      model_of(pair).name, benchmark.name, facts_[pair], {}, tally.result(benchmark.ratings)};
  for (const int64_t question : named.result.left_out)
    named.left_out_ids.push_back(benchmark.set[question].id);
  return named;
}

// Complete pairs follow each other from the first on, for they are sampled in order.
void Evaluation::count_complete_pairs() {
  while (!finished()) {
    const size_t pair = results_.size();
    if (settings_.join == 0 && journals_[pair].intervals() < intervals(benchmark_of(pair))) return;
    results_.emplace_back();
    context_.at(static_cast<int64_t>(pair) + 1, "count results");
    on_root(context_.world(), "count results",
            [&](FunctionRef<void()> goes_on) { results_.back() = count_pair(pair, goes_on); });
    if (!context_.is_root()) continue;
    const NamedResult& named = results_.back();
    Metrics metrics = {{"model", named.model}, {"benchmark", named.benchmark}};
    const bool any = named.result.figures.questions > 0;
    for (const auto& [name, value] : named_values(named.result.figures))
      metrics.emplace_back(concat(named.benchmark, "/", name), any ? value : std::nan(""));
    context_.metrics().write(static_cast<int64_t>(plan_.pairs[pair].model) + 1, metrics);
    if (any)
      log_info(named.model, " on ", named.benchmark, ": pass@1 ", named.result.figures.pass_at_1,
               " +- ", named.result.figures.pass_at_1_stderr);
    else
      log_warning(named.model, " on ", named.benchmark, ": no question could be verified");
  }
}

void Evaluation::write_transcripts(FunctionRef<void()> goes_on) const {
  DatasetWriter writer(context_.stage_dir() + "/evaluation.h5", transcript_columns());
  for (size_t pair = 0; pair < plan_.pairs.size(); ++pair) {
    const Benchmark& benchmark = benchmark_of(pair);
    TranscriptOf of{model_of(pair).name, benchmark.name, nullptr, ""};
    for_each_sample(pair, [&](const JournalEntry& entry) {
      goes_on();
      const Question& question = benchmark.set[entry.graded.question];
      if (of.question != &question)
        of.prompt = model_of(pair).prompt_template.render(question.question);
      of.question = &question;
      write_transcript(writer, of, entry);
    });
  }
  std::string models;
  for (const EvaluatedModel& model : plan_.models)
    models += concat(models.empty() ? "" : ", ", model.name, " = ", model.path);
  writer.attribute("source", "r1-evaluate of " + models);
  writer.close();
}

void Evaluation::write() {
  generator_.reset();
  context_.at(static_cast<int64_t>(results_.size()), "write results");
  on_root(context_.world(), "write the results", [&](FunctionRef<void()> goes_on) {
    write_transcripts(goes_on);
    write_file(context_.stage_dir() + "/evaluation.json", results_json(results_));
    std::fputs(results_table(results_).c_str(), stdout);
    std::fflush(stdout);
    // All that another start would need is there; without the samples it would draw them again.
    context_.mark_done();
    // Gone in one step: samples that are half removed would look like damaged ones.
    const std::string gone = samples_folder_ + ".gone";
    fs::remove_all(gone);
    if (fs::exists(samples_folder_)) fs::rename(samples_folder_, gone);
    fs::remove_all(gone);
  });
}

StageOutcome evaluate(StageContext& context, const CommonSettings& common,
                      const EvaluateSettings& settings) {
  Evaluation evaluation(context, common, settings);
  while (!evaluation.finished()) {
    evaluation.step();
    if (context.stop_requested() && !evaluation.finished()) return StageOutcome::kStopped;
  }
  evaluation.write();
  return StageOutcome::kDone;
}

}  // namespace r1
