#include "agent/http/response_rules.h"

#include <algorithm>
#include <charconv>

#include <re2/re2.h>

#include "common/base/text.h"

namespace culvert::agent::http {
namespace {

using metrics::ErrorKind;
using workload::Check;
using workload::Save;
using workload::Source;
using Operator = workload::Check::Operator;

constexpr std::size_t kLongestShown = 120;
constexpr std::int64_t kRegexMemory = 8 << 20;

Result<std::unique_ptr<re2::RE2>> compile_regex(const std::string& text) {
    re2::RE2::Options options;
    options.set_log_errors(false);
    options.set_max_mem(kRegexMemory);
    auto regex = std::make_unique<re2::RE2>(text, options);
    if (!regex->ok()) return fail(Code::InvalidInput, "regex " + text + ": " + regex->error());
    return regex;
}

std::optional<double> number_of(std::string_view text) {
    const std::string_view digits = trim(text);
    double value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error != std::errc() || end != digits.data() + digits.size() || digits.empty()) return std::nullopt;
    return value;
}

}  // namespace

struct ResponseRules::CompiledCheck {
    Check check;
    TextTemplate operand;
    std::unique_ptr<re2::RE2> regex;
    std::size_t header = 0;
};

struct ResponseRules::CompiledSave {
    Save save;
    std::optional<TextTemplate> otherwise;
    std::unique_ptr<re2::RE2> regex;
    std::size_t header = 0;
    std::string name;  // of the variable
};

// What a check looks at.
struct ResponseRules::Subject {
    bool present = false;
    std::string_view text;
    std::optional<double> number;
    bool json_number = false;
    std::optional<JsonValue> json;  // owns `text`
};

ResponseRules::ResponseRules() = default;
ResponseRules::ResponseRules(ResponseRules&&) noexcept = default;
ResponseRules& ResponseRules::operator=(ResponseRules&&) noexcept = default;
ResponseRules::~ResponseRules() = default;

std::size_t ResponseRules::want_header(const std::string& name) {
    const std::string lower = to_lower_ascii(name);
    const auto known = std::find(wanted_headers_.begin(), wanted_headers_.end(), lower);
    if (known != wanted_headers_.end()) return static_cast<std::size_t>(known - wanted_headers_.begin());
    wanted_headers_.push_back(lower);
    return wanted_headers_.size() - 1;
}

Result<ResponseRules> ResponseRules::compile(const workload::RequestStep& step, const Constants& constants,
                                             const std::vector<std::string>& names) {
    ResponseRules rules;
    for (const Check& check : step.checks) {
        CompiledCheck compiled{check, {}, nullptr, 0};
        auto operand = TextTemplate::compile(check.operand, Place::Body, constants, names);
        if (!operand) return fail(operand.error(), "step \"" + step.name + "\", check");
        compiled.operand = std::move(*operand);
        if (check.op == Operator::Matches) {
            auto regex = compile_regex(check.regex);
            if (!regex) return fail(regex.error(), "step \"" + step.name + "\", check");
            compiled.regex = std::move(*regex);
        }
        const Source::Kind kind = check.source.kind;
        if (kind == Source::Kind::Header) compiled.header = rules.want_header(check.source.name);
        if (kind == Source::Kind::Json && !is_json_pointer(check.source.name))
            return fail(Code::InvalidInput, "\"" + check.source.name + "\" is no JSON Pointer");
        rules.needs_json_ = rules.needs_json_ || kind == Source::Kind::Json;
        rules.needs_body_ = rules.needs_body_ || kind == Source::Kind::Json || kind == Source::Kind::Body;
        rules.checks_status_ = rules.checks_status_ || kind == Source::Kind::Status;
        rules.checks_.push_back(std::move(compiled));
    }
    for (const Save& save : step.saves) {
        if (save.variable >= names.size())
            return fail(Code::InvalidInput,
                        "step \"" + step.name + "\" saves into a variable that the plan does not have");
        CompiledSave compiled{save, std::nullopt, nullptr, 0, names[save.variable]};
        if (save.otherwise) {
            auto otherwise = TextTemplate::compile(*save.otherwise, Place::Body, constants, names);
            if (!otherwise) return fail(otherwise.error(), "step \"" + step.name + "\", save");
            compiled.otherwise = std::move(*otherwise);
        }
        if (save.kind == Save::Kind::Regex) {
            auto regex = compile_regex(save.expression);
            if (!regex) return fail(regex.error(), "step \"" + step.name + "\", save");
            compiled.regex = std::move(*regex);
        }
        if (save.kind == Save::Kind::Header) compiled.header = rules.want_header(save.expression);
        if (save.kind == Save::Kind::Json && !is_json_pointer(save.expression))
            return fail(Code::InvalidInput, "\"" + save.expression + "\" is no JSON Pointer");
        rules.needs_json_ = rules.needs_json_ || save.kind == Save::Kind::Json;
        rules.needs_body_ = rules.needs_body_ || save.kind != Save::Kind::Header;
        rules.saves_.push_back(std::move(compiled));
    }
    return rules;
}

std::optional<Finding> ResponseRules::apply(const ResponseView& response, VariableStore& variables,
                                            JsonReader& json) const {
    if (!checks_status_ && response.status >= 400)
        return Finding{ErrorKind::Status, "HTTP " + std::to_string(response.status)};
    if (!any()) return std::nullopt;
    if (needs_body_ && !response.body_problem.empty())
        return Finding{ErrorKind::Check, std::string(response.body_problem)};
    if (needs_body_ && response.body_cut)
        return Finding{ErrorKind::Check, "the body is longer than 4 MiB, more than checks and saves may look at"};
    const bool is_json = !needs_json_ || json.parse(response.body);
    for (const CompiledCheck& check : checks_) {
        if (check.check.source.kind == Source::Kind::Json && !is_json)
            return Finding{ErrorKind::Check, "check " + check.check.text + ": the body is not JSON"};
        if (auto finding = apply_check(check, response, variables, json)) return finding;
    }
    for (const CompiledSave& save : saves_) {
        if (auto finding = apply_save(save, response, variables, json)) return finding;
    }
    return std::nullopt;
}

std::vector<metrics::CheckResult> ResponseRules::explain(const ResponseView& response, const Variables& variables,
                                                         JsonReader& json) const {
    std::vector<metrics::CheckResult> results;
    const bool is_json = !needs_json_ || json.parse(response.body);
    for (const CompiledCheck& check : checks_) {
        const Source::Kind kind = check.check.source.kind;
        metrics::CheckResult& result = results.emplace_back(metrics::CheckResult{check.check.text, false, {}});
        if (response.body_cut && (kind == Source::Kind::Json || kind == Source::Kind::Body)) {
            result.found = "a body longer than 4 MiB";
        } else if (!response.body_problem.empty() && (kind == Source::Kind::Json || kind == Source::Kind::Body)) {
            result.found = response.body_problem;
        } else if (kind == Source::Kind::Json && !is_json) {
            result.found = "a body that is not JSON";
        } else {
            const Subject subject = subject_of(check, response, json);
            const std::string_view text = subject.json ? std::string_view(subject.json->text) : subject.text;
            if (kind != Source::Kind::Body) result.found = subject.present ? excerpt(text, kLongestShown) : "nothing";
            result.holds = !apply_check(check, response, variables, json);
        }
    }
    return results;
}

ResponseRules::Subject ResponseRules::subject_of(const CompiledCheck& check, const ResponseView& response,
                                                 const JsonReader& json) const {
    Subject subject;
    switch (check.check.source.kind) {
        case Source::Kind::Status:
            subject.present = true;
            subject.number = response.status;
            subject.json = JsonValue{JsonValue::Kind::Number, std::to_string(response.status),
                                     static_cast<double>(response.status)};
            break;
        case Source::Kind::Header:
            if (const auto& value = response.headers[check.header]) {
                subject.present = true;
                subject.text = *value;
            }
            return subject;
        case Source::Kind::Body:
            subject.present = !response.body.empty();
            subject.text = response.body;
            return subject;
        case Source::Kind::Json:
            subject.json = json.find(check.check.source.name);
            subject.present = subject.json.has_value();
            subject.json_number = subject.present && subject.json->kind == JsonValue::Kind::Number;
            if (subject.json_number) subject.number = subject.json->number;
            break;
    }
    return subject;
}

std::optional<Finding> ResponseRules::apply_check(const CompiledCheck& compiled, const ResponseView& response,
                                                  const Variables& variables, const JsonReader& json) const {
    const Check& check = compiled.check;
    const Subject subject = subject_of(compiled, response, json);
    const std::string_view text = subject.json ? std::string_view(subject.json->text) : subject.text;
    std::string operand;
    if (check.op == Operator::Is || check.op == Operator::IsNot || check.op == Operator::Contains) {
        if (const auto status = compiled.operand.render(variables, operand); !status)
            return Finding{ErrorKind::Check, "check " + check.text + ": " + status.error().message};
    }
    const auto equals = [&subject, text, &operand] {
        if (text == operand) return true;
        const auto wanted = subject.json_number ? number_of(operand) : std::nullopt;
        return wanted && *wanted == *subject.number;
    };
    const auto number = subject.number ? subject.number : number_of(text);
    bool holds = false;
    switch (check.op) {
        case Operator::Exists:
            holds = subject.present;
            break;
        case Operator::Absent:
            holds = !subject.present;
            break;
        case Operator::Is:
            holds =
                check.source.kind == Source::Kind::Status && !check.statuses.empty()
                    ? std::find(check.statuses.begin(), check.statuses.end(), response.status) != check.statuses.end()
                    : subject.present && equals();
            break;
        case Operator::IsNot:
            holds =
                check.source.kind == Source::Kind::Status && !check.statuses.empty()
                    ? std::find(check.statuses.begin(), check.statuses.end(), response.status) == check.statuses.end()
                    : !subject.present || !equals();
            break;
        case Operator::Contains:
            holds = subject.present && text.find(operand) != std::string_view::npos;
            break;
        case Operator::Matches:
            holds =
                subject.present && re2::RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), *compiled.regex);
            break;
        case Operator::LessThan:
            holds = subject.present && number && *number < check.number;
            break;
        case Operator::GreaterThan:
            holds = subject.present && number && *number > check.number;
            break;
        case Operator::StatusClass:
            holds =
                std::find(check.statuses.begin(), check.statuses.end(), response.status / 100) != check.statuses.end();
            break;
    }
    if (holds) return std::nullopt;
    const std::string was = !subject.present                          ? "absent"
                            : check.source.kind == Source::Kind::Body ? "not so"
                                                                      : excerpt(text, kLongestShown);
    return Finding{ErrorKind::Check, "check " + check.text + ": was " + was};
}

std::optional<Finding> ResponseRules::apply_save(const CompiledSave& compiled, const ResponseView& response,
                                                 VariableStore& variables, const JsonReader& json) const {
    const Save& save = compiled.save;
    if (save.kind == Save::Kind::Header) {
        if (const auto& value = response.headers[compiled.header]) {
            variables.store(save.variable, *value);
            return std::nullopt;
        }
    } else if (save.kind == Save::Kind::Json) {
        if (const auto value = json.find(save.expression)) {
            variables.store(save.variable, value->text);
            return std::nullopt;
        }
    } else {
        re2::StringPiece groups[2];
        const int count = std::min(compiled.regex->NumberOfCapturingGroups(), 1) + 1;
        const re2::StringPiece body(response.body.data(), response.body.size());
        if (compiled.regex->Match(body, 0, body.size(), re2::RE2::UNANCHORED, groups, count)) {
            const re2::StringPiece& found = groups[count - 1];
            variables.store(save.variable, std::string_view(found.data(), found.size()));
            return std::nullopt;
        }
    }
    if (!compiled.otherwise)
        return Finding{ErrorKind::Save, "save " + compiled.name + ": " + save.expression + " was not found"};
    std::string value;
    if (const auto status = compiled.otherwise->render(variables, value); !status)
        return Finding{ErrorKind::Save, "save " + compiled.name + ": " + status.error().message};
    variables.store(save.variable, value);
    return std::nullopt;
}

}  // namespace culvert::agent::http
