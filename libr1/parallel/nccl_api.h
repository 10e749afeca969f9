// NCCL's functions, found when they are first needed: a library of 200 MB that no run without
// several GPUs has to have.
#pragma once

#include <nccl.h>

namespace r1 {

struct NcclApi {
  decltype(&::ncclGetUniqueId) get_unique_id;
  decltype(&::ncclCommInitRankConfig) comm_init_rank_config;
  decltype(&::ncclCommGetAsyncError) comm_get_async_error;
  decltype(&::ncclCommAbort) comm_abort;
  decltype(&::ncclCommDestroy) comm_destroy;
  decltype(&::ncclGetLastError) get_last_error;
  decltype(&::ncclGetErrorString) get_error_string;
  decltype(&::ncclBroadcast) broadcast;
  decltype(&::ncclGroupStart) group_start;
  decltype(&::ncclGroupEnd) group_end;
  decltype(&::ncclSend) send;
  decltype(&::ncclRecv) recv;
  decltype(&::ncclAllGather) all_gather;
};

// Fault::kInput when libnccl.so.2 cannot be loaded, with the loader's reason.
const NcclApi& nccl();

}  // namespace r1
