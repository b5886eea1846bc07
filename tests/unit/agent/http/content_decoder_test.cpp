#include "agent/http/content_decoder.h"

#include <catch2/catch.hpp>

namespace culvert::agent::http {
namespace {

// "hello hello hello hello" by gzip -n, zlib and raw deflate.
const std::string kGzip(
    "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\xcb\x48\xcd\xc9\xc9\x57\xc8\x40\x27\x01\xe3\x51\x3d\x8d\x17\x00\x00\x00",
    28);
const std::string kRaw("\xcb\x48\xcd\xc9\xc9\x57\xc8\x40\x27\x01", 10);
const std::string kZlib("\x78\x9c\xcb\x48\xcd\xc9\xc9\x57\xc8\x40\x27\x01\x68\x03\x08\xb1", 16);
constexpr const char* kText = "hello hello hello hello";
constexpr std::size_t kPlenty = 1 << 20;

std::string decoded(const char* coding, std::string_view bytes, std::size_t pieces) {
    const auto decoder = ContentDecoder::make(coding);
    REQUIRE(decoder != nullptr);
    std::string out;
    for (std::size_t at = 0; at < bytes.size(); at += pieces)
        CHECK(decoder->append(bytes.substr(at, pieces), out, kPlenty));
    CHECK(decoder->problem().empty());
    return out;
}

TEST_CASE("compressed bodies are read in whatever pieces they come", "[http]") {
    for (const std::size_t pieces : {std::size_t{1}, std::size_t{7}, std::size_t{1000}}) {
        CHECK(decoded("gzip", kGzip, pieces) == kText);
        CHECK(decoded(" X-GZip ", kGzip + kGzip, pieces) == std::string(kText) + kText);
        CHECK(decoded("deflate", kZlib, pieces) == kText);
        CHECK(decoded("deflate", kRaw, pieces) == kText);
    }
    CHECK(decoded("gzip", "", 1).empty());
}

TEST_CASE("a coding that is not known has no decoder, and none is no coding", "[http]") {
    CHECK(ContentDecoder::make("br") == nullptr);
    CHECK(ContentDecoder::make("gzip, gzip") == nullptr);
    CHECK(ContentDecoder::is_plain(""));
    CHECK(ContentDecoder::is_plain(" Identity"));
    CHECK_FALSE(ContentDecoder::is_plain("gzip"));
}

TEST_CASE("a compressed body that is damaged or cut short says so", "[http]") {
    std::string out;
    const auto cut = ContentDecoder::make("gzip");
    CHECK(cut->append(kGzip.substr(0, 20), out, kPlenty));
    CHECK(cut->problem() == "the compressed body is cut short");
    const auto damaged = ContentDecoder::make("gzip");
    CHECK(damaged->append("this is no gzip", out, kPlenty));
    CHECK(damaged->problem() == "the compressed body is damaged");
}

TEST_CASE("what comes out is bounded, however small it was", "[http]") {
    const auto decoder = ContentDecoder::make("gzip");
    std::string out;
    CHECK_FALSE(decoder->append(kGzip, out, 10));
    CHECK(out == "hello hell");
    CHECK(decoder->problem().empty());
}

}  // namespace
}  // namespace culvert::agent::http
