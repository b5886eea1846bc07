#include "tests/unit/controller/report/json_schema.h"

#include <algorithm>
#include <fstream>

namespace culvert::test {
namespace {

using Json = nlohmann::ordered_json;

bool has_type(const Json& value, const std::string& type) {
    if (type == "object") return value.is_object();
    if (type == "array") return value.is_array();
    if (type == "string") return value.is_string();
    if (type == "boolean") return value.is_boolean();
    if (type == "null") return value.is_null();
    if (type == "integer")
        return value.is_number_integer() ||
               (value.is_number() && value.get<double>() == static_cast<double>(value.get<std::int64_t>()));
    if (type == "number") return value.is_number();
    return false;
}

class Validator {
  public:
    explicit Validator(const Json& root) : root_(root) {}

    std::vector<std::string> problems;

    void check(const Json& schema, const Json& value, const std::string& path) {
        for (const auto& [keyword, rule] : schema.items()) {
            if (keyword == "$ref") {
                check(root_.at(Json::json_pointer(rule.get<std::string>().substr(1))), value, path);
            } else if (keyword == "type") {
                check_type(rule, value, path);
            } else if (keyword == "enum") {
                if (std::find(rule.begin(), rule.end(), value) == rule.end()) add(path, "is none of " + rule.dump());
            } else if (keyword == "const") {
                if (value != rule) add(path, "is not " + rule.dump());
            } else if (keyword == "minimum") {
                if (value.is_number() && value.get<double>() < rule.get<double>()) add(path, "is below " + rule.dump());
            } else if (keyword == "required") {
                for (const Json& name : rule) {
                    if (value.is_object() && !value.contains(name.get<std::string>()))
                        add(path, "lacks " + name.dump());
                }
            } else if (keyword == "properties") {
                for (const auto& [name, inner] : rule.items()) {
                    if (value.is_object() && value.contains(name)) check(inner, value.at(name), path + "/" + name);
                }
            } else if (keyword == "additionalProperties") {
                check_others(schema, rule, value, path);
            } else if (keyword == "items") {
                if (!value.is_array()) continue;
                for (std::size_t i = 0; i < value.size(); ++i) check(rule, value[i], path + "/" + std::to_string(i));
            } else if (keyword != "description" && keyword != "$schema" && keyword != "$id" && keyword != "title" &&
                       keyword != "$defs") {
                add(path, "has an unknown keyword " + keyword + " in its schema");
            }
        }
    }

  private:
    void add(const std::string& path, const std::string& what) { problems.push_back(path + ": " + what); }

    void check_type(const Json& rule, const Json& value, const std::string& path) {
        const bool fits = rule.is_array()
                              ? std::any_of(rule.begin(), rule.end(),
                                            [&](const Json& type) { return has_type(value, type.get<std::string>()); })
                              : has_type(value, rule.get<std::string>());
        if (!fits) add(path, "is not of type " + rule.dump());
    }

    void check_others(const Json& schema, const Json& rule, const Json& value, const std::string& path) {
        if (!value.is_object()) return;
        for (const auto& [name, inner] : value.items()) {
            if (schema.contains("properties") && schema.at("properties").contains(name)) continue;
            if (rule.is_boolean() && !rule.get<bool>()) add(path, "has an unknown field " + name);
            if (rule.is_object()) check(rule, inner, path + "/" + name);
        }
    }

    const Json& root_;
};

void collect_undescribed(const Json& schema, const std::string& path, std::vector<std::string>& found) {
    if (!schema.is_object()) return;
    if (schema.contains("properties")) {
        for (const auto& [name, inner] : schema.at("properties").items()) {
            if (!inner.contains("description")) found.push_back(path + "/" + name);
            collect_undescribed(inner, path + "/" + name, found);
        }
    }
    if (schema.contains("items")) collect_undescribed(schema.at("items"), path + "/*", found);
    if (schema.contains("$defs")) {
        for (const auto& [name, inner] : schema.at("$defs").items()) collect_undescribed(inner, "#" + name, found);
    }
}

}  // namespace

nlohmann::ordered_json report_schema() {
    std::ifstream in(CULVERT_REPORT_SCHEMA);
    return Json::parse(in);
}

std::vector<std::string> schema_problems(const Json& schema, const Json& value) {
    Validator validator(schema);
    validator.check(schema, value, "");
    return validator.problems;
}

std::vector<std::string> undescribed_fields(const Json& schema) {
    std::vector<std::string> found;
    collect_undescribed(schema, "", found);
    return found;
}

}  // namespace culvert::test
