#include "common/crypto/digest.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include "common/base/check.h"

namespace culvert::crypto {
namespace {

const unsigned char* octets(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* octets(std::string& text) {
    return reinterpret_cast<unsigned char*>(text.data());
}

}  // namespace

std::string sha256(std::string_view data) {
    std::string out(kSha256Size, '\0');
    unsigned length = 0;
    CULVERT_CHECK(EVP_Digest(data.data(), data.size(), octets(out), &length, EVP_sha256(), nullptr) == 1 &&
                  length == kSha256Size);
    return out;
}

std::string hmac_sha256(std::string_view key, std::string_view data) {
    std::string out(kSha256Size, '\0');
    unsigned length = 0;
    // An empty key is legal, a null one is not.
    const char* const key_data = key.empty() ? "" : key.data();
    CULVERT_CHECK(HMAC(EVP_sha256(), key_data, static_cast<int>(key.size()), octets(data), data.size(), octets(out),
                       &length) != nullptr);
    CULVERT_CHECK(length == kSha256Size);
    return out;
}

std::string random_bytes(std::size_t count) {
    std::string out(count, '\0');
    CULVERT_CHECK(RAND_bytes(octets(out), static_cast<int>(count)) == 1);
    return out;
}

bool constant_time_equal(std::string_view a, std::string_view b) {
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace culvert::crypto
