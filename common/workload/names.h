// The names a plan's templates may refer to, and when each of them has a value. Used only while a plan is parsed.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "common/config/document.h"

namespace culvert::workload {

class Names {
  public:
    enum class Kind : std::uint8_t { Variable, Builtin, Column, Save };

    // The index of the name; the one it has already, if it was declared before.
    std::uint32_t declare(const std::string& name, Kind kind);
    std::optional<std::uint32_t> find(std::string_view name) const;
    Kind kind_of(std::uint32_t index) const { return kinds_.at(index); }
    const std::vector<std::string>& all() const { return names_; }

    // A data set whose columns are known, or one where every column is taken to exist.
    void declare_data(const std::string& name, bool any_column);
    bool is_data(std::string_view name) const { return data_.contains(name); }
    bool takes_any_column(std::string_view data) const;
    // `${…}` that is written most like `name`, or nothing.
    std::optional<std::string> nearest(std::string_view name) const;
    std::vector<std::string> columns_of(std::string_view data) const;

  private:
    std::vector<std::string> names_;
    std::vector<Kind> kinds_;
    std::map<std::string, std::uint32_t, std::less<>> index_;
    std::map<std::string, bool, std::less<>> data_;  // value: takes any column
};

// What a template may refer to where it stands.
struct Scope {
    std::set<std::uint32_t> saved;  // by earlier steps of the scenario
    bool before_the_run = false;    // only variables of the plan have values
};

// Letters, digits and _, not a digit first.
bool is_identifier(std::string_view text);

}  // namespace culvert::workload
