// CSV by RFC 4180, row by row: quotes, doubled quotes, line ends inside quotes, CRLF or LF, a UTF-8 byte order mark.
// Every length is bounded.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include "common/base/result.h"

namespace culvert::workload {

using Row = std::vector<std::string>;

class CsvReader {
  public:
    static constexpr std::size_t kLongestField = 1 << 20;  // bytes
    static constexpr std::size_t kMostFields = 1000;       // of a row

    // The stream outlives the reader.
    explicit CsvReader(std::istream& stream);

    // The next row; nothing at the end. Blank lines are skipped. After an error the reader is at its end.
    Result<std::optional<Row>> next();
    // Line where the last row began, or the line of the error; from 1.
    std::uint64_t line() const { return row_line_; }

  private:
    Status read_field(std::string& field, bool& more);
    Status read_quoted(std::string& field);
    tl::unexpected<Error> refuse(std::uint64_t line, std::string what);
    int peek();
    int take();

    std::istream& stream_;
    std::uint64_t line_ = 1;
    std::uint64_t row_line_ = 1;
    bool failed_ = false;
};

}  // namespace culvert::workload
