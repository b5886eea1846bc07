#include "common/crypto/websocket_accept.h"

#include <openssl/evp.h>

#include <array>

#include "common/base/check.h"
#include "common/crypto/digest.h"

namespace culvert::crypto {
namespace {

constexpr std::string_view kMagic = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

std::string base64(const unsigned char* bytes, std::size_t count) {
    std::string text(4 * ((count + 2) / 3) + 1, '\0');  // EVP_EncodeBlock ends with a zero
    const int written = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), bytes, static_cast<int>(count));
    text.resize(static_cast<std::size_t>(written));
    return text;
}

}  // namespace

std::string make_websocket_key() {
    const std::string bytes = random_bytes(16);
    return base64(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
}

std::string websocket_accept(std::string_view key) {
    const std::string text = std::string(key) + std::string(kMagic);
    std::array<unsigned char, EVP_MAX_MD_SIZE> sum{};
    unsigned int size = 0;
    CULVERT_CHECK(EVP_Digest(text.data(), text.size(), sum.data(), &size, EVP_sha1(), nullptr) == 1);
    return base64(sum.data(), size);
}

}  // namespace culvert::crypto
