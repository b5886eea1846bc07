// Splits "text ${name:encoding} text" into parts and resolves the names; the parsers of URLs, bodies and headers put
// the parts together.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/config/document.h"
#include "common/workload/names.h"
#include "common/workload/plan.h"

namespace culvert::workload {

struct TemplatePart {
    std::string text;  // literal, when `variable` is not set
    std::optional<std::uint32_t> variable;
    std::optional<Template::Encoding> encoding;  // only if the user chose one
};

// Where a text stands, for the problems in it.
struct TextPlace {
    config::Position where;
    std::string key;
};

// Declares columns of data sets that take any. A name without a value in `scope` is a problem.
std::vector<TemplatePart> split_template(std::string_view text, const TextPlace& place, const Scope& scope,
                                         Names& names, config::Problems& problems);

// Collects parts, joins neighbouring literals.
class TemplateBuilder {
  public:
    TemplateBuilder& literal(std::string_view text);
    TemplateBuilder& variable(std::uint32_t index, Template::Encoding encoding);
    // Every part; variables take `encoding` unless the user chose another.
    TemplateBuilder& append(const std::vector<TemplatePart>& parts, Template::Encoding encoding);
    Template take() { return std::move(built_); }

  private:
    Template built_;
};

// The whole text with one encoding.
Template parse_template(std::string_view text, Template::Encoding encoding, const TextPlace& place, const Scope& scope,
                        Names& names, config::Problems& problems);

}  // namespace culvert::workload
