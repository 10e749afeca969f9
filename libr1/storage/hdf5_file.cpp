#include "libr1/storage/hdf5_file.h"

#include <hdf5.h>

#include <algorithm>
#include <cstdlib>
#include <exception>

#include "libr1/core/error.h"
#include "libr1/core/fault.h"
#include "libr1/core/file.h"

namespace r1 {

namespace {

// A file that cannot be read is damaged, unless a call of the system failed, which HDF5 then says.
Fault fault_of_reading(const std::string& reason) {
  constexpr std::string_view kKey = "errno = ";
  const size_t at = reason.find(kKey);
  return at == reason.npos ? Fault::kInput
                           : fault_of_errno(std::atoi(reason.c_str() + at + kKey.size()));
}

}  // namespace

int64_t H5File::check(int64_t result, const std::string& doing) const {
  if (result >= 0) return result;
  const std::string reason = hdf5_reason();
  throw_error(reading_ ? fault_of_reading(reason) : Fault::kRun,
              concat(path_, ": cannot ", doing, ": ", reason));
}

H5File::H5File(const std::string& path, H5Mode mode, const Communicator& communicator)
    : path_(path),
      reading_(mode == H5Mode::kRead),
      rank_(communicator.rank),
      size_(communicator.size) {
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);  // our errors carry HDF5's reasons
  R1_CHECK_INPUT(mode == H5Mode::kCreate || file_exists(path), path, ": no such file",
                 looked_from(path));
  exceptions_at_start_ = std::uncaught_exceptions();
  shared_ = communicator.mpi_comm != nullptr && size_ > 1 && mode == H5Mode::kCreate;
  H5Id access = hdf5_properties(H5Pcreate(H5P_FILE_ACCESS));
  transfer_ = hdf5_properties(H5Pcreate(H5P_DATASET_XFER));
  // A rank's rows are whole extents of the file, so each writes its own (HDF5's default): nothing
  // would be won by collective writes, whose exchanges cost a dozen waits a tensor.
  if (shared_)
    check(H5Pset_fapl_mpio(access.get(), *static_cast<const MPI_Comm*>(communicator.mpi_comm),
                           MPI_INFO_NULL),
          "open through MPI-IO");
  if (mode == H5Mode::kCreate)
    file_ = hdf5_file(
        check(H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, access.get()), "create it"));
  else
    file_ = hdf5_file(
        check(H5Fopen(path.c_str(), reading_ ? H5F_ACC_RDONLY : H5F_ACC_RDWR, access.get()),
              "open it as HDF5"));
}

H5File::~H5File() {
  if (shared_ && std::uncaught_exceptions() > exceptions_at_start_) file_.release();
}

void H5File::close() {
  flush();
  H5Id closing = std::move(file_);
  file_ = H5Id();
}

void H5File::flush() {
  check(H5Fflush(file_.get(), H5F_SCOPE_LOCAL), "flush it (is the disk full?)");
}

void H5File::write_integer(const std::string& name, int64_t value) {
  if (has_attribute(name)) check(H5Adelete(file_.get(), name.c_str()), "replace attribute " + name);
  const H5Id space = simple_space({});
  const H5Id attribute =
      hdf5_attribute(check(H5Acreate2(file_.get(), name.c_str(), H5T_NATIVE_INT64, space.get(),
                                      H5P_DEFAULT, H5P_DEFAULT),
                           "create attribute " + name));
  check(H5Awrite(attribute.get(), H5T_NATIVE_INT64, &value), "write attribute " + name);
}

// Long texts do not fit an attribute (64 KB), so all texts are datasets of bytes.
void H5File::write_text(const std::string& name, const std::string& value) {
  const std::string path = "text/" + name;
  if (has_dataset(path))
    check(H5Ldelete(file_.get(), path.c_str(), H5P_DEFAULT), "replace " + path);
  const H5Id space = simple_space({static_cast<int64_t>(value.size())});
  const H5Id links = intermediate_groups(), layout = without_times();
  const H5Id dataset =
      hdf5_dataset(check(H5Dcreate2(file_.get(), path.c_str(), H5T_STD_U8LE, space.get(),
                                    links.get(), layout.get(), H5P_DEFAULT),
                         "create " + path));
  if (rank_ != 0) H5Sselect_none(space.get());
  if (!value.empty())
    check(H5Dwrite(dataset.get(), H5T_NATIVE_UINT8, space.get(), space.get(), transfer_.get(),
                   value.data()),
          "write " + path);
}

bool H5File::has_attribute(const std::string& name) const {
  return H5Aexists(file_.get(), name.c_str()) > 0;
}

int64_t H5File::read_integer(const std::string& name) const {
  R1_CHECK_INPUT(has_attribute(name), path_, ": the attribute '", name,
                 "' is missing; was this file written by another program?");
  const H5Id attribute = hdf5_attribute(
      check(H5Aopen(file_.get(), name.c_str(), H5P_DEFAULT), "open attribute " + name));
  const H5Id space = hdf5_space(check(H5Aget_space(attribute.get()), "read attribute " + name));
  R1_CHECK_INPUT(H5Sget_simple_extent_npoints(space.get()) == 1, path_, ": the attribute '", name,
                 "' is not one value");
  int64_t value = 0;
  check(H5Aread(attribute.get(), H5T_NATIVE_INT64, &value), "read attribute " + name);
  return value;
}

std::string H5File::read_text(const std::string& name) const {
  const std::string path = "text/" + name;
  const int64_t size = column_size(path);
  std::string text(static_cast<size_t>(size), '\0');
  read_column(path, Column::kByte, 0, size, text.data());
  return text;
}

std::vector<std::string> H5File::attribute_names() const {
  std::vector<std::string> names;
  H5Aiterate2(
      file_.get(), H5_INDEX_NAME, H5_ITER_INC, nullptr,
      [](hid_t, const char* name, const H5A_info_t*, void* out) -> herr_t {
        static_cast<std::vector<std::string>*>(out)->push_back(name);
        return 0;
      },
      &names);
  return names;
}

std::vector<std::string> H5File::dataset_names() const {
  std::vector<std::string> names;
  check(H5Ovisit2(
            file_.get(), H5_INDEX_NAME, H5_ITER_INC,
            [](hid_t, const char* name, const H5O_info_t* info, void* out) -> herr_t {
              if (info->type == H5O_TYPE_DATASET)
                static_cast<std::vector<std::string>*>(out)->push_back(name);
              return 0;
            },
            &names, H5O_INFO_BASIC),
        "list its objects");
  std::sort(names.begin(), names.end());
  return names;
}

bool H5File::has_dataset(const std::string& name) const {
  for (size_t at = name.find('/'); at != name.npos; at = name.find('/', at + 1))
    if (H5Lexists(file_.get(), name.substr(0, at).c_str(), H5P_DEFAULT) <= 0) return false;
  return H5Lexists(file_.get(), name.c_str(), H5P_DEFAULT) > 0;
}

H5Id H5File::open_dataset(const std::string& name) const {
  R1_CHECK_INPUT(has_dataset(name), path_, ": the dataset '", name, "' is missing");
  return hdf5_dataset(
      check(H5Dopen2(file_.get(), name.c_str(), H5P_DEFAULT), "open dataset " + name));
}

}  // namespace r1
