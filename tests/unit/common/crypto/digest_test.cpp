#include "common/crypto/digest.h"

#include <rapidcheck.h>
#include <catch2/catch.hpp>

#include "common/base/text.h"
#include "common/crypto/base32.h"

using namespace culvert;
using namespace culvert::crypto;

namespace {

std::string hex(const std::string& octets) {
    return to_hex({reinterpret_cast<const unsigned char*>(octets.data()), octets.size()});
}

}  // namespace

TEST_CASE("digests agree with the published vectors", "[crypto]") {
    CHECK(hex(sha256("abc")) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    CHECK(hex(sha256("")) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    CHECK(hex(hmac_sha256("Jefe", "what do ya want for nothing?")) ==
          "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    CHECK(hex(hmac_sha256("", "")) == "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

TEST_CASE("random bytes differ and have the length that was asked", "[crypto]") {
    CHECK(random_bytes(32).size() == 32);
    CHECK(random_bytes(0).empty());
    CHECK(random_bytes(32) != random_bytes(32));
}

TEST_CASE("comparison in constant time compares content and length", "[crypto]") {
    CHECK(constant_time_equal("same", "same"));
    CHECK(constant_time_equal("", ""));
    CHECK_FALSE(constant_time_equal("same", "sane"));
    CHECK_FALSE(constant_time_equal("same", "same2"));
}

TEST_CASE("base32 agrees with RFC 4648 without padding", "[crypto]") {
    CHECK(to_base32("") == "");
    CHECK(to_base32("f") == "my");
    CHECK(to_base32("fo") == "mzxq");
    CHECK(to_base32("foo") == "mzxw6");
    CHECK(to_base32("foobar") == "mzxw6ytboi");
    CHECK(from_base32("MZXW6YTBOI") == std::string("foobar"));
}

TEST_CASE("base32 refuses foreign characters, impossible lengths and stray bits", "[crypto]") {
    CHECK_FALSE(from_base32("mz1q"));
    CHECK_FALSE(from_base32("m"));
    CHECK_FALSE(from_base32("mzx"));
    CHECK_FALSE(from_base32("mz"));  // 'z' holds bits that no octet has
    CHECK_FALSE(from_base32("my======"));
}

TEST_CASE("base32 gives back any octets", "[crypto]") {
    CHECK(rc::check([](const std::string& octets) { RC_ASSERT(from_base32(to_base32(octets)) == octets); }));
}
