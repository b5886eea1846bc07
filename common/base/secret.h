// A value that must not reach a log, a report or an error message: it has no stream operator and no implicit
// conversion.
#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace culvert {

class Secret {
  public:
    Secret() = default;
    explicit Secret(std::string value) : value_(std::move(value)) {}

    bool empty() const { return value_.empty(); }
    // The only way out; search for this word to review every use.
    const std::string& reveal() const { return value_; }
    friend bool operator==(const Secret&, const Secret&) = default;

  private:
    std::string value_;
};

inline constexpr std::string_view kMasked = "***";

}  // namespace culvert
