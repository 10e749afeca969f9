// Strict TOML: every key must be known, of the right type and in range; every mistake is reported
// with file, line, key and what was expected.
#pragma once

#include <string>
#include <vector>

#include "libr1/config/field.h"

namespace r1 {

struct ConfigSource {
  std::string file;                    // path of a TOML file
  std::vector<std::string> overrides;  // "table.key=value", as --set gives them; they win
  // Top-level tables that belong to other stages: accepted and not read.
  std::vector<std::string> foreign_tables;
  // The top-level table whose keys win over those of the same name beside it: [r1-distill.compute]
  // over [compute]. Empty: none.
  std::string stage_table;
  // The only top-level table to read, whatever else the file holds. Empty: all of the file.
  std::string only_table;
};

// Reads values into the fields. Fault::kInput lists all mistakes of single values, a line each;
// where there is none, the first of each table's check().
void read_fields(const FieldTable& fields, const ConfigSource& source);
// The same from text; `name` stands for the file in errors.
void parse_fields(const FieldTable& fields, const std::string& toml, const std::string& name);
// The effective TOML, each key under its doc string.
std::string write_fields(const FieldTable& fields);
// Of two such texts the values that differ, "grpo.group_size: 16 -> 8", three at most and a count
// of the others; a key that one text lacks is "none" there. Empty where none does: doc strings are
// no values.
std::string config_changes(const std::string& before, const std::string& after);
// The path in a text of this form.
std::string_view path_of(std::string_view text, TextForm form);
// Fault::kInput lists the files that these fields name and that are not there, a line each; `name`
// stands for where the fields were read. Those in the run's folder may be yet to come.
void check_files(const FieldTable& fields, const std::string& name);
// A Markdown table of all keys: type, default, meaning, and what a paper prints for it, which is
// the parenthesis of the doc string that says "paper", "printed", "V3" or "DAPO".
std::string document_fields(const FieldTable& fields);

template <class Config>
Config read_config(const ConfigSource& source) {
  Config config;
  read_fields(fields_of(config), source);
  return config;
}

template <class Config>
std::string write_config(Config config) {
  return write_fields(fields_of(config));
}

// Text that write_config made, as files carry it.
template <class Config>
Config parse_config(const std::string& toml, const std::string& name) {
  Config config;
  parse_fields(fields_of(config), toml, name);
  return config;
}

}  // namespace r1
