#include "libr1/data/jsonl_writer.h"

#include <zlib.h>

#include <array>

#include "libr1/core/error.h"

namespace r1 {

class JsonlWriter::Gzip {
 public:
  Gzip() {
    constexpr int kGzipHeader = 16, kLargestWindow = 15, kDefaultMemory = 8;
    R1_CHECK(
        ::deflateInit2(&stream_, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kGzipHeader + kLargestWindow,
                       kDefaultMemory, Z_DEFAULT_STRATEGY) == Z_OK,
        "zlib cannot begin: out of memory");
  }
  ~Gzip() { ::deflateEnd(&stream_); }
  Gzip(const Gzip&) = delete;
  Gzip& operator=(const Gzip&) = delete;

  // flush: Z_NO_FLUSH, and once, at the end, Z_FINISH.
  void write(std::string_view bytes, int flush, OutputFile& file) {
    // zlib does not write there.
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    stream_.avail_in = static_cast<uInt>(bytes.size());
    do {
      std::array<char, 1 << 16> block;
      stream_.next_out = reinterpret_cast<Bytef*>(block.data());
      stream_.avail_out = block.size();
      ::deflate(&stream_, flush);
      file.append({block.data(), block.size() - stream_.avail_out});
    } while (stream_.avail_out == 0);
  }

 private:
  z_stream stream_{};
};

JsonlWriter::JsonlWriter(const std::string& path)
    : file_(path), gzip_(path.ends_with(".gz") ? std::make_unique<Gzip>() : nullptr) {}

JsonlWriter::~JsonlWriter() = default;

void JsonlWriter::row(std::string_view json) {
  constexpr size_t kBuffer = size_t{1} << 20;
  buffer_.append(json);
  buffer_ += '\n';
  if (buffer_.size() >= kBuffer) flush();
}

void JsonlWriter::flush() {
  if (gzip_)
    gzip_->write(buffer_, Z_NO_FLUSH, file_);
  else
    file_.append(buffer_);
  buffer_.clear();
}

void JsonlWriter::keep() {
  flush();
  if (gzip_) gzip_->write({}, Z_FINISH, file_);
  file_.keep();
}

}  // namespace r1
