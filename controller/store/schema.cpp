#include "controller/store/schema.h"

#include <array>

namespace culvert::store {
namespace {

// Times are seconds since 1970, except where the name says milliseconds. Labels are lines of "label=value".
constexpr const char* kFirst = R"(
CREATE TABLE runs (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  plan_file TEXT NOT NULL,
  state TEXT NOT NULL,
  state_reason TEXT NOT NULL,
  started_ms INTEGER NOT NULL,
  ended_ms INTEGER,
  verdict TEXT NOT NULL,
  trust TEXT NOT NULL,
  out_dir TEXT NOT NULL,
  pid INTEGER NOT NULL,
  control_socket TEXT NOT NULL,
  exit_code INTEGER,
  agents INTEGER NOT NULL,
  baseline INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX runs_by_start ON runs (started_ms);

CREATE TABLE agents (
  name TEXT PRIMARY KEY,
  node TEXT NOT NULL,
  labels TEXT NOT NULL,
  weight_milli INTEGER NOT NULL,
  program_version TEXT NOT NULL,
  transport TEXT NOT NULL,
  proxy TEXT NOT NULL,
  last_seen INTEGER NOT NULL,
  last_words TEXT NOT NULL
) STRICT;

CREATE TABLE invites (
  id TEXT PRIMARY KEY,
  secret BLOB NOT NULL,
  labels TEXT NOT NULL,
  created INTEGER NOT NULL,
  expires INTEGER NOT NULL,
  uses INTEGER NOT NULL,
  ephemeral INTEGER NOT NULL,
  withdrawn INTEGER
) STRICT;

CREATE TABLE enrolled (
  sequence INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  node TEXT NOT NULL,
  invite TEXT NOT NULL,
  labels TEXT NOT NULL,
  serial TEXT NOT NULL UNIQUE,
  certificate BLOB NOT NULL,
  enrolled INTEGER NOT NULL,
  expires INTEGER NOT NULL,
  ephemeral INTEGER NOT NULL,
  revoked INTEGER
) STRICT;
CREATE INDEX enrolled_by_name ON enrolled (name);
CREATE INDEX enrolled_by_invite ON enrolled (invite);

CREATE TABLE revocations (only INTEGER PRIMARY KEY CHECK (only = 1), crl BLOB NOT NULL) STRICT;
)";

constexpr const char* kControllers = R"(
CREATE TABLE controllers (
  serial TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  node TEXT NOT NULL,
  issued INTEGER NOT NULL,
  expires INTEGER NOT NULL,
  revoked INTEGER
) STRICT;
)";

constexpr std::array<const char*, 2> kSteps{kFirst, kControllers};

}  // namespace

std::span<const char* const> schema_steps() {
    return kSteps;
}

}  // namespace culvert::store
