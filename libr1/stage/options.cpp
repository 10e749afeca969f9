#include "libr1/stage/options.h"

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <map>

#include "libr1/config/number_text.h"
#include "libr1/core/build.h"

namespace r1 {
namespace {

constexpr const char* kFooter =
    "\nExit codes: 0 done; 75 stopped with a checkpoint, run the same command again; 64 wrong\n"
    "config or input; 70 anything else. SIGTERM and SIGUSR1 stop the stage at the end of a step.\n"
    "Files: RUN/STAGE/ holds effective.toml, metrics.jsonl, rank-*.log, step-*/ and, at the end,\n"
    "DONE. --print-config lists every key with its meaning, default and effective value.";

// Seconds left of a Slurm job, which says in seconds since 1970 when it ends.
double slurm_seconds_left() {
  const char* end = std::getenv("SLURM_JOB_END_TIME");
  if (!end) return 0;
  const double now =
      std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  return std::max(1.0, std::atof(end) - now);
}

}  // namespace

std::optional<StageOptions> parse_stage_options(int argc, char** argv, const std::string& name,
                                                const std::string& summary, std::string& text) {
  StageOptions options;
  options.deadline_s = slurm_seconds_left();
  CLI::App app(summary, name);
  app.footer(kFooter);
  app.set_version_flag("--version", concat(name, " ", kVersion, " (", git_revision(), ")"));
  app.add_option("--config", options.config, "TOML file");
  app.add_option("--run", options.run, "folder of the run [runs/<name of the config>]");
  app.add_option("--as", options.job,
                 concat("its table in the config, and its folder in the run [", name, "]"));
  app.add_option("--set", options.overrides, "a config key's value: table.key=value");
  app.add_option("--resume", options.resume,
                 "auto: from the newest checkpoint of this run, if there is one;\n"
                 "never: from the start, refused when the run has checkpoints or samples;\n"
                 "FOLDER: from this checkpoint; those of later steps in this run are set aside as\n"
                 "abandoned-step-*, and auto goes on with the new branch")
      ->capture_default_str();
  const std::map<std::string, LogLevel> levels = {
      {"info", LogLevel::kInfo}, {"warning", LogLevel::kWarning}, {"error", LogLevel::kError}};
  app.add_option("--log-level", options.log_level, "info, warning or error [info]")
      ->transform(CLI::CheckedTransformer(levels).description(""));
  app.add_option("--threads", options.threads, "threads a rank [its share of the node's cores]")
      ->check(NumberIn<int>{between(1, 4096)});
  app.add_option("--deadline", options.deadline_s,
                 "seconds after which to stop with a checkpoint [the Slurm job's end]")
      ->check(NumberIn<double>{positive()});
  app.add_option("--timeout", options.timeout_s,
                 "seconds a rank waits for another, or a save may take, before it gives up")
      ->check(NumberIn<double>{positive()})
      ->capture_default_str();
  app.add_flag("--print-config", options.print_config, "print the effective config and exit");
  app.add_flag(
      "--check-files", options.check_files,
      "see whether the files that the config names are there, and exit; those in the run's\n"
      "folder may be yet to come");
  app.add_flag("--document-config", options.document_config,
               "print the reference page of all keys, Markdown, and exit");
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& e) {
    text = dynamic_cast<const CLI::CallForVersion*>(&e) ? concat(e.what(), "\n") : app.help();
    return std::nullopt;
  } catch (const CLI::ParseError& e) {
    throw_error(Fault::kInput, concat(e.what(), "; ", name, " --help lists the options"));
  }
  R1_CHECK_INPUT(options.document_config || !options.config.empty(), "--config is required; ", name,
                 " --help lists the options");
  if (options.run.empty())
    options.run = "runs/" + std::filesystem::path(options.config).stem().string();
  if (options.job.empty()) options.job = name;
  R1_CHECK_INPUT(options.job.find('/') == options.job.npos && options.job[0] != '.', "--as ",
                 options.job,
                 " becomes a folder of the run; it must hold no / and not begin with a dot");
  return options;
}

}  // namespace r1
