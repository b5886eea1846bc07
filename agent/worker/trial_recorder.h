// Keeps of the request under way what a trial shows of it, and tells of one attempt after the other, masked. Only a
// trial has one, and there only one user is under way at a time. Worker thread only.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/http/masker.h"
#include "agent/worker/exchange.h"
#include "common/metrics/exchange.h"

namespace culvert::agent::worker {

class TrialRecorder {
  public:
    // What is given outlives the recorder.
    TrialRecorder(const http::Masker& masker, const std::vector<std::string>& variable_names,
                  std::function<void(metrics::Exchange)> on_exchange)
        : masker_(masker), variable_names_(variable_names), on_exchange_(std::move(on_exchange)) {}

    void begin_step(SteadyTime now);
    // The request as it is written; `remote_address` empty: it never left.
    void sent(std::string_view text, std::string remote_address);
    bool has_sent() const { return !text_.empty(); }
    void on_head(std::string_view raw) { head_ = raw; }
    void on_body(std::string_view bytes);
    // As ResponseRules::apply, noting every check and save.
    std::optional<http::Finding> judge(const http::ResponseRules& rules, const http::ResponseView& response,
                                       http::VariableStore& variables, http::JsonReader& json);

    struct End {
        metrics::Exchange::Ending ending = metrics::Exchange::Ending::Final;
        std::optional<metrics::ErrorKind> error{};
        std::string_view what{};
        http::Phase phase = http::Phase::Body;
        SteadyTime done{};
        bool complete = false;         // the whole answer came
        std::string origin{};          // "https://shop.acme.test"; empty: not known
        std::string remote_address{};  // if sent() did not say
    };
    // Tells of the attempt; what comes now belongs to the next.
    void end_attempt(const Exchange& exchange, End end);

  private:
    void begin_attempt(SteadyTime now);
    metrics::HttpText request() const;
    metrics::HttpText response() const;

    const http::Masker& masker_;
    const std::vector<std::string>& variable_names_;
    const std::function<void(metrics::Exchange)> on_exchange_;

    std::uint32_t attempt_ = 0;
    SteadyTime begun_{};
    Duration dns_{-1}, connect_{-1}, tls_{-1};  // of the attempt before: the exchange keeps them
    std::string text_, remote_address_, head_, body_;
    std::uint64_t body_size_ = 0;
    std::vector<metrics::CheckResult> checks_;
    std::vector<metrics::SavedValue> saves_;
};

}  // namespace culvert::agent::worker
