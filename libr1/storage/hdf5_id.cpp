#include "libr1/storage/hdf5_id.h"

#include <hdf5.h>

#include <utility>

#include "libr1/core/error.h"

namespace r1 {

static_assert(sizeof(hid_t) == sizeof(int64_t));

H5Id::~H5Id() {
  if (id_ >= 0) close_(id_);
}

H5Id::H5Id(H5Id&& other) noexcept : id_(std::exchange(other.id_, -1)), close_(other.close_) {}

H5Id& H5Id::operator=(H5Id&& other) noexcept {
  std::swap(id_, other.id_);
  std::swap(close_, other.close_);
  return *this;
}

H5Id hdf5_file(int64_t id) {
  return {id, [](int64_t file) { return H5Fclose(file); }};
}
H5Id hdf5_dataset(int64_t id) {
  return {id, [](int64_t dataset) { return H5Dclose(dataset); }};
}
H5Id hdf5_attribute(int64_t id) {
  return {id, [](int64_t attribute) { return H5Aclose(attribute); }};
}
H5Id hdf5_space(int64_t id) {
  return {id, [](int64_t space) { return H5Sclose(space); }};
}
H5Id hdf5_type(int64_t id) {
  return {id, [](int64_t type) { return H5Tclose(type); }};
}
H5Id hdf5_properties(int64_t id) {
  return {id, [](int64_t properties) { return H5Pclose(properties); }};
}

H5Id simple_space(const std::vector<int64_t>& dims) {
  const std::vector<hsize_t> sizes(dims.begin(), dims.end());
  return hdf5_space(dims.empty()
                        ? H5Screate(H5S_SCALAR)
                        : H5Screate_simple(static_cast<int>(sizes.size()), sizes.data(), nullptr));
}

H5Id without_times() {
  H5Id properties = hdf5_properties(H5Pcreate(H5P_DATASET_CREATE));
  R1_CHECK(H5Pset_obj_track_times(properties.get(), false) >= 0, "HDF5: ", hdf5_reason());
  return properties;
}

H5Id intermediate_groups() {
  H5Id links = hdf5_properties(H5Pcreate(H5P_LINK_CREATE));
  H5Pset_create_intermediate_group(links.get(), 1);
  return links;
}

int64_t memory_type(Dtype dtype) {
  switch (dtype) {
    case Dtype::kF32:
      return H5T_NATIVE_FLOAT;
    case Dtype::kBf16:
      return H5T_NATIVE_UINT16;
    case Dtype::kF64:
      break;
  }
  return H5T_NATIVE_DOUBLE;
}

std::string hdf5_reason() {
  std::string reason;
  H5Ewalk2(
      H5E_DEFAULT, H5E_WALK_UPWARD,
      [](unsigned depth, const H5E_error2_t* error, void* out) -> herr_t {
        auto& text = *static_cast<std::string*>(out);
        if (depth == 0 && error->desc) text = error->desc;
        return 0;
      },
      &reason);
  return reason.empty() ? "unknown reason" : reason;
}

}  // namespace r1
