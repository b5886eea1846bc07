#include "common/workload/csv.h"

#include <istream>

#include <fmt/format.h>

namespace culvert::workload {
namespace {

constexpr int kEnd = std::char_traits<char>::eof();
constexpr const char* kNul = "a byte of 0 stands here: this is no text, or not UTF-8; save it as CSV UTF-8";

}  // namespace

CsvReader::CsvReader(std::istream& stream) : stream_(stream) {
    for (const int byte : {0xEF, 0xBB, 0xBF}) {
        if (peek() != byte) return;  // a file that begins with half a mark is read as it is
        take();
    }
}

tl::unexpected<Error> CsvReader::refuse(std::uint64_t line, std::string what) {
    failed_ = true;
    row_line_ = line;
    return fail(Code::InvalidInput, std::move(what));
}

int CsvReader::peek() {
    return stream_.peek();
}

int CsvReader::take() {
    const int c = stream_.get();
    if (c == '\n') ++line_;
    return c;
}

Result<std::optional<Row>> CsvReader::next() {
    if (failed_) return std::optional<Row>();
    while (peek() == '\n' || peek() == '\r') take();
    row_line_ = line_;
    if (peek() == kEnd) return std::optional<Row>();

    Row row;
    bool more = true;
    while (more) {
        if (row.size() == kMostFields) return refuse(row_line_, fmt::format("more than {} fields", kMostFields));
        if (const Status read = read_field(row.emplace_back(), more); !read) return tl::unexpected(read.error());
    }
    return std::optional<Row>(std::move(row));
}

// `more`: a comma follows, so that the row has another field.
Status CsvReader::read_field(std::string& field, bool& more) {
    if (peek() == '"') {
        if (const Status quoted = read_quoted(field); !quoted) return quoted;
        if (peek() != ',' && peek() != '\r' && peek() != '\n' && peek() != kEnd) {
            return refuse(line_, "text follows a closing quote; a quote inside quotes is written twice (\"\")");
        }
    }
    for (;;) {
        const int c = take();
        if (c == '\r' && peek() == '\n') continue;
        more = c == ',';
        if (c == ',' || c == '\n' || c == kEnd) return {};
        if (c == '\0') return refuse(line_, kNul);
        if (field.size() == kLongestField)
            return refuse(line_, fmt::format("a field is longer than {} bytes", kLongestField));
        field += static_cast<char>(c);
    }
}

Status CsvReader::read_quoted(std::string& field) {
    const std::uint64_t opened = line_;
    take();
    for (;;) {
        const int c = take();
        if (c == kEnd) return refuse(opened, "the quote that opens here is never closed");
        if (c == '"') {
            if (peek() != '"') return {};
            take();
        }
        if (c == '\0') return refuse(line_, kNul);
        if (field.size() == kLongestField)
            return refuse(opened,
                          fmt::format("a field is longer than {} bytes; is a quote not closed?", kLongestField));
        field += static_cast<char>(c);
    }
}

}  // namespace culvert::workload
