#include "agent/worker/trial_recorder.h"

#include <algorithm>
#include <utility>

namespace culvert::agent::worker {
namespace {

using metrics::HttpText;

constexpr std::size_t kLongestValue = 4 << 10;  // of a save that is told

// Passes values on and writes them down.
class NotingStore final : public http::VariableStore {
  public:
    NotingStore(http::VariableStore& store, const std::vector<std::string>& names,
                std::vector<metrics::SavedValue>& saves)
        : store_(store), names_(names), saves_(saves) {}
    std::string_view value(std::uint32_t variable) const override { return store_.value(variable); }
    void store(std::uint32_t variable, std::string_view value) override {
        store_.store(variable, value);
        saves_.push_back({names_[variable], std::string(value)});
    }

  private:
    http::VariableStore& store_;
    const std::vector<std::string>& names_;
    std::vector<metrics::SavedValue>& saves_;
};

std::optional<std::uint64_t> micros(Duration duration) {
    if (duration < Duration::zero()) return std::nullopt;
    return static_cast<std::uint64_t>(duration / std::chrono::microseconds(1));
}

// A phase is of this attempt when it is not the one that the last attempt left behind.
std::optional<std::uint64_t> new_micros(Duration now, Duration before) {
    return now == before ? std::nullopt : micros(now);
}

std::string_view line_of(std::string_view text) {
    return text.substr(0, text.find("\r\n"));
}

// "GET /path HTTP/1.1"
struct RequestLine {
    explicit RequestLine(std::string_view text) {
        const std::string_view line = line_of(text);
        const std::size_t first = std::min(line.find(' '), line.size());
        const std::size_t last = std::max(std::min(line.rfind(' '), line.size()), first);
        method = line.substr(0, first);
        if (last > first) target = line.substr(first + 1, last - first - 1);
    }
    std::string_view method, target;
};

}  // namespace

void TrialRecorder::begin_step(SteadyTime now) {
    attempt_ = 0;
    dns_ = connect_ = tls_ = Duration(-1);
    begin_attempt(now);
}

void TrialRecorder::begin_attempt(SteadyTime now) {
    begun_ = now;
    for (std::string* const text : {&text_, &remote_address_, &head_, &body_}) text->clear();
    body_size_ = 0;
    checks_.clear();
    saves_.clear();
}

void TrialRecorder::sent(std::string_view text, std::string remote_address) {
    text_ = text;
    remote_address_ = std::move(remote_address);
}

void TrialRecorder::on_body(std::string_view bytes) {
    body_size_ += bytes.size();
    body_ += bytes.substr(0, HttpText::kLongestBody - std::min(HttpText::kLongestBody, body_.size()));
}

std::optional<http::Finding> TrialRecorder::judge(const http::ResponseRules& rules, const http::ResponseView& response,
                                                  http::VariableStore& variables, http::JsonReader& json) {
    checks_ = rules.explain(response, variables, json);
    NotingStore store(variables, variable_names_, saves_);
    auto finding = rules.apply(response, store, json);
    for (metrics::CheckResult& check : checks_) {
        check.check = masker_.mask(check.check);
        check.found = masker_.mask_beginning(check.found);
    }
    for (metrics::SavedValue& save : saves_) {
        save.value = save.value.size() <= kLongestValue
                         ? masker_.mask(save.value)
                         : masker_.mask_beginning(save.value.substr(0, kLongestValue)) + "…";
    }
    return finding;
}

HttpText TrialRecorder::request() const {
    const std::string_view text = text_;
    const std::size_t end = std::min(text.find("\r\n\r\n"), text.size());
    const std::string_view body = text.substr(std::min(end + 4, text.size()));
    const std::string head = masker_.mask_head(text.substr(0, end)), masked = masker_.mask(body);
    return HttpText{head.substr(0, HttpText::kLongestHead), masked.substr(0, HttpText::kLongestBody), body.size(),
                    head.size() > HttpText::kLongestHead || masked.size() > HttpText::kLongestBody};
}

HttpText TrialRecorder::response() const {
    std::string_view raw = head_;
    while (raw.size() >= 2 && raw.substr(raw.size() - 2) == "\r\n") raw.remove_suffix(2);
    const std::string head = masker_.mask_head(raw);
    const bool body_cut = body_size_ > body_.size();
    std::string body = body_cut ? masker_.mask_beginning(body_) : masker_.mask(body_);
    const bool cut = body_cut || body.size() > HttpText::kLongestBody || head.size() > HttpText::kLongestHead;
    body.resize(std::min(body.size(), HttpText::kLongestBody));
    return HttpText{head.substr(0, HttpText::kLongestHead), std::move(body), body_size_, cut};
}

void TrialRecorder::end_attempt(const Exchange& exchange, End end) {
    metrics::Exchange told;
    told.scenario = exchange.request->scenario;
    told.step = exchange.request->index;
    told.attempt = attempt_++;
    told.ending = end.ending;
    const RequestLine line(text_);
    told.method = line.method;
    // A target behind a proxy is asked for by its whole URL.
    const bool whole = line.target.rfind("http", 0) == 0;
    told.url = masker_.mask((whole ? std::string() : std::move(end.origin)) + std::string(line.target));
    told.request = request();
    told.response = response();
    told.status = static_cast<std::uint16_t>(exchange.status);
    told.error = end.error;
    told.what = masker_.mask(end.what);
    if (end.error || end.ending != metrics::Exchange::Ending::Final) told.phase = http::to_string(end.phase);
    told.dns_micros = new_micros(exchange.dns, dns_);
    told.connect_micros = new_micros(exchange.connect, connect_);
    told.tls_micros = new_micros(exchange.tls, tls_);
    if (end.complete) {
        const http::ExchangeTimes& times = exchange.connection->times();
        told.first_byte_micros = micros(times.first_byte - times.sent);
        told.rest_micros = micros(times.done - times.first_byte);
    }
    told.latency_micros = micros(end.done - begun_).value_or(0);
    told.remote_address = remote_address_.empty() ? std::move(end.remote_address) : remote_address_;
    told.checks = std::exchange(checks_, {});
    told.saves = std::exchange(saves_, {});
    dns_ = exchange.dns;
    connect_ = exchange.connect;
    tls_ = exchange.tls;
    begin_attempt(end.done);
    on_exchange_(std::move(told));
}

}  // namespace culvert::agent::worker
