#include "agent/worker/exchange.h"

#include <algorithm>

#include "agent/worker/trial_recorder.h"
#include "common/base/text.h"

namespace culvert::agent::worker {
namespace {

constexpr std::size_t kMostSetCookies = 64;  // of one response
constexpr std::size_t kLongestCoding = 40;   // of a name that is told

}  // namespace

void Exchange::begin(const CompiledRequest& new_request, SteadyTime new_due, SteadyTime now, bool want_examples) {
    request = &new_request;
    due = new_due;
    begun = now;
    deadline = now + new_request.timeout;
    connect_deadline = now + new_request.connect_timeout;
    first_sent.reset();
    dns = connect = tls = Duration(-1);
    bytes_sent = bytes_received = 0;
    retried = false;
    redirects = 0;
    redirected.reset();
    examples = want_examples;
    begin_attempt();
}

void Exchange::begin_attempt() {
    waits = Waits::No;
    addresses_tried = 0;
    status = 0;
    keeps_body_ = body_cut = false;
    head.clear();
    body.clear();
    location.clear();
    set_cookies.clear();
    decoder_.reset();
    unreadable_.clear();
    const std::size_t wanted = request->rules.wanted_headers().size();
    headers.resize(wanted);
    for (auto& header : headers) header.reset();
}

void Exchange::end() {
    request = nullptr;
    connection = nullptr;
    redirected.reset();
    decoder_.reset();
    if (body.capacity() > kKeptMemory) std::string().swap(body);
}

void Exchange::on_head(const http::ResponseHead& response) {
    if (trial != nullptr) trial->on_head(response.raw);
    status = response.status;
    const auto& wanted = request->rules.wanted_headers();
    const bool follows = request->follow_redirects > 0 && http::is_redirect(status);
    std::string_view coding;
    for (const http::HeaderField& field : response.fields) {
        for (std::size_t i = 0; i < wanted.size(); ++i) {
            if (!http::equals_ignoring_case(field.name, wanted[i])) continue;
            if (headers[i]) {
                (*headers[i] += ", ") += field.value;
            } else {
                headers[i] = std::string(field.value);
            }
        }
        if (field.name.size() == 10 && http::equals_ignoring_case(field.name, "set-cookie") &&
            set_cookies.size() < kMostSetCookies) {
            set_cookies.emplace_back(field.value);
        } else if (follows && field.name.size() == 8 && http::equals_ignoring_case(field.name, "location")) {
            location = field.value;
        } else if (field.name.size() == 16 && http::equals_ignoring_case(field.name, "content-encoding")) {
            coding = field.value;
        }
    }
    const bool may_fail = examples && (status >= 400 || request->rules.any());
    if (may_fail) head = response.raw.substr(0, kLongestHead);
    keeps_body_ = may_fail || request->rules.needs_body();
    if ((!keeps_body_ && trial == nullptr) || http::ContentDecoder::is_plain(coding)) return;
    decoder_ = http::ContentDecoder::make(coding);
    keeps_body_ = keeps_body_ || decoder_ != nullptr;
    if (decoder_) return;
    unreadable_ = "the body is compressed as " + excerpt(coding, kLongestCoding) +
                  ", which checks and saves cannot read; let Accept-Encoding ask for gzip, deflate or identity";
}

std::string_view Exchange::body_problem() const {
    return decoder_ ? decoder_->problem() : unreadable_;
}

void Exchange::on_body(std::string_view bytes) {
    if (trial != nullptr && !decoder_) trial->on_body(bytes);
    if (!keeps_body_) return;
    const bool whole = request->rules.needs_body() || trial != nullptr;
    const std::size_t most = whole ? http::ResponseRules::kLongestSearchedBody : kLongestBody;
    if (decoder_) {
        const std::size_t before = body.size();
        body_cut = !decoder_->append(bytes, body, most) || body_cut;
        if (trial != nullptr) trial->on_body(std::string_view(body).substr(before));
        return;
    }
    const std::size_t room = most - std::min(most, body.size());
    body += bytes.substr(0, room);
    body_cut = body_cut || bytes.size() > room;
}

}  // namespace culvert::agent::worker
