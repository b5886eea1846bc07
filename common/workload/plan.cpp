#include "common/workload/plan.h"

#include <algorithm>

#include "common/base/check.h"

namespace culvert::workload {

bool Template::is_literal() const {
    return std::none_of(parts.begin(), parts.end(), [](const Part& part) { return part.variable.has_value(); });
}

std::string Template::literal_text() const {
    CULVERT_CHECK(is_literal());
    std::string text;
    for (const Part& part : parts) text += part.text;
    return text;
}

const char* to_string(Method method) {
    switch (method) {
        case Method::Get:
            return "GET";
        case Method::Head:
            return "HEAD";
        case Method::Post:
            return "POST";
        case Method::Put:
            return "PUT";
        case Method::Patch:
            return "PATCH";
        case Method::Delete:
            return "DELETE";
    }
    return "";
}

bool Selector::matches(const Labels& labels) const {
    return std::all_of(terms.begin(), terms.end(), [&labels](const Term& term) {
        const auto found = labels.find(term.label);
        const bool equal = found != labels.end() && found->second == term.value;
        return equal != term.negated;
    });
}

Columns columns_of(const Plan& plan) {
    Columns columns;
    for (const DataSet& data : plan.data) columns[data.name] = data.columns;
    return columns;
}

}  // namespace culvert::workload
