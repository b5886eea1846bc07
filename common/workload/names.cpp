#include "common/workload/names.h"

#include <algorithm>

#include "common/base/text.h"

namespace culvert::workload {

std::uint32_t Names::declare(const std::string& name, Kind kind) {
    const auto [entry, is_new] = index_.emplace(name, static_cast<std::uint32_t>(names_.size()));
    if (is_new) {
        names_.push_back(name);
        kinds_.push_back(kind);
    }
    return entry->second;
}

std::optional<std::uint32_t> Names::find(std::string_view name) const {
    const auto entry = index_.find(name);
    if (entry == index_.end()) return std::nullopt;
    return entry->second;
}

void Names::declare_data(const std::string& name, bool any_column) {
    data_.emplace(name, any_column);
}

bool Names::takes_any_column(std::string_view data) const {
    const auto entry = data_.find(data);
    return entry != data_.end() && entry->second;
}

std::optional<std::string> Names::nearest(std::string_view name) const {
    const std::vector<std::string_view> candidates(names_.begin(), names_.end());
    return closest(name, candidates);
}

std::vector<std::string> Names::columns_of(std::string_view data) const {
    const std::string prefix = std::string(data) + ".";
    std::vector<std::string> columns;
    for (const std::string& name : names_) {
        if (name.compare(0, prefix.size(), prefix) == 0) columns.push_back(name.substr(prefix.size()));
    }
    return columns;
}

bool is_identifier(std::string_view text) {
    const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
    const auto digit = [](char c) { return c >= '0' && c <= '9'; };
    return !text.empty() && letter(text.front()) &&
           std::all_of(text.begin(), text.end(), [&](char c) { return letter(c) || digit(c); });
}

}  // namespace culvert::workload
