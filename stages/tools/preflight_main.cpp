// r1-preflight: is this allocation fit to run on? Started as a stage is, a rank a task.
#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>

#include "libr1/config/number_text.h"
#include "libr1/core/file.h"
#include "libr1/parallel/mpi_session.h"
#include "stages/tools/preflight.h"
#include "stages/tools/tool.h"

int main(int argc, char** argv) {
  r1::PreflightOptions options;
  std::string findings;
  double timeout_s = 50;
  CLI::App app("Checks ranks, software, GPUs, speed, MPI and files of an allocation",
               "r1-preflight");
  app.footer("\nExit codes: 0 fit; 70 a check failed, which says where; 64 wrong command line.");
  app.add_option("--folder", options.folder, "of the run: its file system is checked [.]");
  app.add_option("--gpus", options.gpus, "GPUs that each node is to have [0: not looked at]")
      ->check(r1::NumberIn<int>{r1::between(0, 4096)});
  app.add_option("--slow-factor", options.slow_factor, "times the median a rank may take [1.6]")
      ->check(r1::NumberIn<double>{r1::between(1, 1e6)});
  app.add_option("--free-gib", options.free_gib, "free space that there must be [0]");
  app.add_option("--timeout", timeout_s, "seconds a rank waits for another [50]")
      ->check(r1::NumberIn<double>{r1::between(1, 1e6)});
  app.add_option(
      "--findings", findings,
      "file for what failed, a line each: node (or -), tab, check; none when all is well");
  if (const auto code = r1::read_command_line(app, argc, argv)) return *code;
  r1::MpiSession session(&argc, &argv);
  bool fit = true;
  const int code = r1::run_tool("r1-preflight on " + r1::slurm_node(), [&] {
    const auto world = session.world(timeout_s);
    const auto checks = r1::preflight(options, *world);
    fit = r1::is_fit(checks);
    if (world->rank() == 0) std::fputs(r1::preflight_report(checks).c_str(), stdout);
    std::fflush(stdout);
    if (world->rank() == 0 && !fit && !findings.empty())
      r1::write_file(findings, r1::preflight_findings(checks));
    // srun ends the others when the first rank returns 70; they return it too.
    std::signal(SIGTERM, SIG_IGN);
    world->barrier("end of the checks");
  });
  if (code != 0 && session.size() > 1) session.abort(code);
  return fit ? code : 70;  // known to all ranks: no abort, which would hide the report
}
