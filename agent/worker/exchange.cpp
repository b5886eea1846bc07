#include "agent/worker/exchange.h"

#include <algorithm>

#include "agent/worker/trial_recorder.h"

namespace culvert::agent::worker {
namespace {

constexpr std::size_t kMostSetCookies = 64;  // of one response

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
    const std::size_t wanted = request->rules.wanted_headers().size();
    headers.resize(wanted);
    for (auto& header : headers) header.reset();
}

void Exchange::end() {
    request = nullptr;
    connection = nullptr;
    redirected.reset();
    if (body.capacity() > kKeptMemory) std::string().swap(body);
}

void Exchange::on_head(const http::ResponseHead& response) {
    if (trial != nullptr) trial->on_head(response.raw);
    status = response.status;
    const auto& wanted = request->rules.wanted_headers();
    const bool follows = request->follow_redirects > 0 && http::is_redirect(status);
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
        }
    }
    const bool may_fail = examples && (status >= 400 || request->rules.any());
    if (may_fail) head = response.raw.substr(0, kLongestHead);
    keeps_body_ = may_fail || request->rules.needs_body();
}

void Exchange::on_body(std::string_view bytes) {
    if (trial != nullptr) trial->on_body(bytes);
    if (!keeps_body_) return;
    const std::size_t most = request->rules.needs_body() ? http::ResponseRules::kLongestSearchedBody : kLongestBody;
    const std::size_t room = most - std::min(most, body.size());
    body += bytes.substr(0, room);
    body_cut = body_cut || bytes.size() > room;
}

}  // namespace culvert::agent::worker
