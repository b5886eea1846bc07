#include "common/workload/data_rows.h"

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <set>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "common/base/text.h"
#include "common/config/reader.h"

namespace culvert::workload {
namespace {

constexpr std::size_t kToldAtMost = 10;  // uneven rows of one file

// A stream over a regular file of bounded size, or why not.
Status open_csv(const std::string& file, std::ifstream& stream) {
    std::error_code error;
    const auto status = std::filesystem::status(file, error);
    if (!std::filesystem::exists(status))
        return fail(Code::InvalidInput, "no such file; a path is relative to the plan");
    if (!std::filesystem::is_regular_file(status)) return fail(Code::InvalidInput, "is not a file");
    const auto size = std::filesystem::file_size(file, error);
    if (!error && size > kLargestCsv)
        return fail(Code::InvalidInput, fmt::format("is larger than {}", to_string(Bytes{kLargestCsv})));
    errno = 0;
    stream.open(file, std::ios::binary);
    if (!stream) return fail(Code::InvalidInput, std::generic_category().message(errno == 0 ? EIO : errno));
    return {};
}

class Inspector {
  public:
    Inspector(const std::string& file, std::istream& stream, config::Problems& problems)
        : file_(file), reader_(stream), problems_(problems) {}

    std::optional<CsvFacts> run() {
        const std::size_t before = problems_.size();
        read_head();
        if (problems_.size() == before) count_rows();
        if (problems_.size() == before && facts_.rows == 0)
            problem(1, "has no rows below its first line, which names the columns");
        if (problems_.size() != before) return std::nullopt;
        return std::move(facts_);
    }

  private:
    void problem(std::uint64_t line, std::string message) {
        problems_.push_back(
            config::Problem{config::Position{file_, static_cast<int>(line), 1}, "", std::move(message)});
    }

    void read_head() {
        auto head = reader_.next();
        if (!head) return problem(reader_.line(), head.error().message);
        if (!*head) return problem(1, "is empty; its first line names the columns");
        if (const std::string other = other_form(**head); !other.empty()) return problem(reader_.line(), other);
        std::set<std::string> seen;
        for (const std::string& field : **head) {
            const std::string name(trim(field));
            const std::size_t number = facts_.columns.size() + 1;
            if (name.empty()) {
                problem(reader_.line(), fmt::format("column {} has no name", number));
            } else if (name.find_first_of("${}:\n\r") != std::string::npos) {
                problem(reader_.line(),
                        fmt::format("column name \"{}\" must not contain $ {{ }} or :", excerpt(name, 40)));
            } else if (!seen.insert(name).second) {
                problem(reader_.line(), fmt::format("column \"{}\" is named twice", excerpt(name, 40)));
            }
            facts_.columns.push_back(name);
        }
    }

    // A file that is read without an error, but as something its writer did not mean; empty: none.
    static std::string other_form(const Row& head) {
        for (const std::string& field : head) {
            if (field.find('\r') != std::string::npos)
                return "its lines end in CR alone; save it with LF or CRLF as line ends";
        }
        if (head.size() > 1) return "";
        for (const auto& [sign, name] : {std::pair{';', "semicolons"}, {'\t', "tabs"}, {'|', "bars (|)"}}) {
            if (head.front().find(sign) != std::string::npos)
                return fmt::format("its fields are separated by {}; save it with commas", name);
        }
        return "";
    }

    void count_rows() {
        std::size_t uneven = 0;
        for (;;) {
            const auto row = reader_.next();
            if (!row) return problem(reader_.line(), row.error().message);
            if (!*row) break;
            if (++facts_.rows > kMostRows)
                return problem(reader_.line(), fmt::format("has more than {} rows", kMostRows));
            if ((*row)->size() != facts_.columns.size() && ++uneven <= kToldAtMost) {
                problem(reader_.line(), fmt::format("has {} where the first line has {}", fields((*row)->size()),
                                                    facts_.columns.size()));
            }
        }
        if (uneven > kToldAtMost) problem(reader_.line(), fmt::format("{} more rows are uneven", uneven - kToldAtMost));
    }

    static std::string fields(std::size_t count) {
        return fmt::format("{} {}", count, count == 1 ? "field" : "fields");
    }

    const std::string& file_;
    CsvReader reader_;
    config::Problems& problems_;
    CsvFacts facts_;
};

}  // namespace

std::optional<CsvFacts> inspect_csv(const std::string& file, config::Problems& problems) {
    std::ifstream stream;
    if (const Status opened = open_csv(file, stream); !opened) {
        problems.push_back(config::Problem{config::Position{file, 0, 0}, "", opened.error().message});
        return std::nullopt;
    }
    return Inspector(file, stream, problems).run();
}

Result<std::vector<Row>> load_rows(const DataSet& data, const std::string& plan_file) {
    const std::string file = config::beside(plan_file, data.csv);
    std::ifstream stream;
    if (const Status opened = open_csv(file, stream); !opened) return fail(opened.error(), file);
    CsvReader reader(stream);
    std::vector<Row> rows;
    bool head = true;
    for (;;) {
        auto row = reader.next();
        if (!row) return fail(row.error(), fmt::format("{}: line {}", file, reader.line()));
        if (!*row) return rows;
        const bool fits = (*row)->size() == data.columns.size();
        if (!fits || rows.size() == kMostRows) {
            return fail(Code::InvalidInput, fmt::format("{}: line {}: the file was changed since the plan was checked",
                                                        file, reader.line()));
        }
        if (!head) rows.push_back(std::move(**row));
        head = false;
    }
}

Result<std::vector<Row>> rows_of_seat(const DataSet& data, const std::vector<Row>& rows, const Seat& seat) {
    if (seat.weights.empty()) return std::vector<Row>();
    if (data.across_agents == DataSet::Across::Copy) return rows;
    const Result<Ownership> ownership = Ownership::of(seat.weights);
    if (!ownership) return tl::unexpected(ownership.error());
    std::vector<Row> own;
    own.reserve(ownership->count_of(seat.index, rows.size()));
    for (std::uint64_t i = ownership->next_index(seat.index, 0); i < rows.size();
         i = ownership->next_index(seat.index, i + 1))
        own.push_back(rows[i]);
    return own;
}

}  // namespace culvert::workload
