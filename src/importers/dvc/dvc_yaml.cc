#include "importers/dvc/document.h"
#include "importers/dvc/dvc_importer.h"
#include "importers/dvc/resolver.h"
#include "importers/dvc/stage_builder.h"

namespace pivot::importers::dvc {

DvcYaml load_dvc_yaml(const std::string& file, std::string_view content, const FileReader& files,
                      const ParsingOptions& options) {
  const auto document = load_document(content, file, options.cwd, dvc_yaml_schema());
  VariableFiles variable_files(files, options.cwd);
  Resolver resolver(file, document, variable_files, options);
  const auto place = stage_place(file, options);
  DvcYaml out;
  resolver.resolve_stages([&](const std::string& name, const Map& keys) { out.stages.push_back(build_stage(place, name, keys)); });
  out.sections = resolver.resolve_sections();
  out.warnings = resolver.take_warnings();
  out.files_read = variable_files.files_read();
  return out;
}

}  // namespace pivot::importers::dvc
