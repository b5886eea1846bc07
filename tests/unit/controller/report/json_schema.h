// As much of JSON Schema 2020-12 as docs/report.schema.json uses: type, enum, const, required, properties,
// additionalProperties, items, minimum, $ref to $defs.
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace culvert::test {

nlohmann::ordered_json report_schema();
// One line for each place where `value` breaks the schema, with its path. A keyword that is not understood is a problem
// too.
std::vector<std::string> schema_problems(const nlohmann::ordered_json& schema, const nlohmann::ordered_json& value);
// Properties without a description.
std::vector<std::string> undescribed_fields(const nlohmann::ordered_json& schema);

}  // namespace culvert::test
