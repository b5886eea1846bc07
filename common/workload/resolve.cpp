// Values of a plan's variables before the run: `--set` over the environment and files over what the plan itself says.
#include <algorithm>
#include <optional>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "common/base/text.h"
#include "common/config/document.h"
#include "common/config/reader.h"
#include "common/workload/plan.h"

namespace culvert::workload {
namespace {

using config::Problem;
using config::Problems;

constexpr std::size_t kLargestValue = 1 << 20;  // bytes of a file

class Resolver {
  public:
    Resolver(const Plan& plan, const Inputs& inputs, const Environment& environment)
        : plan_(plan), inputs_(inputs), environment_(environment), values_(plan.variables.size()) {}

    tl::expected<std::vector<std::string>, Problems> run() {
        check_names();
        for (std::size_t i = 0; i < plan_.variables.size(); ++i) value_of(i);
        if (!problems_.empty()) return tl::unexpected(std::move(problems_));
        std::vector<std::string> out;
        for (std::optional<std::string>& value : values_) out.push_back(std::move(*value));
        return out;
    }

  private:
    void check_names() {
        std::vector<std::string_view> known;
        for (const Variable& variable : plan_.variables) known.push_back(variable.name);
        for (const auto& [name, value] : inputs_.set) {
            if (std::find(known.begin(), known.end(), name) != known.end()) continue;
            const auto near = closest(name, known);
            const std::vector<std::string> all(known.begin(), known.end());
            const std::string hint = near          ? fmt::format("did you mean {}?", *near)
                                     : all.empty() ? "it has none"
                                                   : "it has " + join(all, ", ");
            problems_.push_back(Problem{{},
                                        fmt::format("--set {}", excerpt(name, 60)),
                                        fmt::format("the plan has no such variable; {}", hint)});
        }
    }

    // The parser refuses cycles, so this ends.
    const std::string& value_of(std::size_t index) {
        std::optional<std::string>& value = values_[index];
        if (!value) {
            std::string found = find_value(plan_.variables[index]);
            value = std::move(found);
        }
        return *value;
    }

    std::string find_value(const Variable& variable) {
        if (const auto given = inputs_.set.find(variable.name); given != inputs_.set.end()) return given->second;
        std::string missing;
        if (!variable.env.empty()) {
            if (auto value = environment_(variable.env)) return *value;
            // What stands on a command line is read by everybody on the machine.
            missing = variable.secret ? fmt::format("the environment has no {0}; export {0}=...", variable.env)
                                      : fmt::format(
                                            "the environment has no {0}; export {0}=..., or give it by --set "
                                            "{1}=...",
                                            variable.env, variable.name);
        } else if (!variable.file.empty()) {
            Result<std::string> text = config::load_text(config::beside(plan_.file, variable.file), kLargestValue);
            if (text) return without_line_end(std::move(*text));
            missing = text.error().message;
        }
        if (variable.value) return rendered(*variable.value);
        problems_.push_back(Problem{variable.where, "variables." + variable.name, missing});
        return {};
    }

    static std::string without_line_end(std::string text) {
        if (!text.empty() && text.back() == '\n') text.pop_back();
        if (!text.empty() && text.back() == '\r') text.pop_back();
        return text;
    }

    std::string rendered(const Template& text) {
        std::string out;
        for (const Template::Part& part : text.parts) out += part.variable ? value_of(*part.variable) : part.text;
        return out;
    }

    const Plan& plan_;
    const Inputs& inputs_;
    const Environment& environment_;
    std::vector<std::optional<std::string>> values_;
    Problems problems_;
};

}  // namespace

tl::expected<std::vector<std::string>, Problems> resolve_variables(const Plan& plan, const Inputs& inputs,
                                                                   const Environment& environment) {
    return Resolver(plan, inputs, environment).run();
}

}  // namespace culvert::workload
