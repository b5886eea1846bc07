#include "common/workload/request_parser.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "common/base/text.h"
#include "common/workload/body.h"
#include "common/workload/check_parser.h"
#include "common/workload/expression.h"
#include "common/workload/url.h"

namespace culvert::workload {
namespace {

using config::Node;
using Encoding = Template::Encoding;

constexpr std::array<std::string_view, 6> kMethodKeys{"get", "head", "post", "put", "patch", "delete"};
constexpr std::array<std::string_view, 4> kOnFail{"continue", "end_iteration", "stop_user", "abort_run"};
constexpr std::array<std::string_view, 5> kOwnHeaders{"content-length", "transfer-encoding", "connection", "te",
                                                      "upgrade"};
constexpr config::Range<Duration> kTimeout{std::chrono::milliseconds(1), std::chrono::hours(1)};
constexpr std::int64_t kMostRedirects = 20;

bool may_have_body(Method method) {
    return method != Method::Get && method != Method::Head;
}

}  // namespace

RequestStep RequestParser::run() {
    RequestStep request;
    request.method = method_;
    request.where = map_.node().where;
    map_.text("name");  // the step list names it
    parse_url(request);
    parse_headers(request);
    parse_body(request);
    if (const Node* const checks = map_.child("check"))
        request.checks = parse_checks(*checks, map_.path_of("check"), scope_, context_);
    if (const Node* const saves = map_.child("save"))
        request.saves = parse_saves(*saves, map_.path_of("save"), scope_, context_);
    request.on_fail = static_cast<OnFail>(map_.word("on_fail", kOnFail, 0));
    request.timeout = map_.duration("timeout", kTimeout, context_.http.timeout);
    request.connect_timeout = map_.duration("connect_timeout", kTimeout, context_.http.connect_timeout);
    request.follow_redirects = static_cast<std::uint32_t>(
        map_.integer("follow_redirects", {0, kMostRedirects}, context_.http.follow_redirects));
    merge_defaults(request);
    map_.finish();
    return request;
}

TextPlace RequestParser::place_of(std::string_view key) const {
    const Node* const node = map_.node().find(key);
    return TextPlace{node != nullptr ? node->where : map_.node().where, map_.path_of(key)};
}

void RequestParser::parse_url(RequestStep& request) {
    const std::string_view key = kMethodKeys[static_cast<std::size_t>(method_)];
    url_text_ = map_.required_text(key, "a URL, for example \"https://shop.example.com/\"");
    const TextPlace place = place_of(key);
    const std::size_t before = context_.problems.size();
    const std::vector<TemplatePart> parts = split_template(url_text_, place, scope_, context_.names, context_.problems);
    TemplateBuilder url;
    const bool readable = !url_text_.empty() && context_.problems.size() == before;
    if (readable) append_url(url, parts, place, context_);
    if (const Node* const query = map_.child("query")) {
        append_pairs(url, has_query(parts) ? "&" : "?", *query, map_.path_of("query"), Encoding::Url, scope_, context_);
    }
    request.url = url.take();
}

void RequestParser::parse_body(RequestStep& request) {
    const Node* const json = map_.child("json");
    const Node* const form = map_.child("form");
    const Node* const body = map_.child("body");
    const int bodies = (json != nullptr ? 1 : 0) + (form != nullptr ? 1 : 0) + (body != nullptr ? 1 : 0);
    if (bodies == 0) return;
    const Node& first = json != nullptr ? *json : form != nullptr ? *form : *body;
    const std::string_view key = json != nullptr ? "json" : form != nullptr ? "form" : "body";
    if (bodies > 1) map_.problem(first, key, "a request has one body; leave all but one of json, form and body out");
    if (!may_have_body(method_)) {
        map_.problem(first, key,
                     fmt::format("{} carries no body; use post, put, patch or delete, or query: for the URL",
                                 to_string(method_)));
    }

    std::string content_type;
    if (json != nullptr) {
        content_type = "application/json";
        request.body = parse_json_body(*json, map_.path_of("json"), scope_, context_);
    } else if (form != nullptr) {
        content_type = "application/x-www-form-urlencoded";
        TemplateBuilder builder;
        append_pairs(builder, "", *form, map_.path_of("form"), Encoding::Form, scope_, context_);
        request.body = builder.take();
    } else if (const auto text = map_.text("body")) {
        request.body = context_.text(*text, Encoding::Raw, place_of("body"), scope_);
    }
    const auto by_default = [](const DefaultHeader& given) {
        return to_lower_ascii(given.header.name) == "content-type";
    };
    const bool given = is_set_by(request, "content-type") ||
                       std::any_of(context_.http.headers.begin(), context_.http.headers.end(), by_default);
    if (!content_type.empty() && !given)
        request.headers.push_back(NamedTemplate{"Content-Type", TemplateBuilder().literal(content_type).take()});
}

void RequestParser::parse_headers(RequestStep& request) {
    const Node* const headers = map_.child("headers");
    if (headers == nullptr) return;
    if (headers->kind != Node::Kind::Map)
        return map_.problem(*headers, "headers", "must be a map: { Accept: application/json }");
    check_header_limits(*headers, map_.path_of("headers"), context_);
    for (const Node::Field& field : headers->fields) {
        NamedTemplate header = parse_header(field, map_.path_of("headers"), scope_, context_);
        if (is_set_by(request, header.name)) {
            context_.problem(field.key_where, map_.path_of("headers"),
                             fmt::format("header \"{}\" is given twice; upper and lower case are the same",
                                         excerpt(header.name, 60)));
        }
        request.headers.push_back(std::move(header));
    }
}

// The plan's headers stand before the step's own; a header of the step replaces the plan's of the same name.
void RequestParser::merge_defaults(RequestStep& request) {
    std::vector<NamedTemplate> merged;
    for (DefaultHeader& given : context_.http.headers) {
        if (is_set_by(request, given.header.name)) continue;
        merged.push_back(given.header);
        for (const Template::Part& part : given.header.value.parts) {
            const bool early = part.variable && context_.names.kind_of(*part.variable) == Names::Kind::Save &&
                               !scope_.saved.contains(*part.variable);
            if (!early || given.told) continue;
            given.told = true;
            context_.problem(
                given.place,
                fmt::format("${{{}}} has no value yet in {}: give this header to the steps that come after the save",
                            context_.names.all()[*part.variable], path_));
        }
    }
    merged.insert(merged.end(), std::make_move_iterator(request.headers.begin()),
                  std::make_move_iterator(request.headers.end()));
    request.headers = std::move(merged);
}

bool RequestParser::is_set_by(const RequestStep& request, std::string_view header) const {
    const std::string wanted = to_lower_ascii(header);
    return std::any_of(request.headers.begin(), request.headers.end(),
                       [&wanted](const NamedTemplate& given) { return to_lower_ascii(given.name) == wanted; });
}

void check_header_limits(const Node& headers, const std::string& key, PlanContext& context) {
    std::size_t bytes = 0;
    for (const Node::Field& field : headers.fields) bytes += field.key.size() + field.value.scalar.size();
    if (headers.fields.size() > kMostHeaders)
        context.problem(headers.where, key, fmt::format("has more than {} headers", kMostHeaders));
    if (bytes > kMostHeaderBytes)
        context.problem(headers.where, key, fmt::format("has more than {} bytes of headers", kMostHeaderBytes));
}

NamedTemplate parse_header(const Node::Field& field, const std::string& path, const Scope& scope,
                           PlanContext& context) {
    const std::string key = path + "." + field.key;
    NamedTemplate header;
    header.name = field.key;
    const std::string lower = to_lower_ascii(field.key);
    if (const std::string wrong = header_name_problem(field.key); !wrong.empty()) {
        context.problem(field.key_where, path, wrong);
    } else if (std::find(kOwnHeaders.begin(), kOwnHeaders.end(), lower) != kOwnHeaders.end()) {
        context.problem(field.key_where, key, "is set by the engine itself; leave it out");
    }
    if (field.value.kind != Node::Kind::Scalar) {
        context.problem(field.value.where, key, "must be a text; for an empty one write \"\"");
        return header;
    }
    const std::string& text = field.value.scalar;
    if (text.find_first_of("\r\n") != std::string::npos)
        context.problem(field.value.where, key, "a header must not contain a line end");
    header.value = context.text(text, Encoding::Raw, TextPlace{field.value.where, key}, scope);
    return header;
}

}  // namespace culvert::workload
