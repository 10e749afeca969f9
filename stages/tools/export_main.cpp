// r1-export: writes a model as a Hugging Face folder, or a data set as JSONL.
#include "stages/tools/export.h"

#include <CLI/CLI.hpp>

#include "stages/tools/tool.h"

int main(int argc, char** argv) {
  CLI::App app("Writes models and data sets in others' formats", "r1-export");
  app.require_subcommand(1);
  std::string from, out, dtype = "f32";
  CLI::App* model = app.add_subcommand("model", "to a Hugging Face folder");
  model->add_option("model", from, "a model.h5, a checkpoint's or a stage's folder")->required();
  model->add_option("--out", out, "folder to write")->required();
  model->add_option("--dtype", dtype, "f32 or bf16")->capture_default_str();
  CLI::App* rows = app.add_subcommand("rows", "of a data set to JSONL");
  rows->add_option("dataset", from, "HDF5 data set")->required();
  rows->add_option("--out", out, "JSONL file to write, .jsonl or .jsonl.gz")->required();
  return r1::run_tool(app, argc, argv, [&] {
    if (*model) r1::export_model(from, out, r1::dtype_from_string(dtype));
    if (*rows) r1::export_rows(from, out);
  });
}
