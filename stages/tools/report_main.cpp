// r1-report: a run as one HTML page that needs nothing else.
#include "stages/tools/report.h"

#include <CLI/CLI.hpp>
#include <cstdio>

#include "libr1/core/file.h"
#include "stages/tools/tool.h"

int main(int argc, char** argv) {
  CLI::App app("Writes one self-contained HTML page about a run", "r1-report");
  std::string run, out;
  app.add_option("run", run, "folder of the run, as given to --run")->required();
  app.add_option("--out", out, "the page; default: RUN/report.html");
  return r1::run_tool(app, argc, argv, [&] {
    while (run.size() > 1 && run.back() == '/') run.pop_back();
    if (out.empty())
      out = run + "/report.html";
    else
      r1::check_folder_of(out);
    r1::write_file(out, r1::report_page(run));
    std::printf("%s\n", out.c_str());
  });
}
