#include "common/workload/schema.h"

namespace culvert::workload {
namespace {

// Descriptions are what an editor shows beside the key; they use the words of docs/terminology.md.
constexpr char kTop[] = R"json({
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "title": "Culvert plan",
  "description": "A load test: scenarios, the load that starts their iterations, and what must be true of the run.",
  "type": "object",
  "additionalProperties": false,
  "required": ["culvert", "scenarios"],
  "properties": {
    "culvert": { "const": 1, "description": "Version of the format." },
    "name": { "type": "string", "maxLength": 200, "description": "Name of the plan in reports. Default: the name of the file." },
    "variables": {
      "type": "object",
      "description": "Values for ${name}. Also there in every plan: ${user}, ${iteration}, ${uuid}, ${now_ms}.",
      "propertyNames": { "$ref": "#/$defs/identifier" },
      "additionalProperties": { "oneOf": [ { "$ref": "#/$defs/scalar" }, { "$ref": "#/$defs/variable" } ] }
    },
    "data": {
      "type": "object",
      "description": "CSV files whose columns are ${set.column}.",
      "propertyNames": { "$ref": "#/$defs/identifier" },
      "additionalProperties": { "$ref": "#/$defs/data" }
    },
    "http": { "$ref": "#/$defs/http" },
    "load": { "$ref": "#/$defs/load", "description": "One load for a weighted mix: its scenarios have a weight and no load of their own." },
    "scenarios": {
      "type": "object",
      "description": "Users who do the same steps under one load, by name.",
      "minProperties": 1,
      "propertyNames": { "pattern": "^[^/()\\n\\r\\t]{1,100}$" },
      "additionalProperties": { "$ref": "#/$defs/scenario" }
    },
    "thresholds": {
      "type": "array",
      "description": "What must be true of the run; gives PASS or FAIL. No samples: failed, no data.",
      "items": { "$ref": "#/$defs/threshold" }
    },
    "warmup": { "$ref": "#/$defs/duration", "description": "Run and drawn, but in no total and no threshold. Default: 0s." }
  },
)json";

constexpr char kValues[] = R"json(  "$defs": {
    "identifier": { "type": "string", "pattern": "^[A-Za-z_][A-Za-z0-9_]*$" },
    "scalar": { "type": ["string", "number", "boolean"] },
    "template": { "type": ["string", "number", "boolean"], "description": "Text with ${variables}; ${name:raw|url|form|json|number} chooses an encoding, $${ is a literal ${." },
    "duration": { "type": "string", "pattern": "^(0|([0-9]+(\\.[0-9]+)?(ns|us|µs|ms|s|m|h|d))+)$", "examples": ["250ms", "30s", "5m30s"] },
    "rate": { "type": "string", "pattern": "^[0-9]+(\\.[0-9]+)?/(s|m|h)$", "description": "Iterations started per second, minute or hour; never requests.", "examples": ["200/s", "30/m", "2/h"] },
    "users": { "type": "integer", "minimum": 0, "maximum": 10000000 },
    "think": { "type": "string", "pattern": "^ *(0|([0-9]+(\\.[0-9]+)?(ns|us|µs|ms|s|m|h|d))+) *(\\.\\. *(0|([0-9]+(\\.[0-9]+)?(ns|us|µs|ms|s|m|h|d))+) *)?$", "examples": ["2s", "1s..3s"] },
    "regex": { "type": "string", "description": "RE2 syntax." },
    "pointer": { "type": "string", "pattern": "^(/([^~]|~[01])*)?$", "description": "JSON Pointer: /items/0/sku" },
    "threshold": {
      "type": "string",
      "description": "METRIC[(SCENARIO[/STEP])] OP VALUE [over D] [by LABEL|agent] [after D] [else abort]",
      "pattern": "^\\s*(p[0-9.]+|mean|max|min|error_rate|errors|requests|request_rate|missed|iterations)\\s*(\\(.*\\))?\\s*(<=|>=|==|<|>|=)[^<>=]+$",
      "examples": ["p95(browse/add to cart) < 300ms", "p95(browse) < 500ms by region", "error_rate < 1% after 30s else abort"]
    },
    "variable": {
      "type": "object",
      "description": "A value from outside the plan.",
      "additionalProperties": false,
      "oneOf": [ { "required": ["env"] }, { "required": ["file"] } ],
      "properties": {
        "env": { "type": "string", "minLength": 1, "description": "Name of an environment variable of the controller." },
        "file": { "type": "string", "minLength": 1, "description": "File with the value, relative to the plan; the line end is dropped." },
        "secret": { "type": "boolean", "description": "Masked in logs, reports and error examples. Default: false." },
        "or": { "$ref": "#/$defs/template", "description": "Taken when the environment or the file has nothing. Not for secrets." }
      }
    },
    "data": {
      "type": "object",
      "additionalProperties": false,
      "required": ["csv"],
      "properties": {
        "csv": { "type": "string", "minLength": 1, "description": "Path, relative to the plan; the first line names the columns." },
        "across_agents": { "enum": ["split", "copy"], "description": "split: each row lies with one agent; copy: every agent has all. Default: split." },
        "next_row": { "enum": ["each_user", "each_iteration"], "description": "When the next row is taken. Default: each_iteration." },
        "at_end": { "enum": ["start_again", "stop_user", "abort_run"], "description": "What happens when all rows are used. Default: start_again." },
        "order": { "enum": ["in_order", "random"], "description": "Default: in_order." }
      }
    },
    "http": {
      "type": "object",
      "description": "What holds for every request unless its step says otherwise.",
      "additionalProperties": false,
      "properties": {
        "timeout": { "$ref": "#/$defs/duration", "description": "Of a whole request. Default: 30s." },
        "connect_timeout": { "$ref": "#/$defs/duration", "description": "Of DNS, TCP and TLS. Default: 10s." },
        "follow_redirects": { "$ref": "#/$defs/redirects" },
        "headers": { "$ref": "#/$defs/headers" }
      }
    },
    "redirects": { "type": "integer", "minimum": 0, "maximum": 20, "description": "How many redirects are followed. Default: 0." },
    "headers": { "type": "object", "maxProperties": 100, "additionalProperties": { "$ref": "#/$defs/template" } },
    "selector": {
      "type": "object",
      "description": "Labels an agent must have; \"!value\" takes all others. Default: every agent of the run.",
      "minProperties": 1,
      "additionalProperties": { "$ref": "#/$defs/scalar" }
    },
    "pairs": {
      "type": "object",
      "additionalProperties": { "oneOf": [ { "$ref": "#/$defs/template" }, { "type": "array", "items": { "$ref": "#/$defs/template" } } ] }
    },
)json";

constexpr char kLoads[] = R"json(    "load": {
      "type": "array",
      "minItems": 1,
      "maxItems": 1000,
      "description": "Phases in sequence. Rates start iterations whatever the target does (open model); users start theirs one after the other (closed model).",
      "items": { "$ref": "#/$defs/phase" }
    },
    "phase": {
      "type": "object",
      "minProperties": 1,
      "maxProperties": 1,
      "additionalProperties": false,
      "properties": {
        "constant_rate": { "$ref": "#/$defs/constant_rate" },
        "ramp_rate": { "$ref": "#/$defs/ramp_rate" },
        "random_rate": { "$ref": "#/$defs/random_rate" },
        "constant_users": { "$ref": "#/$defs/constant_users" },
        "ramp_users": { "$ref": "#/$defs/ramp_users" },
        "iterations": { "$ref": "#/$defs/iterations" },
        "idle": { "$ref": "#/$defs/idle" }
      }
    },
    "constant_rate": {
      "type": "object", "additionalProperties": false, "required": ["rate", "for"],
      "properties": { "rate": { "$ref": "#/$defs/rate" }, "for": { "$ref": "#/$defs/duration" } }
    },
    "ramp_rate": {
      "type": "object", "additionalProperties": false, "required": ["from", "to", "over"],
      "properties": { "from": { "$ref": "#/$defs/rate" }, "to": { "$ref": "#/$defs/rate" }, "over": { "$ref": "#/$defs/duration" } }
    },
    "random_rate": {
      "type": "object", "additionalProperties": false, "required": ["min", "max", "every", "for"],
      "properties": {
        "min": { "$ref": "#/$defs/rate" }, "max": { "$ref": "#/$defs/rate" },
        "every": { "$ref": "#/$defs/duration", "description": "How long one drawn rate lasts." }, "for": { "$ref": "#/$defs/duration" }
      }
    },
    "constant_users": {
      "type": "object", "additionalProperties": false, "required": ["users", "for"],
      "properties": { "users": { "$ref": "#/$defs/users" }, "for": { "$ref": "#/$defs/duration" } }
    },
    "ramp_users": {
      "type": "object", "additionalProperties": false, "required": ["from", "to", "over"],
      "properties": { "from": { "$ref": "#/$defs/users" }, "to": { "$ref": "#/$defs/users" }, "over": { "$ref": "#/$defs/duration" } }
    },
    "iterations": {
      "type": "object", "additionalProperties": false,
      "description": "A number of iterations: total by users or at a rate, or per_user.",
      "properties": {
        "total": { "type": "integer", "minimum": 1, "maximum": 1000000000000, "description": "Of all users of all agents." },
        "per_user": { "type": "integer", "minimum": 1, "maximum": 100000 },
        "users": { "$ref": "#/$defs/users", "description": "Carry the iterations as fast as they can." },
        "rate": { "$ref": "#/$defs/rate", "description": "Starts the iterations." },
        "at_most": { "$ref": "#/$defs/duration", "description": "What is not done by then is missed. Needed with users." }
      }
    },
    "idle": {
      "type": "object", "additionalProperties": false, "required": ["for"],
      "properties": { "for": { "$ref": "#/$defs/duration" } }
    },
)json";

constexpr char kSteps[] = R"json(    "scenario": {
      "type": "object",
      "additionalProperties": false,
      "required": ["steps"],
      "properties": {
        "agents": { "$ref": "#/$defs/selector" },
        "load": { "$ref": "#/$defs/load" },
        "weight": { "type": "number", "minimum": 0.001, "maximum": 1000, "description": "Part of the plan's load." },
        "pace": { "$ref": "#/$defs/duration", "description": "An iteration of a user starts at most this often." },
        "finish_within": { "$ref": "#/$defs/duration", "description": "Time for iterations under way at the end; what is then cut is interrupted. Default: 30s." },
        "once_per_user": { "$ref": "#/$defs/steps", "description": "Before a user's first iteration." },
        "steps": { "$ref": "#/$defs/steps", "description": "One iteration." }
      }
    },
    "steps": { "type": "array", "minItems": 1, "maxItems": 1000, "items": { "oneOf": [ { "$ref": "#/$defs/request" }, { "$ref": "#/$defs/pause" } ] } },
    "pause": {
      "type": "object", "additionalProperties": false, "required": ["think"],
      "properties": { "think": { "$ref": "#/$defs/think", "description": "A pause, 2s or drawn from 1s..3s." } }
    },
    "request": {
      "type": "object",
      "additionalProperties": false,
      "oneOf": [ { "required": ["get"] }, { "required": ["head"] }, { "required": ["post"] }, { "required": ["put"] }, { "required": ["patch"] }, { "required": ["delete"] } ],
      "properties": {
        "get": { "$ref": "#/$defs/url" }, "head": { "$ref": "#/$defs/url" }, "post": { "$ref": "#/$defs/url" },
        "put": { "$ref": "#/$defs/url" }, "patch": { "$ref": "#/$defs/url" }, "delete": { "$ref": "#/$defs/url" },
        "name": { "type": "string", "maxLength": 200, "description": "In reports and thresholds. Default: method and path." },
        "headers": { "$ref": "#/$defs/headers" },
        "query": { "$ref": "#/$defs/pairs", "description": "Appended to the URL, encoded." },
        "json": { "description": "Body as JSON; quoted texts stay texts, \"${x:number}\" becomes a number." },
        "form": { "$ref": "#/$defs/pairs", "description": "Body as application/x-www-form-urlencoded." },
        "body": { "$ref": "#/$defs/template", "description": "Body as it is." },
        "check": { "$ref": "#/$defs/check" },
        "save": { "type": "object", "propertyNames": { "$ref": "#/$defs/identifier" }, "additionalProperties": { "$ref": "#/$defs/save" }, "description": "Values for later steps; one that is not found fails the step, unless it has an or." },
        "on_fail": { "enum": ["continue", "end_iteration", "stop_user", "abort_run"], "description": "Default: continue." },
        "timeout": { "$ref": "#/$defs/duration" },
        "connect_timeout": { "$ref": "#/$defs/duration" },
        "follow_redirects": { "$ref": "#/$defs/redirects" }
      }
    },
    "url": { "type": "string", "minLength": 1, "description": "http:// or https://, or a variable that holds it. Values after the host are percent-encoded." },
    "check": {
      "type": "object",
      "description": "What must hold of the response; otherwise the request failed.",
      "additionalProperties": false,
      "properties": {
        "status": { "oneOf": [ { "$ref": "#/$defs/status" }, { "type": "array", "minItems": 1, "items": { "$ref": "#/$defs/status" } } ] },
        "header": { "type": "object", "additionalProperties": { "$ref": "#/$defs/condition" } },
        "body": { "$ref": "#/$defs/body_condition" },
        "json": { "type": "object", "propertyNames": { "$ref": "#/$defs/pointer" }, "additionalProperties": { "$ref": "#/$defs/condition" } }
      }
    },
    "status": { "oneOf": [ { "type": "integer", "minimum": 100, "maximum": 599 }, { "type": "string", "pattern": "^[1-5][xX][xX]$" } ] },
    "condition": { "oneOf": [ { "enum": ["exists", "absent"] }, { "$ref": "#/$defs/operators" } ] },
    "operators": {
      "type": "object",
      "additionalProperties": false,
      "minProperties": 1,
      "properties": {
        "is": { "$ref": "#/$defs/template" },
        "is_not": { "$ref": "#/$defs/template" },
        "contains": { "$ref": "#/$defs/template" },
        "matches": { "$ref": "#/$defs/regex" },
        "less_than": { "type": "number" },
        "greater_than": { "type": "number" }
      }
    },
    "body_condition": {
      "type": "object",
      "additionalProperties": false,
      "minProperties": 1,
      "properties": {
        "is": { "$ref": "#/$defs/template" },
        "is_not": { "$ref": "#/$defs/template" },
        "contains": { "$ref": "#/$defs/template" },
        "matches": { "$ref": "#/$defs/regex" }
      }
    },
    "save": {
      "type": "object",
      "additionalProperties": false,
      "oneOf": [ { "required": ["json"] }, { "required": ["regex"] }, { "required": ["header"] } ],
      "properties": {
        "json": { "$ref": "#/$defs/pointer" },
        "regex": { "$ref": "#/$defs/regex", "description": "With one group ( ) around what is to be taken." },
        "header": { "type": "string", "description": "Name of a response header." },
        "or": { "$ref": "#/$defs/template", "description": "Taken when nothing is found." }
      }
    }
  }
}
)json";

}  // namespace

std::string plan_schema() {
    return std::string(kTop) + kValues + kLoads + kSteps;
}

}  // namespace culvert::workload
