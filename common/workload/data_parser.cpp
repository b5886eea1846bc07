#include "common/workload/data_parser.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "common/base/text.h"
#include "common/config/reader.h"

namespace culvert::workload {
namespace {

using config::MapReader;
using config::Node;

constexpr std::size_t kMostSets = 100;
constexpr std::array<std::string_view, 2> kAcross{"split", "copy"};
constexpr std::array<std::string_view, 2> kNextRow{"each_user", "each_iteration"};
constexpr std::array<std::string_view, 3> kAtEnd{"start_again", "stop_user", "abort_run"};
constexpr std::array<std::string_view, 2> kOrder{"in_order", "random"};

void declare_columns(DataSet& data, const CsvFactsByName& facts, Names& names) {
    const auto known = facts.find(data.name);
    const bool any = known == facts.end() || !known->second;
    names.declare_data(data.name, any);
    if (any) return;
    data.columns = known->second->columns;
    data.rows = known->second->rows;
    for (const std::string& column : data.columns)
        data.variables.push_back(names.declare(data.name + "." + column, Names::Kind::Column));
}

DataSet parse_set(const Node::Field& field, PlanContext& context) {
    MapReader map(field.value, "data." + field.key, context.problems);
    DataSet data;
    data.name = field.key;
    data.where = field.key_where;
    data.csv = map.required_text("csv", "the path of a CSV file, for example csv: customers.csv");
    data.across_agents = static_cast<DataSet::Across>(map.word("across_agents", kAcross, 0));
    data.next_row = static_cast<DataSet::NextRow>(map.word("next_row", kNextRow, 1));
    data.at_end = static_cast<DataSet::AtEnd>(map.word("at_end", kAtEnd, 0));
    data.order = static_cast<DataSet::Order>(map.word("order", kOrder, 0));
    map.finish();
    return data;
}

}  // namespace

std::vector<std::pair<std::string, std::string>> csv_files_of(const Node& plan) {
    std::vector<std::pair<std::string, std::string>> files;
    const Node* const data = plan.find("data");
    if (data == nullptr) return files;
    for (const Node::Field& field : data->fields) {
        const Node* const csv = field.value.find("csv");
        if (csv != nullptr && csv->kind == Node::Kind::Scalar && !csv->scalar.empty() && files.size() < kMostSets)
            files.emplace_back(field.key, csv->scalar);
    }
    return files;
}

std::vector<DataSet> parse_data(const Node& node, const CsvFactsByName& facts, PlanContext& context) {
    std::vector<DataSet> sets;
    if (node.kind != Node::Kind::Map) {
        context.problem(node.where, "data", "must be a map: { customers: { csv: customers.csv } }");
        return sets;
    }
    if (node.fields.size() > kMostSets)
        context.problem(node.where, "data", fmt::format("has more than {} data sets", kMostSets));
    for (const Node::Field& field : node.fields) {
        if (!is_identifier(field.key)) {
            context.problem(field.key_where, "data",
                            fmt::format("\"{}\" is no name; it has letters, digits and _ only, and no digit first",
                                        excerpt(field.key, 40)));
            continue;
        }
        DataSet data = parse_set(field, context);
        if (context.names.find(data.name))
            context.problem(field.key_where, "data." + data.name, "a variable has this name already; choose another");
        declare_columns(data, facts, context.names);
        sets.push_back(std::move(data));
    }
    return sets;
}

void adopt_columns(std::vector<DataSet>& data, const Names& names) {
    for (DataSet& set : data) {
        if (!names.takes_any_column(set.name)) continue;
        set.columns = names.columns_of(set.name);
        set.variables.clear();
        for (const std::string& column : set.columns) set.variables.push_back(*names.find(set.name + "." + column));
    }
}

}  // namespace culvert::workload
