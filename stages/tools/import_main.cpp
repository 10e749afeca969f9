// r1-import: brings models and data sets of others into HDF5.
#include <CLI/CLI.hpp>

#include "stages/tools/import_options.h"
#include "stages/tools/tool.h"

int main(int argc, char** argv) {
  CLI::App app("Brings models and data sets into HDF5", "r1-import");
  app.require_subcommand(1);
  r1::ImportOptions options;
  options.declare(app);
  return r1::run_tool(app, argc, argv, [&] { options.run(argc, argv); });
}
