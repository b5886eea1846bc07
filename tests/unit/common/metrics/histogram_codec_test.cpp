#include "common/metrics/histogram.h"

#include <rapidcheck.h>
#include <catch2/catch.hpp>

namespace culvert::metrics {
namespace {

TEST_CASE("decoding gives back what was encoded, bit for bit", "[metrics]") {
    CHECK(rc::check([] {
        const auto values = *rc::gen::container<std::vector<std::uint32_t>>(rc::gen::arbitrary<std::uint32_t>());
        Histogram histogram;
        for (const std::uint32_t value : values) histogram.record_micros(value, 1 + value % 5);
        const std::string encoded = histogram.encode();
        const Result<Histogram> decoded = Histogram::decode(encoded);
        RC_ASSERT(decoded.has_value());
        RC_ASSERT(*decoded == histogram);
        RC_ASSERT(decoded->encode() == encoded);
    }));
}

TEST_CASE("what is accepted is exactly what would be written", "[metrics]") {
    CHECK(rc::check([] {
        auto bytes = *rc::gen::container<std::string>(rc::gen::inRange<char>(0, 8));
        bytes.insert(bytes.begin(), '\x01');
        if (const Result<Histogram> decoded = Histogram::decode(bytes)) RC_ASSERT(decoded->encode() == bytes);
    }));
}

TEST_CASE("the fullest histogram fits the limit of the encoding", "[metrics]") {
    Histogram histogram;
    for (std::uint32_t bucket = 0; bucket < kBuckets; ++bucket) histogram.record_micros(bucket_low(bucket), 200'000);
    const std::string encoded = histogram.encode();
    CHECK(encoded.size() < Histogram::kMostEncodedBytes);
    CHECK(Histogram::decode(encoded).value() == histogram);
}

TEST_CASE("damaged histograms are refused", "[metrics]") {
    const auto refused = [](std::string bytes) { return !Histogram::decode(bytes).has_value(); };
    using namespace std::string_literals;
    CHECK(Histogram::decode("\x01\x00\x00\x00"s).value().empty());
    CHECK(Histogram::decode("\x01\x05\x05\x05\x06\x01"s).value().count() == 1);
    CHECK(refused(""));
    CHECK(refused("\x02\x00\x00\x00"s));                          // another version
    CHECK(refused("\x01\x00\x00"s));                              // cut short
    CHECK(refused("\x01\x00\x00\x05"s));                          // totals without buckets
    CHECK(refused("\x01\x05\x05\x05\x06"s));                      // bucket without count
    CHECK(refused("\x01\x05\x05\x05\x06\x00"s));                  // empty bucket
    CHECK(refused("\x01\x05\x05\x05\x00\x01"s));                  // no gap
    CHECK(refused("\x01\x05\x05\x05\x06\x81\x00"s));              // a number not in its shortest form
    CHECK(refused("\x01\x04\x05\x05\x06\x01"s));                  // least value outside its bucket
    CHECK(refused("\x01\x05\x05\x06\x06\x01"s));                  // wrong sum
    CHECK(refused("\x01\x05\x05\x05\xff\xff\xff\xff\x0f\x01"s));  // bucket out of range
    CHECK(refused(std::string(Histogram::kMostEncodedBytes + 1, '\x01')));
}

TEST_CASE("counts that cannot be real are refused instead of wrapping", "[metrics]") {
    const std::string most = "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01";  // 2^64 - 1
    CHECK_FALSE(Histogram::decode("\x01\x05\x05" + most + "\x06" + most).has_value());
    CHECK_FALSE(Histogram::decode(std::string("\x01\x00\x01\x01\x01", 5) + most + "\x01\x02").has_value());
}

}  // namespace
}  // namespace culvert::metrics
