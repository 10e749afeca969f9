#include "stages/tools/preflight_facts.h"

#include <gnu/libc-version.h>
#include <link.h>
#include <sys/utsname.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "kernels/cpu/isa.h"
#include "libr1/core/build.h"
#include "libr1/core/error.h"
#include "libr1/core/gpu.h"
#include "libr1/parallel/mpi_session.h"
#include "libr1/storage/checksum.h"

namespace r1 {
namespace {

std::string file_name(const std::string& path) { return path.substr(path.rfind('/') + 1); }

std::vector<std::string> loaded_libraries() {
  std::vector<std::string> paths = {"/proc/self/exe"};
  dl_iterate_phdr(
      [](dl_phdr_info* info, size_t, void* out) {
        if (info->dlpi_name && info->dlpi_name[0] == '/')
          static_cast<std::vector<std::string>*>(out)->push_back(info->dlpi_name);
        return 0;
      },
      &paths);
  return paths;
}

std::string cpu_model() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);)
    if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
  return "unknown";
}

std::vector<std::string> lines_of_command(const char* command) {
  std::vector<std::string> lines;
  FILE* pipe = ::popen(command, "r");
  if (!pipe) return lines;
  char line[512];
  while (std::fgets(line, sizeof line, pipe)) {
    lines.emplace_back(line);
    if (lines.back().ends_with('\n')) lines.back().pop_back();
  }
  ::pclose(pipe);
  return lines;
}

std::string in_lines(const Facts& facts) {
  std::string text;
  for (const auto& [key, value] : facts) text += concat(key, '\t', value, '\n');
  return text;
}

Facts from_lines(const std::string& text) {
  Facts facts;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);)
    facts[line.substr(0, line.find('\t'))] = line.substr(line.find('\t') + 1);
  return facts;
}

std::vector<Facts> gather(const Facts& mine, ProcessGroup& world) {
  std::vector<Facts> all;
  for (const std::string& text : world.all_gather(in_lines(mine), "compare the nodes"))
    all.push_back(from_lines(text));
  return all;
}

std::string value_of(const Facts& facts, const std::string& key) {
  const auto found = facts.find(key);
  return found == facts.end() ? "absent" : found->second;
}

int visible_gpus() {
  const char* devices = std::getenv("CUDA_VISIBLE_DEVICES");
  if (!devices || !*devices) return 0;
  return static_cast<int>(1 + std::count(devices, devices + std::string(devices).size(), ','));
}

}  // namespace

Facts software_facts() {
  Facts facts = {{"R1", concat(kVersion, " (", git_revision(), ")")},
                 {"MPI", mpi_version().substr(0, mpi_version().find(','))},
                 {"glibc", gnu_get_libc_version()},
                 {"instruction set", kernels::isa() == kernels::Isa::kAvx512 ? "AVX-512" : "AVX2"}};
  for (const std::string& path : loaded_libraries())
    facts[path == "/proc/self/exe" ? "this program" : file_name(path)] = file_checksum(path);
  return facts;
}

Facts machine_facts() {
  utsname system{};
  ::uname(&system);
  return {{"kernel", concat(system.sysname, " ", system.release)}, {"CPU", cpu_model()}};
}

Facts gpu_facts() {
  Facts facts;
  int idx = 0;
  for (const std::string& line :
       lines_of_command("command -v nvidia-smi >/dev/null && nvidia-smi "
                        "--query-gpu=name,memory.total,driver_version --format=csv,noheader"))
    facts[concat("GPU ", idx++)] = line;
  facts["GPUs that ranks see"] = std::to_string(visible_gpus());
  // A driver that is older than this build's CUDA, a GPU that has fallen off its bus.
  if (std::filesystem::exists("/dev/nvidiactl") && gpu::count() == 0)
    facts["no GPU to compute on"] = gpu::why_none();
  return facts;
}

std::vector<Problem> differences(const std::vector<std::string>& nodes,
                                 const std::vector<Facts>& of_rank) {
  std::set<std::string> keys;
  for (const Facts& facts : of_rank)
    for (const auto& [key, value] : facts) keys.insert(key);
  std::vector<Problem> problems;
  for (const std::string& key : keys) {
    std::map<std::string, int> ranks_with;
    for (const Facts& facts : of_rank) ++ranks_with[value_of(facts, key)];
    if (ranks_with.size() == 1) continue;
    const auto usual = std::ranges::max_element(
        ranks_with, [](const auto& a, const auto& b) { return a.second < b.second; });
    std::set<std::string> named;
    for (size_t r = 0; r < of_rank.size(); ++r) {
      const std::string value = value_of(of_rank[r], key);
      if (value != usual->first && named.insert(nodes[r]).second)
        problems.push_back(
            {nodes[r], concat(key, " is ", value, ", on most others ", usual->first)});
    }
  }
  return problems;
}

Check check_software(const std::vector<std::string>& nodes, ProcessGroup& world) {
  const Facts mine = software_facts();
  Check check{.name = "software", .problems = differences(nodes, gather(mine, world))};
  check.summary = concat("R1 ", mine.at("R1"), ", ", mine.at("MPI"), ", glibc ", mine.at("glibc"),
                         ", ", mine.at("instruction set"), "; ", mine.size() - 4,
                         " files of program and libraries are equal");
  return check;
}

Check check_machines(const std::vector<std::string>& nodes, ProcessGroup& world) {
  const Facts mine = machine_facts();
  return {.name = "machine",
          .summary = concat(mine.at("kernel"), ", ", mine.at("CPU")),
          .problems = differences(nodes, gather(mine, world)),
          .is_harmless = true};
}

Check check_gpus(int expected, const std::vector<std::string>& nodes, ProcessGroup& world) {
  Check check{.name = "GPUs", .summary = "none asked for"};
  const std::vector<Facts> all = gather(gpu_facts(), world);
  if (expected == 0) return check;
  check.problems = differences(nodes, all);
  std::set<std::string> named;
  for (size_t r = 0; r < all.size(); ++r) {
    const std::string seen = value_of(all[r], "GPUs that ranks see");
    const auto none = all[r].find("no GPU to compute on");
    // To a GPU of its own, by the site: there are as many ranks as GPUs.
    const bool is_bound = seen == "1" && std::ranges::count(nodes, nodes[r]) == expected;
    if ((is_bound || seen == std::to_string(expected)) && none == all[r].end()) continue;
    if (!named.insert(nodes[r]).second) continue;
    check.problems.push_back(
        {nodes[r], none != all[r].end()
                       ? concat("its ranks cannot compute on a GPU: ", none->second)
                       : concat("its ranks see ", seen, " GPUs (CUDA_VISIBLE_DEVICES), expected ",
                                expected)});
  }
  const std::string model = value_of(all[0], "GPU 0");
  check.summary = concat(expected, " on each node",
                         model == "absent" ? "; no nvidia-smi to ask what they are" : ": " + model);
  return check;
}

}  // namespace r1
