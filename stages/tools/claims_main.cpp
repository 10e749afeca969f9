// r1-claims: holds a run of the whole recipe against the paper.
#include "stages/tools/claims.h"

#include <CLI/CLI.hpp>
#include <cstdio>

#include "libr1/core/file.h"
#include "stages/tools/tool.h"

int main(int argc, char** argv) {
  CLI::App app("Holds a run of the whole recipe against the paper's claims, claim by claim",
               "r1-claims");
  std::string run;
  app.add_option("run", run, "folder of the run; RUN/claims.json is written")->required();
  return r1::run_tool(app, argc, argv, [&] {
    const auto claims = r1::measure_claims(run);
    r1::write_file(run + "/claims.json", r1::claims_json(claims));
    std::fputs(r1::claims_table(claims).c_str(), stdout);
  });
}
