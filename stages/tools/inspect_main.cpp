// r1-inspect: what is in this file, and where it comes from.
#include "stages/tools/inspect.h"

#include <CLI/CLI.hpp>
#include <cstdio>

#include "libr1/core/error.h"
#include "stages/tools/inspect_overlap.h"
#include "stages/tools/tool.h"

int main(int argc, char** argv) {
  CLI::App app("Shows what is in a checkpoint, model or data set", "r1-inspect");
  std::string path, dataset, other;
  int ngram = 10;
  app.add_option("path", path, "a checkpoint's, a stage's or a model's folder, or an HDF5 file");
  CLI::App* overlap = app.add_subcommand("overlap", "questions that two data sets have in common");
  overlap->add_option("dataset", dataset, "the one whose rows are counted")->required();
  overlap->add_option("other", other, "such as a benchmark")->required();
  overlap->add_option("--ngram", ngram, "words on end that a match has (paper: 10)")
      ->capture_default_str();
  return r1::run_tool(app, argc, argv, [&] {
    R1_CHECK_INPUT(*overlap || !path.empty(), "a path is required; r1-inspect --help says more");
    const std::string text =
        *overlap ? r1::inspect_overlap(dataset, other, ngram) : r1::inspect(path);
    std::fputs(text.c_str(), stdout);
  });
}
