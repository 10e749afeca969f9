// TensorBoard's event files: TFRecords of Event messages. A record is the length of its data (u64,
// little endian), the masked CRC32C of these 8 bytes, the data, and the masked CRC32C of the data.
// Of Event (tensorflow/core/util/event.proto) four fields are written: 1 wall_time (double), 2 step
// (int64), 3 file_version, 5 summary; of a summary's values (field 1) 1 tag and 2 simple_value
// (float).
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace r1 {

// CRC of RFC 3720 (Castagnoli, reflected): 0xe3069283 of "123456789".
uint32_t crc32c(std::string_view bytes);

// Whole records. wall_time: seconds since 1970.
std::string version_record(double wall_time);  // the first of a file
std::string scalars_record(double wall_time, int64_t step,
                           const std::vector<std::pair<std::string, double>>& scalars);

// When each step was written, by the records of a file's bytes up to the first that is cut or
// damaged. Reads what scalars_record wrote.
std::map<int64_t, double> wall_times(std::string_view file);

}  // namespace r1
