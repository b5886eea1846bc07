#include "agent/http/response_rules.h"

#include <map>

#include <catch2/catch.hpp>

namespace culvert::agent::http {
namespace {

using metrics::ErrorKind;
using workload::Check;
using workload::Save;
using workload::Source;
using workload::Template;
using Operator = workload::Check::Operator;

const std::vector<std::string> kNames{"x", "y"};

struct Store final : VariableStore {
    std::map<std::uint32_t, std::string> values;
    std::string_view value(std::uint32_t variable) const override {
        const auto found = values.find(variable);
        return found == values.end() ? std::string_view() : std::string_view(found->second);
    }
    void store(std::uint32_t variable, std::string_view value) override { values[variable] = value; }
};

Template text(const std::string& literal) {
    return Template{{{literal, std::nullopt, Template::Encoding::Raw}}};
}

Check check_of(Source::Kind kind, const std::string& name, Operator op, const std::string& operand = "",
               double number = 0) {
    Check check;
    check.source = Source{kind, name};
    check.op = op;
    check.operand = text(operand);
    check.regex = operand;
    check.number = number;
    check.text = "it";
    return check;
}

constexpr const char* kBody =
    R"({"n": 5, "f": 1.50, "s": "lamp", "t": true, "z": null, "list": [1, {"a/b": "x"}], "big": 18446744073709551615})";

std::optional<Finding> apply(const workload::RequestStep& step, Store& store, int status = 200,
                             const std::string& body = kBody, std::optional<std::string> header = std::nullopt) {
    const auto rules = ResponseRules::compile(step, Constants(2), kNames);
    REQUIRE(rules.has_value());
    const std::vector<std::optional<std::string>> headers(rules->wanted_headers().size(), header);
    JsonReader json;
    return rules->apply(ResponseView{status, headers, body, false}, store, json);
}

bool holds(const Check& check, int status = 200, const std::string& body = kBody,
           std::optional<std::string> header = std::nullopt) {
    workload::RequestStep step;
    step.checks = {check};
    Store store;
    return !apply(step, store, status, body, header).has_value();
}

TEST_CASE("JSON values are compared as what they are", "[http]") {
    const auto json = [](const char* pointer, Operator op, const char* operand = "", double number = 0) {
        return holds(check_of(Source::Kind::Json, pointer, op, operand, number));
    };
    CHECK(json("/s", Operator::Is, "lamp"));
    CHECK_FALSE(json("/s", Operator::Is, "lam"));
    CHECK(json("/n", Operator::Is, "5"));
    CHECK(json("/n", Operator::Is, "5.0"));
    CHECK(json("/f", Operator::Is, "1.5"));
    CHECK(json("/t", Operator::Is, "true"));
    CHECK(json("/z", Operator::Is, "null"));
    CHECK(json("/big", Operator::Is, "18446744073709551615"));
    CHECK(json("/list/1/a~1b", Operator::Is, "x"));
    CHECK(json("/n", Operator::IsNot, "6"));
    CHECK_FALSE(json("/n", Operator::IsNot, "5"));
    CHECK(json("/s", Operator::Contains, "am"));
    CHECK(json("/s", Operator::Matches, "^l.mp$"));
    CHECK(json("/n", Operator::LessThan, "", 6));
    CHECK_FALSE(json("/n", Operator::LessThan, "", 5));
    CHECK(json("/n", Operator::GreaterThan, "", 4));
    CHECK_FALSE(json("/s", Operator::GreaterThan, "", 4));
    CHECK(json("/list", Operator::Exists));
    CHECK(json("/z", Operator::Exists));
    CHECK_FALSE(json("/none", Operator::Exists));
    CHECK(json("/none", Operator::Absent));
    CHECK_FALSE(json("/list/7", Operator::Exists));
}

TEST_CASE("status, headers and body are checked too", "[http]") {
    Check one_of = check_of(Source::Kind::Status, "", Operator::Is);
    one_of.statuses = {200, 404};
    CHECK(holds(one_of, 404));
    CHECK_FALSE(holds(one_of, 500));
    Check of_class = check_of(Source::Kind::Status, "", Operator::StatusClass);
    of_class.statuses = {2};
    CHECK(holds(of_class, 299));
    CHECK_FALSE(holds(of_class, 300));
    CHECK(holds(check_of(Source::Kind::Status, "", Operator::LessThan, "", 300), 299));
    CHECK(holds(check_of(Source::Kind::Header, "X-A", Operator::Is, "b"), 200, "", "b"));
    CHECK(holds(check_of(Source::Kind::Header, "X-A", Operator::GreaterThan, "", 9), 200, "", "10"));
    CHECK(holds(check_of(Source::Kind::Header, "X-A", Operator::Absent)));
    CHECK_FALSE(holds(check_of(Source::Kind::Header, "X-A", Operator::Exists)));
    CHECK(holds(check_of(Source::Kind::Body, "", Operator::Contains, "\"s\": \"lamp\"")));
    CHECK_FALSE(holds(check_of(Source::Kind::Body, "", Operator::Matches, "lamps")));
}

TEST_CASE("400 and above fail by themselves, unless the status is checked", "[http]") {
    workload::RequestStep step;
    Store store;
    const auto finding = apply(step, store, 503);
    REQUIRE(finding.has_value());
    CHECK(finding->kind == ErrorKind::Status);
    CHECK(finding->what == "HTTP 503");
    CHECK_FALSE(apply(step, store, 399).has_value());
    Check fine = check_of(Source::Kind::Status, "", Operator::Is);
    fine.statuses = {503};
    step.checks = {fine};
    CHECK_FALSE(apply(step, store, 503).has_value());
}

TEST_CASE("a body that is not JSON fails what looks into it", "[http]") {
    CHECK_FALSE(holds(check_of(Source::Kind::Json, "/a", Operator::Absent), 200, "<html>"));
    CHECK_FALSE(holds(check_of(Source::Kind::Json, "/a", Operator::Exists), 200, ""));
    CHECK(holds(check_of(Source::Kind::Body, "", Operator::Contains, "html"), 200, "<html>"));
}

TEST_CASE("saves take text, numbers and whole trees, the groups of a regex, and headers", "[http]") {
    const auto saved = [](Save::Kind kind, const char* expression, std::optional<std::string> header = std::nullopt) {
        workload::RequestStep step;
        step.saves = {Save{0, kind, expression, std::nullopt}};
        Store store;
        const auto finding = apply(step, store, 200, kBody, header);
        return finding ? "failed: " + finding->what : store.values[0];
    };
    CHECK(saved(Save::Kind::Json, "/s") == "lamp");
    CHECK(saved(Save::Kind::Json, "/n") == "5");
    CHECK(saved(Save::Kind::Json, "/list") == R"([1,{"a/b":"x"}])");
    CHECK(saved(Save::Kind::Regex, "\"s\": \"(.*?)\"") == "lamp");
    CHECK(saved(Save::Kind::Regex, "l[a-z]+p") == "lamp");
    CHECK(saved(Save::Kind::Header, "X-A", "v") == "v");
    CHECK(saved(Save::Kind::Header, "X-A") == "failed: save x: X-A was not found");
    CHECK(saved(Save::Kind::Json, "/none") == "failed: save x: /none was not found");
}

TEST_CASE("a save may say what to take otherwise, and nothing is saved when a check fails", "[http]") {
    workload::RequestStep step;
    step.saves = {Save{1, Save::Kind::Json, "/none", text("other")}};
    Store store;
    CHECK_FALSE(apply(step, store).has_value());
    CHECK(store.values[1] == "other");
    step.saves = {Save{0, Save::Kind::Json, "/s", std::nullopt}};
    step.checks = {check_of(Source::Kind::Json, "/n", Operator::Is, "7")};
    const auto finding = apply(step, store);
    REQUIRE(finding.has_value());
    CHECK(finding->what == "check it: was 5");
    CHECK(store.values.count(0) == 0);
}

TEST_CASE("explaining looks at every check, also behind one that does not hold", "[http]") {
    workload::RequestStep step;
    step.checks = {check_of(Source::Kind::Status, "", Operator::Is, "404"),
                   check_of(Source::Kind::Json, "/s", Operator::Exists),
                   check_of(Source::Kind::Json, "/none", Operator::Absent),
                   check_of(Source::Kind::Body, "", Operator::Contains, "lamp"),
                   check_of(Source::Kind::Header, "x", Operator::Exists)};
    step.checks[0].statuses = {404};
    const auto rules = ResponseRules::compile(step, Constants(2), kNames).value();
    const std::vector<std::optional<std::string>> headers(1);
    JsonReader json;
    Store store;
    using Result = metrics::CheckResult;
    CHECK(rules.explain({200, headers, kBody, false}, store, json) == std::vector<Result>{{"it", false, "200"},
                                                                                          {"it", true, "lamp"},
                                                                                          {"it", true, "nothing"},
                                                                                          {"it", true, ""},
                                                                                          {"it", false, "nothing"}});
    const auto of_text = rules.explain({404, headers, "a lamp", false}, store, json);
    CHECK(of_text[0].holds);
    CHECK(of_text[1] == Result{"it", false, "a body that is not JSON"});
    CHECK(of_text[3].holds);
    CHECK(rules.explain({404, headers, "a lamp", true}, store, json)[3] ==
          Result{"it", false, "a body longer than 4 MiB"});
}

TEST_CASE("a body too long to search fails, it is not searched in part", "[http]") {
    workload::RequestStep step;
    step.checks = {check_of(Source::Kind::Body, "", Operator::Contains, "x")};
    const auto rules = ResponseRules::compile(step, Constants(2), kNames).value();
    Store store;
    JsonReader json;
    CHECK(rules.apply(ResponseView{200, {}, "x", true}, store, json)->kind == ErrorKind::Check);
}

TEST_CASE("mistakes in expressions are found when the plan is loaded", "[http]") {
    workload::RequestStep step;
    step.checks = {check_of(Source::Kind::Body, "", Operator::Matches, "(")};
    CHECK_FALSE(ResponseRules::compile(step, Constants(2), kNames).has_value());
    step.checks = {check_of(Source::Kind::Json, "a/b", Operator::Exists)};
    CHECK_FALSE(ResponseRules::compile(step, Constants(2), kNames).has_value());
    step.checks.clear();
    step.saves = {Save{9, Save::Kind::Json, "/a", std::nullopt}};
    CHECK_FALSE(ResponseRules::compile(step, Constants(2), kNames).has_value());
    CHECK(is_json_pointer("/a~0b/~1"));
    CHECK_FALSE(is_json_pointer("/a~2"));
    CHECK_FALSE(is_json_pointer("/a~"));
}

}  // namespace
}  // namespace culvert::agent::http
