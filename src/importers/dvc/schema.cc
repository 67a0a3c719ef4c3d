// DVC's schemas as data (contract sections 1.1-1.3, 3.1 and 4.1).
#include "importers/dvc/schema.h"

namespace pivot::importers::dvc {

namespace {

using Kind = Schema::Kind;
using Keys = std::vector<Schema::Key>;

/// A schema that is nothing but its kind.
template <Kind kind>
const Schema* just() {
  static const Schema schema{kind, {}, nullptr, false, 0, {}};
  return &schema;
}
const Schema* text() { return just<Kind::text>(); }
const Schema* boolean() { return just<Kind::boolean>(); }
const Schema* anything() { return just<Kind::anything>(); }

Schema map_of(Keys keys) {
  Schema schema;
  schema.kind = Kind::map;
  schema.keys = std::move(keys);
  return schema;
}

/// Any text key, all values alike.
Schema named(const Schema& value) {
  Schema schema;
  schema.kind = Kind::map;
  schema.other_keys = &value;
  return schema;
}

Schema with_options(Kind kind, std::vector<const Schema*> options) {
  Schema schema;
  schema.kind = kind;
  schema.options = std::move(options);
  return schema;
}

Schema list_of(std::vector<const Schema*> options) { return with_options(Kind::list, std::move(options)); }
Schema one_of(std::vector<const Schema*> options) { return with_options(Kind::one_of, std::move(options)); }

Keys operator+(Keys a, const Keys& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

/// What both dvc.yaml and *.dvc say about outs.
struct Annotations {
  Schema texts = list_of({text()});
  Keys keys{{"desc", text()}, {"type", text()}, {"labels", &texts}, {"meta", anything()}};
};

/// Hashes and sizes of entries in *.dvc and dvc.lock.
struct EntryParts {
  Keys checksums{{"md5", just<Kind::checksum>()}, {"checksum", just<Kind::checksum>()}, {"etag", just<Kind::checksum>()}};
  Keys meta{{"size", just<Kind::integer>()}, {"nfiles", just<Kind::integer>()}, {"isexec", boolean()}, {"version_id", text()}};
  Schema of_remote = map_of(meta + checksums);
  Schema cloud = [this] {
    auto schema = named(of_remote);
    schema.most_keys = 1;
    return schema;
  }();
  Schema file = map_of(checksums + meta + Keys{{"relpath", text(), true}, {"cloud", &cloud}});
  Schema files = list_of({&file});
};

struct DvcYamlSchema {
  Annotations notes;
  Keys out_flags = notes.keys + Keys{{"cache", boolean()}, {"persist", boolean()}, {"checkpoint", boolean()},
                                     {"remote", text()},   {"push", boolean()}};
  Schema out_detail = map_of(out_flags);
  Schema out_map = named(out_detail);
  Schema out = one_of({text(), &out_map});
  Schema outs = list_of({&out});
  Schema plot_detail = map_of(out_flags + Keys{{"template", text()}, {"x", text()}, {"y", text()}, {"x_label", text()},
                                               {"y_label", text()}, {"title", text()}, {"header", boolean()}});
  Schema plot_details = list_of({&plot_detail});
  Schema plot_forms = one_of({&plot_detail, &plot_details});
  Schema plot_map = named(plot_forms);
  Schema plot = one_of({text(), &plot_map});
  Schema plots = list_of({&plot});

  Schema text_or_list = one_of({text(), just<Kind::any_list>()});
  Schema text_or_map = one_of({text(), just<Kind::any_map>()});
  Schema matrix = named(text_or_list);
  Schema texts = list_of({text()});
  Schema params = list_of({&text_or_map});
  Schema vars = list_of({text(), just<Kind::any_map>()});
  Schema stage = map_of({{"cmd", &text_or_list, true}, {"matrix", &matrix},  {"wdir", text()},
                         {"deps", &texts},             {"params", &params},  {"vars", &vars},
                         {"frozen", boolean()},        {"meta", anything()}, {"desc", text()},
                         {"always_changed", boolean()}, {"outs", &outs},     {"metrics", &outs},
                         {"plots", &plots}});
  Schema loop_data = one_of({just<Kind::any_map>(), just<Kind::any_list>(), text()});
  Schema loop = map_of({{"foreach", &loop_data, true}, {"do", &stage, true}});
  Schema stage_forms = with_options(Kind::one_of_stage_forms, {&stage, &loop});
  Schema stages = named(stage_forms);

  Schema column_by_file = named(*text());
  Schema x = one_of({text(), &column_by_file});
  Schema text_or_texts = one_of({text(), &texts});
  Schema columns_by_file = named(text_or_texts);
  Schema y = one_of({text(), &texts, &columns_by_file});
  Schema plot_definition = map_of({{"x", &x}, {"y", &y}, {"x_label", text()}, {"y_label", text()}, {"title", text()},
                                   {"template", text()}});
  Schema definition_or_null = one_of({&plot_definition, just<Kind::null>()});
  Schema single_plot = [this] {
    auto schema = named(definition_or_null);
    schema.needs_a_key = true;
    return schema;
  }();
  Schema top_plot = one_of({text(), &single_plot});
  Schema top_plots = list_of({&top_plot});
  Schema artifact = map_of(Keys{{"path", text(), true}} + notes.keys);
  Schema artifacts = named(artifact);
  Schema root = map_of({{"datasets", anything()}, {"plots", &top_plots}, {"stages", &stages}, {"vars", &vars},
                        {"params", &texts}, {"metrics", &texts}, {"artifacts", &artifacts}});
};

struct DvcFileSchema {
  EntryParts parts;
  Annotations notes;
  Keys artifact = parts.checksums + parts.meta +
                  Keys{{"path", text()}, {"persist", boolean()}, {"cloud", &parts.cloud}, {"hash", text()}};
  Schema out = map_of(artifact + notes.keys + Keys{{"cache", boolean()}, {"remote", text()}, {"push", boolean()},
                                                   {"files", &parts.files}, {"fs_config", just<Kind::any_map>()}});
  Schema text_or_map = one_of({text(), just<Kind::any_map>()});
  Schema repo = map_of({{"url", text(), true}, {"rev", text()}, {"rev_lock", text()}, {"config", &text_or_map},
                        {"remote", &text_or_map}});
  Schema db = map_of({{"query", text()}, {"connection", text()}, {"file_format", text()}, {"table", text()}});
  Schema dep = map_of(artifact + Keys{{"repo", &repo}, {"db", &db}, {"files", &parts.files}, {"fs_config", just<Kind::any_map>()}});
  Schema outs = list_of({&out});
  Schema deps = list_of({&dep});
  Schema outs_or_null = one_of({&outs, just<Kind::null>()});
  Schema deps_or_null = one_of({&deps, just<Kind::null>()});
  Schema text_or_null = one_of({text(), just<Kind::null>()});
  Schema root = map_of({{"md5", just<Kind::checksum>()}, {"wdir", &text_or_null}, {"deps", &deps_or_null}, {"outs", &outs_or_null},
                        {"locked", boolean()}, {"frozen", boolean()}, {"meta", anything()},
                        {"always_changed", boolean()}, {"desc", text()}});
};

struct LockFileSchema {
  EntryParts parts;
  Schema entry = map_of(parts.checksums + parts.meta +
                        Keys{{"path", text(), true}, {"cloud", &parts.cloud}, {"files", &parts.files}, {"hash", text()},
                             {"dataset", just<Kind::any_map>()}});
  Schema entries = list_of({&entry});
  Schema text_or_list = one_of({text(), just<Kind::any_list>()});
  Schema param_values = named(*anything());
  Schema params = named(param_values);
  Schema stage = map_of({{"cmd", &text_or_list, true}, {"deps", &entries}, {"params", &params}, {"outs", &entries}});
  Schema stages = named(stage);
  Schema root = map_of({{"schema", just<Kind::schema_version>(), true}, {"datasets", anything()}, {"stages", &stages}});
};

}  // namespace

const Schema& dvc_yaml_schema() {
  static const DvcYamlSchema schema;
  return schema.root;
}

const Schema& dvc_file_schema() {
  static const DvcFileSchema schema;
  return schema.root;
}

const Schema& lock_file_schema() {
  static const LockFileSchema schema;
  return schema.root;
}

}  // namespace pivot::importers::dvc
