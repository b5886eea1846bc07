#include "common/workload/csv.h"

#include <sstream>

#include <catch2/catch.hpp>

namespace culvert::workload {
namespace {

std::vector<Row> rows_of(const std::string& text) {
    std::istringstream stream(text);
    CsvReader reader(stream);
    std::vector<Row> rows;
    for (;;) {
        auto row = reader.next();
        REQUIRE(row.has_value());
        if (!*row) return rows;
        rows.push_back(**row);
    }
}

TEST_CASE("rows and fields are read with either line end, with or without the last one", "[workload]") {
    const std::vector<Row> expected{{"id", "name"}, {"1", "Ana"}, {"2", ""}};
    CHECK(rows_of("id,name\n1,Ana\n2,\n") == expected);
    CHECK(rows_of("id,name\r\n1,Ana\r\n2,") == expected);
    CHECK(rows_of("\xEF\xBB\xBFid,name\n\n1,Ana\r\n\r\n2,\n\n") == expected);
}

TEST_CASE("quotes hold commas, line ends and quotes", "[workload]") {
    CHECK(rows_of("\"a,b\",\"c\nd\",\"say \"\"hi\"\"\"\n") == std::vector<Row>{{"a,b", "c\nd", "say \"hi\""}});
    CHECK(rows_of("\"\",x\n") == std::vector<Row>{{"", "x"}});
    CHECK(rows_of("a \"b\" c\n") == std::vector<Row>{{"a \"b\" c"}});
}

TEST_CASE("nothing has no rows", "[workload]") {
    CHECK(rows_of("").empty());
    CHECK(rows_of("\n\n").empty());
}

TEST_CASE("a row knows its line, also after fields of several lines", "[workload]") {
    std::istringstream stream("a\n\"b\nc\"\nd\n");
    CsvReader reader(stream);
    for (const std::uint64_t line : {1U, 2U, 4U}) {
        REQUIRE(reader.next().value().has_value());
        CHECK(reader.line() == line);
    }
}

TEST_CASE("broken quotes are an error with their line", "[workload]") {
    const auto error_of = [](const std::string& text) {
        std::istringstream stream(text);
        CsvReader reader(stream);
        for (;;) {
            const auto row = reader.next();
            if (!row) return std::to_string(reader.line()) + ": " + row.error().message;
            if (!*row) return std::string("none");
        }
    };
    CHECK(error_of("a\n\"b\nc\n") == "2: the quote that opens here is never closed");
    CHECK(error_of("a\n\"b\"c\n").substr(0, 36) == "2: text follows a closing quote; a q");
    CHECK(error_of(std::string(CsvReader::kLongestField + 1, 'x')).find("longer than") != std::string::npos);
    CHECK(error_of('"' + std::string(CsvReader::kLongestField + 1, 'x')).find("longer than") != std::string::npos);
    CHECK(error_of(std::string(CsvReader::kMostFields, ',')).find("more than 1000 fields") != std::string::npos);
}

}  // namespace
}  // namespace culvert::workload
