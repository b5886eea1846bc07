#include "common/protocol/convert_exchange.h"

#include "common/protocol/messages.h"
#include "common/protocol/wire_text.h"

namespace culvert::protocol {
namespace {

using metrics::Exchange;
using metrics::HttpText;

void put(const HttpText& text, wire::HttpText& out) {
    out.set_head(text.head.substr(0, HttpText::kLongestHead));
    out.set_body(text.body.substr(0, HttpText::kLongestBody));
    out.set_body_size(text.body_size);
    out.set_cut(text.cut || text.head.size() > HttpText::kLongestHead || text.body.size() > HttpText::kLongestBody);
}

Result<HttpText> take(const wire::HttpText& text) {
    if (text.head().size() > HttpText::kLongestHead || text.body().size() > HttpText::kLongestBody)
        return fail(Code::InvalidInput, "exchange: head or body longer than allowed");
    return HttpText{text.head(), text.body(), text.body_size(), text.cut()};
}

Status take_lists(const wire::Exchange& exchange, Exchange& out) {
    if (exchange.checks_size() > kMostChecks || exchange.saves_size() > kMostChecks)
        return fail(Code::InvalidInput, "exchange: too many checks or saves");
    for (const wire::CheckResult& check : exchange.checks()) {
        if (check.check().size() > kLongestText || check.found().size() > kLongestText)
            return fail(Code::InvalidInput, "exchange: a check longer than allowed");
        out.checks.push_back({check.check(), check.holds(), check.found()});
    }
    for (const wire::SavedValue& save : exchange.saves()) {
        if (save.variable().size() > kLongestText || save.value().size() > kLongestText)
            return fail(Code::InvalidInput, "exchange: a save longer than allowed");
        out.saves.push_back({save.variable(), save.value()});
    }
    return {};
}

}  // namespace

void to_wire(const Exchange& exchange, wire::Exchange& out) {
    out.set_scenario(exchange.scenario);
    out.set_step(exchange.step);
    out.set_attempt(exchange.attempt);
    out.set_ending(static_cast<std::uint32_t>(exchange.ending));
    out.set_method(cut(exchange.method));
    out.set_url(exchange.url.substr(0, kLongestUrl));
    put(exchange.request, *out.mutable_request());
    put(exchange.response, *out.mutable_response());
    out.set_status(exchange.status);
    if (exchange.error) out.set_error(static_cast<std::uint32_t>(*exchange.error));
    out.set_what(cut(exchange.what));
    out.set_phase(cut(exchange.phase));
    if (exchange.dns_micros) out.set_dns_micros(*exchange.dns_micros);
    if (exchange.connect_micros) out.set_connect_micros(*exchange.connect_micros);
    if (exchange.tls_micros) out.set_tls_micros(*exchange.tls_micros);
    if (exchange.first_byte_micros) out.set_first_byte_micros(*exchange.first_byte_micros);
    if (exchange.rest_micros) out.set_rest_micros(*exchange.rest_micros);
    out.set_latency_micros(exchange.latency_micros);
    out.set_remote_address(cut(exchange.remote_address));
    for (std::size_t i = 0; i < exchange.checks.size() && i < kMostChecks; ++i) {
        wire::CheckResult& check = *out.add_checks();
        check.set_check(cut(exchange.checks[i].check));
        check.set_holds(exchange.checks[i].holds);
        check.set_found(cut(exchange.checks[i].found));
    }
    for (std::size_t i = 0; i < exchange.saves.size() && i < kMostChecks; ++i) {
        wire::SavedValue& save = *out.add_saves();
        save.set_variable(cut(exchange.saves[i].variable));
        save.set_value(cut(exchange.saves[i].value));
    }
}

Result<Exchange> from_wire(const wire::Exchange& exchange) {
    if (exchange.ending() >= Exchange::kEndings)
        return fail(Code::InvalidInput, "exchange: unknown ending " + std::to_string(exchange.ending()));
    if (exchange.status() > 999)
        return fail(Code::InvalidInput, "exchange: HTTP status " + std::to_string(exchange.status()));
    if (exchange.has_error() && exchange.error() >= metrics::kErrorKinds)
        return fail(Code::InvalidInput, "exchange: unknown kind of error " + std::to_string(exchange.error()));
    if (exchange.url().size() > kLongestUrl)
        return fail(Code::InvalidInput, "exchange: the URL is longer than allowed");
    for (const std::string* text :
         {&exchange.method(), &exchange.what(), &exchange.phase(), &exchange.remote_address()}) {
        if (const auto ok = check_text(*text, "exchange"); !ok) return tl::unexpected(ok.error());
    }
    auto request = take(exchange.request());
    if (!request) return tl::unexpected(request.error());
    auto response = take(exchange.response());
    if (!response) return tl::unexpected(response.error());
    Exchange out;
    out.scenario = exchange.scenario();
    out.step = exchange.step();
    out.attempt = exchange.attempt();
    out.ending = static_cast<Exchange::Ending>(exchange.ending());
    out.method = exchange.method();
    out.url = exchange.url();
    out.request = std::move(*request);
    out.response = std::move(*response);
    out.status = static_cast<std::uint16_t>(exchange.status());
    if (exchange.has_error()) out.error = static_cast<metrics::ErrorKind>(exchange.error());
    out.what = exchange.what();
    out.phase = exchange.phase();
    if (exchange.has_dns_micros()) out.dns_micros = exchange.dns_micros();
    if (exchange.has_connect_micros()) out.connect_micros = exchange.connect_micros();
    if (exchange.has_tls_micros()) out.tls_micros = exchange.tls_micros();
    if (exchange.has_first_byte_micros()) out.first_byte_micros = exchange.first_byte_micros();
    if (exchange.has_rest_micros()) out.rest_micros = exchange.rest_micros();
    out.latency_micros = exchange.latency_micros();
    out.remote_address = exchange.remote_address();
    if (const auto ok = take_lists(exchange, out); !ok) return tl::unexpected(ok.error());
    return out;
}

}  // namespace culvert::protocol
