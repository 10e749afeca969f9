#include "libr1/parallel/nccl_api.h"

#include <dlfcn.h>

#include "libr1/core/error.h"

namespace r1 {
namespace {

constexpr const char* kLibrary = "libnccl.so.2";

template <class Function>
void find(void* library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(::dlsym(library, name));
  R1_CHECK_INPUT(function, kLibrary, " has no ", name, "; it is older than this program wants (",
                 NCCL_MAJOR, ".", NCCL_MINOR, ")");
}

NcclApi load() {
  void* library = ::dlopen(kLibrary, RTLD_NOW | RTLD_LOCAL);  // for the life of the process
  if (!library)
    throw_error(Fault::kInput,
                concat("ranks on GPUs talk through NCCL, which cannot be loaded: ", ::dlerror(),
                       "; install it, or set compute.offload_optimizer=true"));
  NcclApi api{};
  find(library, "ncclGetUniqueId", api.get_unique_id);
  find(library, "ncclCommInitRankConfig", api.comm_init_rank_config);
  find(library, "ncclCommGetAsyncError", api.comm_get_async_error);
  find(library, "ncclCommAbort", api.comm_abort);
  find(library, "ncclCommDestroy", api.comm_destroy);
  find(library, "ncclGetLastError", api.get_last_error);
  find(library, "ncclGetErrorString", api.get_error_string);
  find(library, "ncclBroadcast", api.broadcast);
  find(library, "ncclGroupStart", api.group_start);
  find(library, "ncclGroupEnd", api.group_end);
  find(library, "ncclSend", api.send);
  find(library, "ncclRecv", api.recv);
  find(library, "ncclAllGather", api.all_gather);
  return api;
}

}  // namespace

const NcclApi& nccl() {
  static const NcclApi api = load();
  return api;
}

}  // namespace r1
