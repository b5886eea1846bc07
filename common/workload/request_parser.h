// Reads one request of a step list: URL, headers, body, checks, saves.
#pragma once

#include <string>
#include <vector>

#include "common/config/reader.h"
#include "common/workload/plan_context.h"

namespace culvert::workload {

class RequestParser {
  public:
    // Everything given outlives the parser.
    RequestParser(const config::Node& node, const std::string& path, Method method, const Scope& scope,
                  PlanContext& context)
        : map_(node, path, context.problems), path_(path), method_(method), scope_(scope), context_(context) {}

    // Without the name and the index.
    RequestStep run();
    // The URL as the user wrote it.
    const std::string& url_text() const { return url_text_; }

  private:
    void parse_url(RequestStep& request);
    void parse_body(RequestStep& request);
    void parse_headers(RequestStep& request);
    void merge_defaults(RequestStep& request);
    bool is_set_by(const RequestStep& request, std::string_view header) const;
    TextPlace place_of(std::string_view key) const;

    config::MapReader map_;
    const std::string& path_;
    const Method method_;
    const Scope& scope_;
    PlanContext& context_;
    std::string url_text_;
};

// Every request has all its headers in memory and on the wire; more than servers take makes no sense.
inline constexpr std::size_t kMostHeaders = 100;
inline constexpr std::size_t kMostHeaderBytes = 16 * 1024;

// A problem when a map of headers is larger than that.
void check_header_limits(const config::Node& headers, const std::string& key, PlanContext& context);

// Name and value of a header; problems for what would break a request.
NamedTemplate parse_header(const config::Node::Field& field, const std::string& path, const Scope& scope,
                           PlanContext& context);

}  // namespace culvert::workload
