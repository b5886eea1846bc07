#include "common/workload/variable_parser.h"

#include <fmt/format.h>

#include "common/base/text.h"
#include "common/config/reader.h"

namespace culvert::workload {
namespace {

using config::MapReader;
using config::Node;

constexpr std::size_t kMostVariables = 10'000;

std::string path_of(const std::string& name) {
    return "variables." + name;
}

// env, file, secret, or: a variable that takes its value from outside.
void parse_source(const Node& node, Variable& variable, const Scope& scope, PlanContext& context) {
    MapReader map(node, path_of(variable.name), context.problems);
    variable.env = map.text("env").value_or("");
    variable.file = map.text("file").value_or("");
    variable.secret = map.boolean("secret", false);
    if (const auto otherwise = map.text("or")) {
        variable.value = context.text(*otherwise, Template::Encoding::Raw,
                                      TextPlace{map.node().find("or")->where, map.path_of("or")}, scope);
        if (variable.secret)
            map.problem(*map.node().find("or"), "or", "a secret does not stand in a plan; leave it out");
    }
    const bool has_value = map.has("value");
    if (has_value) map.child("value");  // known only to say what to write instead
    map.finish();
    const bool from_env = map.has("env");
    const bool from_file = map.has("file");
    if (has_value) {
        map.problem(
            *map.node().find("value"), "value",
            variable.secret
                ? "a secret does not stand in a plan; write { env: NAME, secret: true } or { file: PATH, secret: true }"
                : "write the value itself behind the name, without { }");
    } else if (from_env == from_file) {
        map.problem(node, "",
                    from_env ? "takes its value from env or from file, not from both"
                             : "must be a text, { env: NAME } or { file: PATH }");
    } else if ((from_env && variable.env.empty()) || (from_file && variable.file.empty())) {
        map.problem(node, from_env ? "env" : "file", "is empty; write where the value comes from");
    }
}

// Depth-first through the references: tells cycles once, and hands secrecy on to whatever is made of a secret.
class References {
  public:
    explicit References(PlanContext& context) : context_(context), states_(context.variables.size(), State::New) {}

    void check() {
        for (std::size_t i = 0; i < states_.size(); ++i) visit(i);
    }

  private:
    enum class State : std::uint8_t { New, Open, Done };
    static constexpr std::size_t kLongestChain = 100;

    void visit(std::size_t index) {
        if (states_[index] != State::New) return;
        Variable& variable = context_.variables[index];
        if (chain_.size() >= kLongestChain) {
            context_.problem(
                variable.where, path_of(variable.name),
                fmt::format("refers to a variable that refers to another, more than {} deep", kLongestChain));
            return;
        }
        states_[index] = State::Open;
        chain_.push_back(index);
        if (variable.value) {
            for (const Template::Part& part : variable.value->parts) {
                if (!part.variable || *part.variable >= states_.size()) continue;
                const std::size_t target = *part.variable;
                if (states_[target] == State::Open) tell_cycle(target);
                visit(target);
                variable.secret = variable.secret || context_.variables[target].secret;
            }
        }
        chain_.pop_back();
        states_[index] = State::Done;
    }

    void tell_cycle(std::size_t target) {
        std::string path;
        bool inside = false;
        for (const std::size_t index : chain_) {
            inside = inside || index == target;
            if (inside) path += context_.variables[index].name + " → ";
        }
        const Variable& variable = context_.variables[target];
        context_.problem(variable.where, path_of(variable.name),
                         fmt::format("refers to itself: {}{}", path, variable.name));
    }

    PlanContext& context_;
    std::vector<State> states_;
    std::vector<std::size_t> chain_;
};

bool is_builtin(const std::string& name) {
    for (const std::string_view builtin : kBuiltinNames) {
        if (builtin == name) return true;
    }
    return false;
}

}  // namespace

void declare_variables(const Node* node, PlanContext& context) {
    if (node != nullptr && node->kind != Node::Kind::Map) {
        context.problem(node->where, "variables", "must be a map: { base: \"https://shop.example.com\" }");
    } else if (node != nullptr && node->fields.size() > kMostVariables) {
        context.problem(node->where, "variables", fmt::format("has more than {} variables", kMostVariables));
    } else if (node != nullptr) {
        for (const Node::Field& field : node->fields) {
            if (!is_identifier(field.key)) {
                context.problem(field.key_where, "variables",
                                fmt::format("\"{}\" is no name; it has letters, digits and _ only, and no digit first",
                                            excerpt(field.key, 40)));
            } else if (is_builtin(field.key)) {
                context.problem(
                    field.key_where, path_of(field.key),
                    fmt::format("${{{}}} is a variable that every plan has; choose another name", field.key));
            } else {
                context.names.declare(field.key, Names::Kind::Variable);
                Variable& variable = context.variables.emplace_back();
                variable.name = field.key;
                variable.where = field.key_where;
            }
        }
    }
    for (const std::string_view name : kBuiltinNames) context.names.declare(std::string(name), Names::Kind::Builtin);
}

void parse_variables(const Node* node, PlanContext& context) {
    Scope scope;
    scope.before_the_run = true;
    for (Variable& variable : context.variables) {
        const Node& value = *node->find(variable.name);
        if (value.kind == Node::Kind::Scalar) {
            variable.value = context.text(value.scalar, Template::Encoding::Raw,
                                          TextPlace{value.where, path_of(variable.name)}, scope);
        } else if (value.kind == Node::Kind::Map) {
            parse_source(value, variable, scope, context);
        } else {
            context.problem(value.where, path_of(variable.name),
                            "must be a text, { env: NAME } or { file: PATH }; for an empty text write \"\"");
        }
    }
    References(context).check();
}

}  // namespace culvert::workload
