#include "common/protocol/rows.h"

#include "common/base/check.h"

namespace culvert::protocol {
namespace {

void put_varint(std::string& out, std::uint64_t value) {
    while (value >= 0x80) {
        out += static_cast<char>(static_cast<unsigned char>(value | 0x80));
        value >>= 7;
    }
    out += static_cast<char>(value);
}

class RowReader {
  public:
    explicit RowReader(std::string_view rest) : rest_(rest) {}

    Result<std::uint64_t> varint() {
        std::uint64_t value = 0;
        for (unsigned shift = 0; shift < 64; shift += 7) {
            if (rest_.empty()) return fail(Code::InvalidInput, "rows of a data set: cut short");
            const auto byte = static_cast<unsigned char>(rest_.front());
            rest_.remove_prefix(1);
            if (shift == 63 && byte > 1) break;
            value |= std::uint64_t{byte & 0x7fU} << shift;
            if ((byte & 0x80) == 0) return value;
        }
        return fail(Code::InvalidInput, "rows of a data set: a number of more than 64 bits");
    }

    Result<std::string> text() {
        const auto length = varint();
        if (!length) return tl::unexpected(length.error());
        if (*length > rest_.size()) return fail(Code::InvalidInput, "rows of a data set: cut short");
        std::string value(rest_.substr(0, static_cast<std::size_t>(*length)));
        rest_.remove_prefix(value.size());
        return value;
    }

    std::size_t left() const { return rest_.size(); }

  private:
    std::string_view rest_;
};

}  // namespace

std::string encode_rows(std::size_t columns, const Rows& rows) {
    std::string out;
    put_varint(out, columns);
    put_varint(out, rows.size());
    for (const auto& row : rows) {
        CULVERT_CHECK(row.size() == columns);
        for (const std::string& cell : row) {
            put_varint(out, cell.size());
            out += cell;
        }
    }
    return out;
}

Result<Rows> decode_rows(std::size_t columns, std::string_view encoded) {
    RowReader reader(encoded);
    const auto found_columns = reader.varint();
    if (!found_columns) return tl::unexpected(found_columns.error());
    const auto count = reader.varint();
    if (!count) return tl::unexpected(count.error());
    if (*found_columns != columns || columns == 0 || columns > kMostColumns) {
        return fail(Code::InvalidInput, "rows of a data set: " + std::to_string(*found_columns) +
                                            " columns where the plan has " + std::to_string(columns));
    }
    // Each cell takes at least its length byte, so the count is bounded by the bytes that are there before anything is
    // allocated.
    if (*count > kMostCells / columns || *count > reader.left() / columns) {
        return fail(Code::InvalidInput, "rows of a data set: more rows announced than follow");
    }
    Rows rows;
    rows.reserve(static_cast<std::size_t>(*count));
    for (std::uint64_t r = 0; r < *count; ++r) {
        std::vector<std::string> row;
        row.reserve(columns);
        for (std::size_t c = 0; c < columns; ++c) {
            auto cell = reader.text();
            if (!cell) return tl::unexpected(cell.error());
            row.push_back(std::move(*cell));
        }
        rows.push_back(std::move(row));
    }
    if (reader.left() != 0) return fail(Code::InvalidInput, "rows of a data set: something follows the last row");
    return rows;
}

}  // namespace culvert::protocol
