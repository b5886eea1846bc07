// The encoded form of a Histogram; its grammar stands in histogram.h. Decoding accepts exactly what encode() writes.
#include <algorithm>
#include <limits>

#include "common/metrics/histogram.h"

namespace culvert::metrics {
namespace {

constexpr char kVersion = 1;
constexpr int kMostVarintBytes = 10;

void put_varint(std::string& out, std::uint64_t value) {
    while (value >= 0x80) {
        out.push_back(static_cast<char>(value | 0x80));
        value >>= 7;
    }
    out.push_back(static_cast<char>(value));
}

class VarintReader {
  public:
    explicit VarintReader(std::string_view bytes) : bytes_(bytes) {}

    bool at_end() const { return bytes_.empty(); }
    std::size_t left() const { return bytes_.size(); }

    // False: cut short, longer than 64 bits, or not in its shortest form.
    bool read(std::uint64_t& value) {
        if (!bytes_.empty() && static_cast<unsigned char>(bytes_.front()) < 0x80) {
            value = static_cast<unsigned char>(bytes_.front());
            bytes_.remove_prefix(1);
            return true;
        }
        value = 0;
        for (int i = 0; i < kMostVarintBytes && !bytes_.empty(); ++i) {
            const auto byte = static_cast<unsigned char>(bytes_.front());
            bytes_.remove_prefix(1);
            const std::uint64_t part = byte & 0x7F;
            if (i == kMostVarintBytes - 1 && part > 1) return false;
            value |= part << (7 * i);
            if ((byte & 0x80) == 0) return byte != 0 || i == 0;
        }
        return false;
    }

  private:
    std::string_view bytes_;
};

tl::unexpected<Error> refuse(const char* why) {
    return fail(Code::InvalidInput, std::string("histogram: ") + why);
}

// a += b * c; false when it does not fit.
bool add_product(std::uint64_t& a, std::uint64_t b, std::uint64_t c) {
    std::uint64_t product = 0;
    return !__builtin_mul_overflow(b, c, &product) && !__builtin_add_overflow(a, product, &a);
}

}  // namespace

std::string Histogram::encode() const {
    std::string out(1, kVersion);
    put_varint(out, min_micros());
    put_varint(out, max_);
    put_varint(out, sum_);
    std::int64_t previous = -1;
    const auto put = [&out, &previous](std::uint32_t bucket, std::uint64_t count) {
        put_varint(out, static_cast<std::uint64_t>(bucket - previous));
        put_varint(out, count);
        previous = bucket;
    };
    for (const Entry& entry : sparse_) put(entry.bucket, entry.count);
    for (std::uint32_t bucket = 0; bucket < dense_.size(); ++bucket) {
        if (dense_[bucket] != 0) put(bucket, dense_[bucket]);
    }
    return out;
}

Result<Histogram> Histogram::decode(std::string_view encoded) {
    if (encoded.size() > kMostEncodedBytes) return refuse("too long");
    if (encoded.empty() || encoded.front() != kVersion) return refuse("unknown version");
    VarintReader reader(encoded.substr(1));
    Histogram result;
    if (!reader.read(result.min_) || !reader.read(result.max_) || !reader.read(result.sum_)) return refuse("cut short");

    constexpr std::size_t kShortestBucket = 2;  // bytes
    result.sparse_.reserve(std::min(reader.left() / kShortestBucket, kMostSparse));
    std::uint64_t next = 0, first = 0, last = 0, least_sum = 0, most_sum = 0;
    while (!reader.at_end()) {
        std::uint64_t gap = 0, count = 0;
        if (!reader.read(gap) || !reader.read(count)) return refuse("bad number");
        if (gap == 0 || gap > kBuckets - next || count == 0)
            return refuse("bucket out of order, out of range or empty");
        const auto bucket = static_cast<std::uint32_t>(next + gap - 1);
        if (result.count_ == 0) first = bucket;
        last = bucket;
        next = bucket + 1;
        if (!add_product(least_sum, bucket_low(bucket), count) || !add_product(most_sum, bucket_high(bucket), count))
            return refuse("sum too large");
        if (__builtin_add_overflow(result.count_, count, &result.count_)) return refuse("count too large");
        result.append(bucket, count);
    }
    if (result.count_ == 0) {
        if (result.min_ != 0 || result.max_ != 0 || result.sum_ != 0) return refuse("totals without buckets");
        return result;
    }
    if (result.max_ > kLargestMicros || bucket_of(result.min_) != first || bucket_of(result.max_) != last ||
        result.min_ > result.max_) {
        return refuse("least or greatest value is outside its bucket");
    }
    if (result.sum_ < least_sum || result.sum_ > most_sum) return refuse("sum does not fit the buckets");
    return result;
}

}  // namespace culvert::metrics
