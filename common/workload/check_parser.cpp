#include "common/workload/check_parser.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include "common/base/text.h"
#include "common/config/reader.h"
#include "common/workload/expression.h"

namespace culvert::workload {
namespace {

using config::MapReader;
using config::Node;
using Operator = Check::Operator;
using Kind = Source::Kind;

struct OperatorWord {
    std::string_view word;
    Operator op;
};
constexpr std::array kOperators{OperatorWord{"is", Operator::Is},
                                OperatorWord{"is_not", Operator::IsNot},
                                OperatorWord{"contains", Operator::Contains},
                                OperatorWord{"matches", Operator::Matches},
                                OperatorWord{"less_than", Operator::LessThan},
                                OperatorWord{"greater_than", Operator::GreaterThan}};
constexpr std::string_view kHowTo =
    "exists, absent, or { is: x }, { is_not: x }, { contains: x }, { matches: re }, { less_than: 5 }, { greater_than: "
    "5 }";

std::optional<int> whole_number(std::string_view text) {
    int value = 0;
    const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || rest != text.data() + text.size()) return std::nullopt;
    return value;
}

std::string subject_of(const Source& source) {
    switch (source.kind) {
        case Kind::Status:
            return "status";
        case Kind::Header:
            return "header " + source.name;
        case Kind::Body:
            return "body";
        case Kind::Json:
            return source.name.empty() ? "json" : "json " + source.name;
    }
    return "";
}

class CheckParser {
  public:
    CheckParser(const Scope& scope, PlanContext& context) : scope_(scope), context_(context) {}

    std::vector<Check> run(const Node& node, const std::string& path) {
        MapReader map(node, path, context_.problems);
        if (const Node* const status = map.child("status")) parse_status(*status, path + ".status");
        if (const Node* const headers = map.child("header")) parse_named(*headers, path + ".header", Kind::Header);
        if (const Node* const body = map.child("body")) parse_body(*body, path + ".body");
        if (const Node* const json = map.child("json")) parse_named(*json, path + ".json", Kind::Json);
        map.finish();
        return std::move(checks_);
    }

  private:
    // 2 for "2xx"; the code itself for "204".
    struct Code {
        int value = 0;
        bool is_class = false;
    };

    std::optional<Code> parse_code(const Node& node, const std::string& key) {
        const std::string& text = node.scalar;
        const bool is_class =
            node.kind == Node::Kind::Scalar && text.size() == 3 && to_lower_ascii(text).substr(1) == "xx";
        if (is_class && text[0] >= '1' && text[0] <= '5') return Code{text[0] - '0', true};
        const auto code = node.kind == Node::Kind::Scalar ? whole_number(text) : std::nullopt;
        if (code && *code >= 100 && *code <= 599) return Code{*code, false};
        context_.problem(node.where, key,
                         node.kind == Node::Kind::Scalar
                             ? fmt::format("\"{}\" is no HTTP status; write 100 to 599, a list of them, or \"2xx\"",
                                           excerpt(text, 40))
                             : "must be an HTTP status: 200, [ 200, 404 ] or \"2xx\"");
        return std::nullopt;
    }

    void parse_status(const Node& node, const std::string& key) {
        Check check;
        check.source.kind = Kind::Status;
        std::vector<std::string> words;
        std::size_t classes = 0;
        const auto take = [&](const Node& item, const std::string& item_key) {
            const auto code = parse_code(item, item_key);
            if (!code) return;
            classes += code->is_class ? 1 : 0;
            check.statuses.push_back(code->value);
            words.push_back(to_lower_ascii(item.scalar));
        };
        if (node.kind == Node::Kind::Sequence) {
            for (std::size_t i = 0; i < node.items.size(); ++i) take(node.items[i], item_path(key, i));
            if (node.items.empty())
                context_.problem(node.where, key, "is an empty list; write for example [ 200, 404 ]");
        } else {
            take(node, key);
        }
        if (classes != 0 && classes != check.statuses.size()) {
            context_.problem(node.where, key,
                             "mixes codes and classes; write either [ 200, 404 ] or [ \"2xx\", \"3xx\" ]");
        }
        check.op = classes != 0 ? Operator::StatusClass : Operator::Is;
        check.text = "status " + join(words, " or ");
        checks_.push_back(std::move(check));
    }

    void parse_named(const Node& node, const std::string& path, Kind kind) {
        const std::string example =
            kind == Kind::Header ? "{ Content-Type: { contains: json } }" : "{ /items/0/sku: exists }";
        if (node.kind != Node::Kind::Map)
            return context_.problem(node.where, path, fmt::format("must be a map: {}", example));
        for (const Node::Field& field : node.fields) {
            const std::string key = path + "." + field.key;
            const std::string wrong =
                kind == Kind::Header ? header_name_problem(field.key) : json_pointer_problem(field.key);
            if (!wrong.empty()) context_.problem(field.key_where, path, wrong);
            parse_condition(field.value, key, Source{kind, field.key});
        }
    }

    void parse_body(const Node& node, const std::string& key) {
        if (node.kind != Node::Kind::Map)
            return context_.problem(node.where, key,
                                    "must be { contains: text }, { matches: re }, { is: text } or { is_not: text }");
        parse_operators(node, key, Source{Kind::Body, ""});
    }

    void parse_condition(const Node& node, const std::string& key, const Source& source) {
        if (node.kind == Node::Kind::Map) return parse_operators(node, key, source);
        if (node.kind == Node::Kind::Scalar && (node.scalar == "exists" || node.scalar == "absent")) {
            Check check;
            check.source = source;
            check.op = node.scalar == "exists" ? Operator::Exists : Operator::Absent;
            check.text = subject_of(source) + " " + node.scalar;
            checks_.push_back(std::move(check));
            return;
        }
        const bool value = node.kind == Node::Kind::Scalar;
        context_.problem(node.where, key,
                         value ? fmt::format("\"{0}\" is no condition; write {{ is: {0} }}, or one of: {1}",
                                             excerpt(node.scalar, 40), kHowTo)
                               : fmt::format("is no condition; write {}", kHowTo));
    }

    void parse_operators(const Node& node, const std::string& key, const Source& source) {
        MapReader map(node, key, context_.problems);
        const bool only_text = source.kind == Kind::Body;
        for (const OperatorWord& known : kOperators) {
            const bool numeric = known.op == Operator::LessThan || known.op == Operator::GreaterThan;
            if (numeric && only_text) continue;
            if (const Node* const operand = map.child(known.word))
                parse_operator(*operand, map.path_of(known.word), source, known);
        }
        map.finish();
        if (node.fields.empty()) context_.problem(node.where, key, fmt::format("is empty; write {}", kHowTo));
    }

    void parse_operator(const Node& operand, const std::string& key, const Source& source, const OperatorWord& known) {
        Check check;
        check.source = source;
        check.op = known.op;
        check.text = fmt::format("{} {} {}", subject_of(source), known.word, operand.scalar);
        if (operand.kind != Node::Kind::Scalar)
            return context_.problem(operand.where, key, "must be a text or a number");
        if (known.op == Operator::Matches) {
            check.regex = operand.scalar;
            if (const std::string wrong = regex_problem(check.regex, -1); !wrong.empty())
                context_.problem(operand.where, key, wrong);
        } else if (known.op == Operator::LessThan || known.op == Operator::GreaterThan) {
            check.number = number_of(operand, key);
        } else {
            check.operand =
                context_.text(operand.scalar, Template::Encoding::Raw, TextPlace{operand.where, key}, scope_);
        }
        checks_.push_back(std::move(check));
    }

    double number_of(const Node& node, const std::string& key) {
        double value = 0;
        const char* const end = node.scalar.data() + node.scalar.size();
        const auto [rest, error] = std::from_chars(node.scalar.data(), end, value);
        const bool good = error == std::errc{} && rest == end && std::isfinite(value);
        if (!good) context_.problem(node.where, key, fmt::format("\"{}\" is no number", excerpt(node.scalar, 40)));
        return good ? value : 0;
    }

    const Scope& scope_;
    PlanContext& context_;
    std::vector<Check> checks_;
};

std::optional<Save> parse_save(const Node& node, const std::string& path, std::uint32_t variable, const Scope& scope,
                               PlanContext& context) {
    MapReader map(node, path, context.problems);
    const std::size_t before = context.problems.size();
    Save save;
    save.variable = variable;
    int sources = 0;
    const auto source = [&](std::string_view key, Save::Kind kind, auto&& problem_of) {
        const auto expression = map.text(key);
        if (!expression) return;
        ++sources;
        save.kind = kind;
        save.expression = *expression;
        if (const std::string wrong = problem_of(*expression); !wrong.empty())
            map.problem(*map.node().find(key), key, wrong);
    };
    source("json", Save::Kind::Json, json_pointer_problem);
    source("regex", Save::Kind::Regex, [](const std::string& regex) { return regex_problem(regex, 1); });
    source("header", Save::Kind::Header, header_name_problem);
    if (const auto otherwise = map.text("or")) {
        save.otherwise = context.text(*otherwise, Template::Encoding::Raw,
                                      TextPlace{map.node().find("or")->where, map.path_of("or")}, scope);
    }
    map.finish();
    if (context.problems.size() != before) return save;
    if (node.kind == Node::Kind::Map && sources != 1) {
        map.problem(
            node, "",
            sources == 0
                ? "says not where the value is; write { json: /token }, { regex: 'id=(\\d+)' } or { header: Location }"
                : "takes its value from one place; leave all but one of json, regex and header out");
    }
    return save;
}

}  // namespace

std::vector<Check> parse_checks(const Node& node, const std::string& path, const Scope& scope, PlanContext& context) {
    return CheckParser(scope, context).run(node, path);
}

std::vector<Save> parse_saves(const Node& node, const std::string& path, const Scope& scope, PlanContext& context) {
    std::vector<Save> saves;
    if (node.kind != Node::Kind::Map) {
        context.problem(node.where, path, "must be a map: { token: { json: /token } }");
        return saves;
    }
    for (const Node::Field& field : node.fields) {
        const auto variable = context.names.find(field.key);
        const std::string key = path + "." + field.key;
        if (!is_identifier(field.key)) {
            context.problem(field.key_where, path,
                            fmt::format("\"{}\" is no name; it has letters, digits and _ only, and no digit first",
                                        excerpt(field.key, 40)));
        } else if (variable && context.names.kind_of(*variable) != Names::Kind::Save) {
            const bool builtin = context.names.kind_of(*variable) == Names::Kind::Builtin;
            context.problem(
                field.key_where, key,
                builtin ? fmt::format("${{{}}} is a variable that every plan has; choose another name", field.key)
                        : fmt::format("${{{}}} stands under variables: already; choose another name", field.key));
        } else if (field.value.kind != Node::Kind::Map) {
            context.problem(
                field.value.where, key,
                "must say where the value is: { json: /token }, { regex: 'id=(\\d+)' } or { header: Location }");
        } else if (auto save = parse_save(field.value, key, variable.value_or(0), scope, context)) {
            saves.push_back(std::move(*save));
        }
    }
    return saves;
}

}  // namespace culvert::workload
