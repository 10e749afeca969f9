// r1-inspect: what is in this file, and where it comes from.
#include "stages/tools/inspect.h"

#include <CLI/CLI.hpp>
#include <cstdio>

#include "stages/tools/tool.h"

int main(int argc, char** argv) {
  CLI::App app("Shows what is in a checkpoint, model or data set", "r1-inspect");
  std::string path;
  app.add_option("path", path, "checkpoint folder or HDF5 file")->required();
  CLI11_PARSE(app, argc, argv);
  return r1::run_tool("r1-inspect", [&] { std::fputs(r1::inspect(path).c_str(), stdout); });
}
