#include "agent/charter/charter.h"

#include <catch2/catch.hpp>

#include "agent/charter/target_rule.h"

namespace culvert::agent::charter {
namespace {

Charter allowing(std::vector<std::string> targets) {
    Charter charter;
    charter.targets = std::move(targets);
    return charter;
}

bool allowed(const Charter& charter, std::string_view host, std::uint16_t port,
             std::optional<std::string_view> address = std::nullopt) {
    return charter.allows_target(host, port, address).has_value();
}

TEST_CASE("without a charter nothing is allowed", "[charter]") {
    const auto refused = allowing({}).allows_target("shop.acme.test", 443, std::nullopt);
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().code == Code::Unauthorized);
    CHECK(refused.error().message == "shop.acme.test:443 is not in charter.targets; none are allowed");
}

TEST_CASE("a host rule covers that host, in any case, on its port", "[charter]") {
    const Charter charter = allowing({"Shop.acme.test:443", "any-port.test"});
    CHECK(allowed(charter, "shop.ACME.test", 443));
    CHECK(allowed(charter, "shop.acme.test.", 443));
    CHECK_FALSE(allowed(charter, "shop.acme.test", 80));
    CHECK_FALSE(allowed(charter, "x.shop.acme.test", 443));
    CHECK(allowed(charter, "any-port.test", 8080));
}

TEST_CASE("a suffix rule covers what is below it and not the suffix itself", "[charter]") {
    const Charter charter = allowing({"*.acme.test:443"});
    CHECK(allowed(charter, "a.acme.test", 443));
    CHECK(allowed(charter, "a.b.acme.test", 443));
    CHECK_FALSE(allowed(charter, "acme.test", 443));
    CHECK_FALSE(allowed(charter, "evilacme.test", 443));
    CHECK_FALSE(allowed(charter, ".acme.test.evil", 443));
}

TEST_CASE("a star covers every host on its port", "[charter]") {
    const Charter charter = allowing({"*:443"});
    CHECK(allowed(charter, "anything.example", 443));
    CHECK(allowed(charter, "10.0.0.1", 443));
    CHECK(allowed(charter, "[::1]", 443));
    CHECK_FALSE(allowed(charter, "anything.example", 80));
}

TEST_CASE("a network covers addresses of both families and names that resolve into it", "[charter]") {
    const Charter charter = allowing({"10.1.0.0/16", "[2001:db8::/32]:443", "192.0.2.7:80"});
    CHECK(allowed(charter, "10.1.255.9", 8080));
    CHECK_FALSE(allowed(charter, "10.2.0.1", 8080));
    CHECK(allowed(charter, "[2001:db8:1::9]", 443));
    CHECK_FALSE(allowed(charter, "2001:db8:1::9", 80));
    CHECK(allowed(charter, "192.0.2.7", 80));
    CHECK(allowed(charter, "::ffff:10.1.2.3", 80));

    CHECK(allowed(charter, "inside.test", 9000));  // not decided before it is resolved
    CHECK(allowed(charter, "inside.test", 9000, "10.1.4.4"));
    const auto refused = charter.allows_target("inside.test", 9000, "10.2.4.4");
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().message ==
          "inside.test:9000 (10.2.4.4) is not in charter.targets; allowed are 10.1.0.0/16, [2001:db8::/32]:443, "
          "192.0.2.7:80");
}

TEST_CASE("a network that ends within a byte is exact", "[charter]") {
    const Charter charter = allowing({"172.16.0.0/12"});
    CHECK(allowed(charter, "172.31.255.255", 1));
    CHECK_FALSE(allowed(charter, "172.32.0.0", 1));
    CHECK_FALSE(allowed(charter, "172.15.255.255", 1));
}

TEST_CASE("short forms of IPv4 are names, so a network does not cover them unseen", "[charter]") {
    const Charter charter = allowing({"10.0.0.0/8"});
    CHECK_FALSE(allowed(charter, "127.1", 80, "127.0.0.1"));
    CHECK_FALSE(parse_ip("127.1").has_value());
    CHECK_FALSE(parse_ip("0x7f.0.0.1").has_value());
}

TEST_CASE("a rule that is none is named with what to write", "[charter]") {
    CHECK(check_targets({"a.test:1", "*", "*.b:2", "10.0.0.0/8:3", "::1", "[::1]:4"}).has_value());
    for (const char* bad :
         {"", "a b", "a.test:0", "a.test:70000", "10.0.0.0/33", "nonsense/8", "*.", "x*y.test", "http://a.test/"}) {
        INFO(bad);
        const auto status = check_targets({bad});
        REQUIRE_FALSE(status.has_value());
        CHECK(status.error().code == Code::InvalidInput);
    }
}

TEST_CASE("rates and users are limited where the charter says so", "[charter]") {
    Charter charter;
    CHECK(charter.allows_rate(Rate::per_second(1'000'000)).has_value());
    CHECK(charter.allows_users(1'000'000).has_value());
    charter.max_rate = Rate::per_second(100);
    charter.max_users = 10;
    CHECK(charter.allows_rate(Rate::per_second(100)).has_value());
    CHECK(charter.allows_rate(Rate::per_second(101)).error().code == Code::Unauthorized);
    CHECK(charter.allows_users(10).has_value());
    CHECK(charter.allows_users(11).error().message == "11 users are more than charter.max_users, 10");
}

}  // namespace
}  // namespace culvert::agent::charter
