// A Template of the plan with everything that never changes during a run folded into literals.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/result.h"
#include "common/workload/plan.h"

namespace culvert::agent::http {

// The values of one user's variables. Indices are those of Plan::variable_names.
class Variables {
  public:
    virtual ~Variables() = default;
    virtual std::string_view value(std::uint32_t variable) const = 0;
};

// Values known before the start, by Plan::variable_names; nullopt: changes during the run.
using Constants = std::vector<std::optional<std::string>>;

// Where a text stands decides which bytes it may hold.
enum class Place : std::uint8_t { Target, HeaderValue, Body };

class TextTemplate {
  public:
    TextTemplate() = default;
    // Target: literals are percent-encoded where needed, and end at a "#".
    static Result<TextTemplate> compile(const workload::Template& source, Place place, const Constants& constants,
                                        const std::vector<std::string>& names);

    bool literal() const { return !variable_anywhere_; }
    const std::string& literal_text() const;  // only if literal()
    void append_literal(std::string_view text);
    void append(const TextTemplate& other);

    // Target: what cannot stand there is percent-encoded. HeaderValue: a line break or NUL is InvalidInput, as is text
    // where a JSON number is due. Names the variable, never its value.
    Status render(const Variables& variables, std::string& out) const;
    // Parts up to the first variable.
    std::string_view leading_literal() const;
    // Without the first `count` bytes, which lie within leading_literal().
    TextTemplate without_prefix(std::size_t count) const;

  private:
    struct Part {
        std::string literal;  // when `variable` is empty
        std::optional<std::uint32_t> variable;
        workload::Template::Encoding encoding = workload::Template::Encoding::Raw;
        Place place = Place::Body;
        std::string name;  // of the variable
    };
    static Status append_value(const Part& part, std::string_view value, std::string& out);

    std::vector<Part> parts_;  // no two literals side by side
    bool variable_anywhere_ = false;
};

}  // namespace culvert::agent::http
