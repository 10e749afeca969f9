#include "libr1/config/pipeline.h"

#define TOML_EXCEPTIONS 1
#include <toml++/toml.h>
#include <algorithm>
#include <set>

#include "libr1/config/allowed.h"
#include "libr1/core/error.h"
#include "libr1/core/file.h"

namespace r1 {
namespace {

constexpr std::string_view kNameCharacters =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-";

std::string stripped(std::string_view text) {
  const size_t first = text.find_first_not_of(' ');
  if (first == text.npos) return "";
  return std::string(text.substr(first, text.find_last_not_of(' ') - first + 1));
}

// "r1-zero", or "student = r1-zero".
Job named_job(const std::string& entry) {
  const size_t equals = entry.find('=');
  if (equals == entry.npos) return {stripped(entry), stripped(entry), {}};
  return {stripped(entry.substr(0, equals)), stripped(entry.substr(equals + 1)), {}};
}

bool is_name(const std::string& text) {
  return !text.empty() && text.find_first_not_of(kNameCharacters) == text.npos;
}

std::vector<Job> listed_jobs(const toml::table& table, const std::string& file) {
  const toml::table* pipeline = table["pipeline"].as_table();
  if (!pipeline) return {};
  const toml::array* entries = (*pipeline)["jobs"].as_array();
  R1_CHECK_INPUT(entries && !entries->empty() && entries->is_homogeneous<std::string>(), file,
                 ": pipeline.jobs must be a list of texts, each \"STAGE\" or \"NAME = STAGE\"");
  R1_CHECK_INPUT(pipeline->size() == 1, file, ": [pipeline] has one key, jobs");
  std::vector<Job> jobs;
  std::set<std::string> names;
  for (const toml::node& entry : *entries) {
    Job job = named_job(entry.as_string()->get());
    R1_CHECK_INPUT(is_name(job.name) && is_name(job.stage), file, ": pipeline.jobs has \"",
                   entry.as_string()->get(),
                   "\", expected \"STAGE\" or \"NAME = STAGE\" of letters, digits and -");
    R1_CHECK_INPUT(names.insert(job.name).second, file, ": pipeline.jobs has ", job.name,
                   " twice; give one of them another name: \"NAME = ", job.stage, "\"");
    R1_CHECK_INPUT(table[job.name].is_table(), file, ": the job ", job.name, " has no table [",
                   job.name, "]");
    jobs.push_back(std::move(job));
  }
  return jobs;
}

template <class Body>
void for_each_text(const toml::node& node, const Body& body) {
  if (const auto* table = node.as_table())
    for (const auto& [key, inner] : *table) for_each_text(inner, body);
  else if (const auto* array = node.as_array())
    for (const toml::node& inner : *array) for_each_text(inner, body);
  else if (const auto* string = node.as_string())
    body(std::string_view(string->get()));
}

// Calls body(NAME) for every {run}/NAME in the text.
template <class Body>
void for_each_reference(std::string_view text, const Body& body) {
  for (size_t at = text.find(kInRun); at != text.npos; at = text.find(kInRun, at + 1)) {
    const std::string_view rest = text.substr(at + kInRun.size());
    body(std::string(rest.substr(0, rest.find_first_not_of(kNameCharacters))));
  }
}

void add_waits(std::vector<Job>& jobs, const toml::table& table, const std::string& file) {
  for (Job& job : jobs) {
    const auto wait_for = [&](const std::string& name) {
      const bool known = std::ranges::any_of(jobs, [&](const Job& j) { return j.name == name; });
      R1_CHECK_INPUT(known, file, ": [", job.name, "] names {run}/", name,
                     ", and no job is called ", name);
      if (name != job.name && std::ranges::find(job.after, name) == job.after.end())
        job.after.push_back(name);
    };
    for_each_text(*table[job.name].node(),
                  [&](std::string_view text) { for_each_reference(text, wait_for); });
  }
}

std::vector<Job> in_order(std::vector<Job> jobs, const std::string& file) {
  std::vector<Job> ordered;
  std::set<std::string> done;
  while (!jobs.empty()) {
    const auto ready = std::ranges::find_if(jobs, [&](const Job& job) {
      return std::ranges::all_of(job.after, [&](const auto& name) { return done.contains(name); });
    });
    R1_CHECK_INPUT(ready != jobs.end(), file, ": the job ", jobs[0].name,
                   " waits for itself, by way of ", jobs[0].after[0]);
    done.insert(ready->name);
    ordered.push_back(std::move(*ready));
    jobs.erase(ready);
  }
  return ordered;
}

toml::table parsed(const std::string& file) {
  try {
    return toml::parse(read_file(file), file);
  } catch (const toml::parse_error& e) {
    throw_error(Fault::kInput, concat(file, ":", e.source().begin.line, ": ", e.description()));
  }
}

}  // namespace

std::vector<Job> read_pipeline(const std::string& file) {
  const toml::table table = parsed(file);
  std::vector<Job> jobs = listed_jobs(table, file);
  add_waits(jobs, table, file);
  return in_order(std::move(jobs), file);
}

std::vector<std::string> table_names(const std::string& file) {
  std::vector<std::string> names;
  for (const auto& [key, node] : parsed(file))
    if (node.is_table()) names.emplace_back(key.str());
  return names;
}

}  // namespace r1
