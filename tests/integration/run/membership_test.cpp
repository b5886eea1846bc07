// Who is on the way in, and who is out.
#include <catch2/catch.hpp>

#include "common/crypto/join_message.h"
#include "common/crypto/node_key.h"
#include "controller/run/run_plan.h"
#include "tests/integration/run/run_mesh.h"
#include "tests/support/raw_link.h"

using namespace culvert;
using namespace culvert::test;
using namespace std::chrono_literals;
using tunnel::envelope::Kind;

TEST_CASE("a node that waits for a signature is seen with its name and invite, also where there is no agent", "[run]") {
    RunMesh mesh;
    CHECK(run::look_at_mesh(mesh.config(), nullptr).value().pending.empty());

    crypto::JoinRequest request;
    request.mesh = "acme";
    request.invite.bytes = {0x4c, 0x1d};
    request.sent = WallTime(1'790'000'000s);
    request.name = "tmp-9";
    request.signing_request = crypto::NodeKey::generate().signing_request("tmp-9");
    RawLink newcomer(mesh.relay().port());
    REQUIRE(newcomer.upgrade() == 101);
    newcomer.take_challenge();
    newcomer.send({Kind::Join, {}, {}, crypto::encode_join(request, Secret("secret"))});
    REQUIRE(newcomer.receive(Kind::JoinState));
    RawLink broken(mesh.relay().port());
    REQUIRE(broken.upgrade() == 101);
    broken.take_challenge();
    broken.send({Kind::Join, {}, {}, "no join at all"});
    REQUIRE(broken.receive(Kind::JoinState));

    const auto seen = run::look_at_mesh(mesh.config(), nullptr);
    REQUIRE(seen);
    CHECK(seen->agents.empty());
    REQUIRE(seen->pending.size() == 2);
    CHECK(seen->pending[0].name == "tmp-9");
    CHECK(seen->pending[0].invite == to_string(request.invite));
    CHECK(seen->pending[0].peer.rfind("127.0.0.1", 0) == 0);
    CHECK(seen->pending[0].waits < 1min);
    CHECK(seen->pending[1].name.empty());
}

TEST_CASE("a revoked controller is cut off at once, and is refused when it comes back", "[run]") {
    RunMesh mesh;
    TestRelay& relay = mesh.relay();
    const auto stolen = relay.controller("stolen"), laptop = relay.controller("laptop");
    RawLink there = admitted_link(relay.port(), stolen, 7);
    RawLink own = admitted_link(relay.port(), laptop, 8);
    const std::vector serials{stolen.member().serial};
    const auto list = relay.ca().revoke("", serials, SystemClock());
    REQUIRE(list);
    own.send({Kind::Revocations, {laptop.member().id, 8}, {}, *list});
    CHECK(there.ended());
    RawLink again(relay.port());
    REQUIRE(again.upgrade() == 101);
    const auto answer = again.say_hello(stolen, 9);
    CHECK(answer.kind == Kind::Refused);
    CHECK(tunnel::envelope::parse_refusal(answer.body)->reason == tunnel::envelope::Reason::Revoked);
}
