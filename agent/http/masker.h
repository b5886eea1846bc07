// Takes secrets out of what is shown of requests and responses: the values of secret variables, in every form they are
// sent in, and headers that carry credentials.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace culvert::agent::http {

class Masker {
  public:
    // Values of the variables that are secret; empty ones are left out.
    explicit Masker(const std::vector<std::string>& secrets);

    std::string mask(std::string_view text) const;
    // Of text that went on: what stands at its end and may be the beginning of a secret is left out.
    std::string mask_beginning(std::string_view text) const;
    // A request or response head: also hides the values of Authorization, Cookie and their like.
    std::string mask_head(std::string_view head) const;

  private:
    std::vector<std::string> needles_;  // longest first
};

}  // namespace culvert::agent::http
