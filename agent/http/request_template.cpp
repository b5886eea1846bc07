#include "agent/http/request_template.h"

#include <algorithm>

#include "common/base/text.h"

namespace culvert::agent::http {
namespace {

using workload::Method;

bool is_token(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
    });
}

bool sends_length_without_body(Method method) {
    return method == Method::Post || method == Method::Put || method == Method::Patch;
}

}  // namespace

const char* default_user_agent() {
    return "culvert/" CULVERT_VERSION;
}

Result<RequestTemplate> RequestTemplate::compile(const workload::RequestStep& step, const Constants& constants,
                                                 const std::vector<std::string>& names) {
    RequestTemplate result;
    result.method_ = step.method;
    result.has_body_ = step.body.has_value() || sends_length_without_body(step.method);
    if (step.body) {
        auto body = TextTemplate::compile(*step.body, Place::Body, constants, names);
        if (!body) return fail(body.error(), "step \"" + step.name + "\", body");
        result.body_ = std::move(*body);
    }
    if (const auto status = result.compile_headers(step, constants, names); !status)
        return fail(status.error(), "step \"" + step.name + "\"");
    if (const auto status = result.compile_url(step, constants, names); !status)
        return fail(status.error(), "step \"" + step.name + "\"");

    if (result.origin_ && result.line_.literal() && result.all_headers_.literal() && result.body_.literal()) {
        struct NoVariables final : Variables {
            std::string_view value(std::uint32_t) const override { return {}; }
        };
        if (const auto status = result.render(NoVariables(), nullptr, {}, result.fixed_text_); !status)
            return tl::unexpected<Error>(status.error());
    }
    return result;
}

Status RequestTemplate::compile_url(const workload::RequestStep& step, const Constants& constants,
                                    const std::vector<std::string>& names) {
    auto whole = TextTemplate::compile(step.url, Place::Target, constants, names);
    if (!whole) return tl::unexpected<Error>(whole.error());
    target_ = std::move(*whole);
    const std::string_view leading = target_.leading_literal();
    const std::size_t scheme = leading.find("://");
    const std::size_t path = scheme == std::string_view::npos ? scheme : leading.find_first_of("/?", scheme + 3);
    if (path == std::string_view::npos && !target_.literal()) return {};  // the origin depends on a variable
    const std::size_t origin_end = std::min(path, leading.size());
    const auto url = parse_url(leading.substr(0, origin_end));
    if (!url) return tl::unexpected<Error>(url.error());
    origin_ = url->origin;
    TextTemplate target;
    if (origin_end == leading.size() || leading[origin_end] == '?') target.append_literal("/");
    target.append(target_.without_prefix(origin_end));
    target_ = std::move(target);
    line_.append_literal(std::string(to_string(method_)) + " ");
    line_.append(target_);
    line_.append_literal(" HTTP/1.1\r\n");
    if (!own_host_) line_.append_literal("Host: " + host_header(*origin_) + "\r\n");
    return {};
}

Status RequestTemplate::compile_headers(const workload::RequestStep& step, const Constants& constants,
                                        const std::vector<std::string>& names) {
    bool own_agent = false;
    for (const workload::NamedTemplate& header : step.headers) {
        const std::string name = to_lower_ascii(header.name);
        if (!is_token(name)) return fail(Code::InvalidInput, "\"" + excerpt(header.name, 60) + "\" is no header name");
        if (name == "content-length" || name == "transfer-encoding" || name == "upgrade" || name == "expect") {
            return fail(Code::InvalidInput, "header " + header.name + " is Culvert's own to send; leave it out");
        }
        auto value = TextTemplate::compile(header.value, Place::HeaderValue, constants, names);
        if (!value) return fail(value.error(), "header " + header.name);
        if (value->literal() &&
            value->literal_text().find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos) {
            return fail(Code::InvalidInput, "header " + header.name + " holds a line break");
        }
        own_host_ = own_host_ || name == "host";
        own_agent = own_agent || name == "user-agent";
        closes_ = closes_ ||
                  (name == "connection" && value->literal() && to_lower_ascii(trim(value->literal_text())) == "close");
        Header line{name, {}};
        line.line.append_literal(header.name + ": ");
        line.line.append(*value);
        line.line.append_literal("\r\n");
        headers_.push_back(std::move(line));
    }
    if (!own_agent) {
        Header agent{"user-agent", {}};
        agent.line.append_literal(std::string("User-Agent: ") + default_user_agent() + "\r\n");
        headers_.insert(headers_.begin(), std::move(agent));
    }
    for (const Header& header : headers_) all_headers_.append(header.line);
    return {};
}

Result<Url> RequestTemplate::url(const Variables& variables) const {
    std::string text;
    if (const auto status = target_.render(variables, text); !status) return tl::unexpected<Error>(status.error());
    if (origin_) return Url{*origin_, std::move(text)};
    return parse_url(text);
}

void RequestTemplate::append_line(Method method, std::string_view target, const Origin& origin,
                                  std::string& out) const {
    out += to_string(method);
    out += ' ';
    out += target;
    out += " HTTP/1.1\r\n";
    if (!own_host_) ((out += "Host: ") += host_header(origin)) += "\r\n";
}

Status RequestTemplate::append_rest(const Variables& variables, const TextTemplate& headers, std::string_view cookies,
                                    bool with_body, std::string& out) const {
    if (const auto status = headers.render(variables, out); !status) return status;
    if (!cookies.empty()) ((out += "Cookie: ") += cookies) += "\r\n";
    if (!with_body || !has_body_) {
        out += "\r\n";
        return {};
    }
    if (body_.literal()) {
        const std::string& body = body_.literal_text();
        (((out += "Content-Length: ") += std::to_string(body.size())) += "\r\n\r\n") += body;
        return {};
    }
    // The length stands before the body and is known after it: render behind a gap of fixed width, then fill the gap.
    static constexpr std::string_view kGap = "Content-Length:                     \r\n\r\n";  // 20 digits at most
    const std::size_t gap = out.size();
    out += kGap;
    const std::size_t begin = out.size();
    if (const auto status = body_.render(variables, out); !status) return status;
    const std::string digits = std::to_string(out.size() - begin);
    std::copy(digits.begin(), digits.end(),
              out.begin() + static_cast<std::ptrdiff_t>(gap + kGap.size() - 4 - digits.size()));
    return {};
}

Status RequestTemplate::render(const Variables& variables, const Url* url, std::string_view cookies,
                               std::string& out) const {
    if (!fixed_text_.empty() && cookies.empty()) {
        out += fixed_text_;
        return {};
    }
    if (origin_) {
        if (const auto status = line_.render(variables, out); !status) return status;
    } else {
        append_line(method_, url->target, url->origin, out);
    }
    return append_rest(variables, all_headers_, cookies, true, out);
}

Status RequestTemplate::render_redirected(const Variables& variables, const Redirected& how, std::string_view cookies,
                                          std::string& out) const {
    append_line(how.method, how.url.target, how.url.origin, out);
    TextTemplate headers;
    for (const Header& header : headers_) {
        const bool private_to_origin =
            header.name == "authorization" || header.name == "cookie" || header.name == "host";
        const bool about_body =
            header.name == "content-type" || header.name == "content-encoding" || header.name == "content-language";
        if ((how.other_origin && private_to_origin) || (!how.with_body && about_body)) continue;
        headers.append(header.line);
    }
    if (own_host_ && how.other_origin) ((out += "Host: ") += host_header(how.url.origin)) += "\r\n";
    return append_rest(variables, headers, cookies, how.with_body, out);
}

}  // namespace culvert::agent::http
