// Reads `steps:` and `once_per_user:` of a scenario.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "common/config/document.h"
#include "common/workload/plan_context.h"

namespace culvert::workload {

// All step lists of one scenario, in the order in which a user walks them: once_per_user, then steps.
class StepParser {
  public:
    explicit StepParser(PlanContext& context) : context_(context) {}

    std::vector<Step> parse_list(const config::Node& node, const std::string& path);

    // Of all requests so far, by RequestStep::index.
    std::vector<std::string> take_names() { return std::move(names_); }
    std::size_t requests() const { return names_.size(); }

  private:
    std::optional<Step> parse_step(const config::Node& node, const std::string& path);
    std::optional<Step> parse_think(const config::Node& node, const std::string& path);
    Step parse_request(const config::Node& node, const std::string& path, Method method);
    void name_request(RequestStep& request, const config::Node* name, const std::string& url, const std::string& path);

    PlanContext& context_;
    Scope scope_;
    std::vector<std::string> names_;
    std::set<std::string> taken_;
    std::map<std::string, int> repeats_;  // of default names
};

// Declares every name that a step of any scenario saves, so that a template that comes too early can be told from one
// that is misspelt.
void declare_saves(const config::Node& scenarios, Names& names);

}  // namespace culvert::workload
