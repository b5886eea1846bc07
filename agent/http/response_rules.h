// What a step asks of a response: its checks and its saves, compiled. Without a check of the status, 400 and above fail
// by themselves.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "agent/http/json_reader.h"
#include "agent/http/text_template.h"
#include "common/metrics/exchange.h"
#include "common/workload/plan.h"

namespace re2 {
class RE2;
}

namespace culvert::agent::http {

// A user's variables, some of which a response may set.
class VariableStore : public Variables {
  public:
    virtual void store(std::uint32_t variable, std::string_view value) = 0;
};

struct ResponseView {
    int status = 0;
    std::span<const std::optional<std::string>> headers;  // by ResponseRules::wanted_headers()
    std::string_view body;
    bool body_cut = false;            // it was longer than kLongestSearchedBody
    std::string_view body_problem{};  // why the body cannot be read; empty: it can
};

// The first thing that does not hold.
struct Finding {
    metrics::ErrorKind kind = metrics::ErrorKind::Check;
    std::string what;  // "HTTP 500", "check status is 200: was 302"
};

// Immutable, but for one thread only: RE2 takes locks where threads share one.
class ResponseRules {
  public:
    static constexpr std::size_t kLongestSearchedBody = 4 << 20;

    static Result<ResponseRules> compile(const workload::RequestStep& step, const Constants& constants,
                                         const std::vector<std::string>& names);
    ResponseRules(ResponseRules&&) noexcept;
    ResponseRules& operator=(ResponseRules&&) noexcept;
    ~ResponseRules();

    bool needs_body() const { return needs_body_; }
    bool any() const { return !checks_.empty() || !saves_.empty(); }
    const std::vector<std::string>& wanted_headers() const { return wanted_headers_; }  // lower case
    // Checks first, in order; then, if all hold, every save. `json` is scratch.
    std::optional<Finding> apply(const ResponseView& response, VariableStore& variables, JsonReader& json) const;
    // Every check on its own, and what it found: for a person who reads them, not for load.
    std::vector<metrics::CheckResult> explain(const ResponseView& response, const Variables& variables,
                                              JsonReader& json) const;

  private:
    struct CompiledCheck;
    struct CompiledSave;
    struct Subject;

    ResponseRules();
    std::size_t want_header(const std::string& name);
    Subject subject_of(const CompiledCheck& check, const ResponseView& response, const JsonReader& json) const;
    std::optional<Finding> apply_check(const CompiledCheck& check, const ResponseView& response,
                                       const Variables& variables, const JsonReader& json) const;
    std::optional<Finding> apply_save(const CompiledSave& save, const ResponseView& response, VariableStore& variables,
                                      const JsonReader& json) const;

    std::vector<CompiledCheck> checks_;
    std::vector<CompiledSave> saves_;
    std::vector<std::string> wanted_headers_;
    bool needs_body_ = false, needs_json_ = false, checks_status_ = false;
};

}  // namespace culvert::agent::http
