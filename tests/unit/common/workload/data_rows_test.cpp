#include "common/workload/data_rows.h"

#include <filesystem>
#include <fstream>

#include <catch2/catch.hpp>

namespace culvert::workload {
namespace {

namespace fs = std::filesystem;

// A folder with one CSV file, for one test.
class CsvFile {
  public:
    explicit CsvFile(const std::string& text)
        : folder_(fs::temp_directory_path() /
                  fs::path("culvert-rows-" + Catch::getResultCapture().getCurrentTestName().substr(0, 12))) {
        fs::create_directories(folder_);
        write(text);
    }
    ~CsvFile() { fs::remove_all(folder_); }
    CsvFile(const CsvFile&) = delete;
    CsvFile& operator=(const CsvFile&) = delete;

    void write(const std::string& text) { std::ofstream(folder_ / "c.csv", std::ios::binary) << text; }
    std::string plan_file() const { return (folder_ / "plan.yaml").string(); }
    std::string path() const { return (folder_ / "c.csv").string(); }

  private:
    fs::path folder_;
};

DataSet data_set() {
    DataSet data;
    data.name = "c";
    data.csv = "c.csv";
    data.columns = {"id", "name"};
    return data;
}

TEST_CASE("rows are read beside the plan, in file order, without the head", "[workload]") {
    const CsvFile file("id,name\r\n1,Ana\r\n2,\"B,o\"\r\n");
    CHECK(load_rows(data_set(), file.plan_file()).value() == std::vector<Row>{{"1", "Ana"}, {"2", "B,o"}});
    config::Problems problems;
    const auto facts = inspect_csv(file.path(), problems);
    REQUIRE(facts.has_value());
    CHECK(facts->columns == std::vector<std::string>{"id", "name"});
    CHECK(facts->rows == 2);
}

TEST_CASE("a file that was changed since the plan was checked is refused", "[workload]") {
    CsvFile file("id,name\n1,Ana\n");
    file.write("id,name\n1,Ana\n2\n");
    const auto rows = load_rows(data_set(), file.plan_file());
    REQUIRE_FALSE(rows.has_value());
    CHECK(rows.error().message.find("line 3: the file was changed") != std::string::npos);
}

TEST_CASE("what is no file is told by its path", "[workload]") {
    const CsvFile file("id,name\n1,Ana\n");
    DataSet data = data_set();
    data.csv = "d.csv";
    CHECK(load_rows(data, file.plan_file()).error().message.find("d.csv: no such file") != std::string::npos);
    data.csv = ".";
    CHECK(load_rows(data, file.plan_file()).error().message.find("is not a file") != std::string::npos);
}

TEST_CASE("of many uneven rows the first ten are told, and how many more there are", "[workload]") {
    std::string text = "id,name\n";
    for (int i = 0; i < 25; ++i) text += "only one\n";
    const CsvFile file(text);
    config::Problems problems;
    CHECK_FALSE(inspect_csv(file.path(), problems).has_value());
    REQUIRE(problems.size() == 11);
    CHECK(problems[10].message == "15 more rows are uneven");
}

}  // namespace
}  // namespace culvert::workload
