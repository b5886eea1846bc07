// A response as it comes from an untrusted target: read whole and in pieces, which must agree; its cookies, redirects
// and JSON are looked at too. The first byte says how it is cut and whether it answers a HEAD request.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "agent/http/cookie_jar.h"
#include "agent/http/json_reader.h"
#include "agent/http/response_parser.h"
#include "common/base/check.h"

using namespace culvert;
using namespace culvert::agent::http;

namespace {

struct Read final : ResponseSink {
    int status = 0;
    std::string fields, body;
    ResponseParser::Progress progress = ResponseParser::Progress::NeedMore;
    bool keep_alive = false;
    CookieJar jar;

    void on_head(const ResponseHead& head) override {
        CULVERT_CHECK(status == 0 && head.status >= 200 && head.status <= 999);
        status = head.status;
        const Url base{{true, "www.shop.test", 443}, "/a/b?c"};
        for (const HeaderField& field : head.fields) {
            ((fields += field.name) += ':') += field.value;
            jar.take(base, field.value, WallTime{});
            if (const auto url = resolve_reference(base, field.value))
                CULVERT_CHECK(!url->target.empty() && url->target.find_first_of("\r\n ") == std::string::npos);
        }
        std::string cookies;
        jar.append_header(base, WallTime{}, cookies);
        CULVERT_CHECK(cookies.size() <= CookieJar::kLongestHeader);
    }
    void on_body(std::string_view bytes) override { body += bytes; }
};

void read(Read& result, std::string_view input, std::size_t piece, bool to_head) {
    ResponseParser parser;
    ResponseHead scratch;
    parser.begin(to_head);
    while (!input.empty() && result.progress == ResponseParser::Progress::NeedMore) {
        std::string_view bytes = input.substr(0, piece);
        input.remove_prefix(bytes.size());
        result.progress = parser.feed(bytes, scratch, result);
        CULVERT_CHECK(result.progress != ResponseParser::Progress::NeedMore || bytes.empty());
    }
    if (result.progress == ResponseParser::Progress::NeedMore) result.progress = parser.end_of_stream();
    result.keep_alive = parser.keep_alive();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const std::string_view input(reinterpret_cast<const char*>(data + 1), size - 1);
    const bool to_head = (data[0] & 1) != 0;
    Read whole, pieces;
    read(whole, input, std::max<std::size_t>(input.size(), 1), to_head);
    read(pieces, input, 1 + (data[0] >> 1) % 40, to_head);
    CULVERT_CHECK(whole.progress == pieces.progress && whole.status == pieces.status && whole.fields == pieces.fields &&
                  whole.keep_alive == pieces.keep_alive);
    if (whole.progress == ResponseParser::Progress::Complete) CULVERT_CHECK(whole.body == pieces.body);
    JsonReader json;
    if (json.parse(whole.body)) {
        json.find("/a/0");
        json.find("");
    }
    return 0;
}
