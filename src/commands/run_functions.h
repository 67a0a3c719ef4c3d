// Every command's run function, a file each: src/commands/<name>.cc.
#pragma once

#include "commands/command.h"

namespace pivot::commands {

/// Runs one stage of the dvc.yaml here, changed or not, unless the run cache knows the run. Throws Error with what failed.
void run_one_stage(Session& session, const std::string& name);

Outcome run_add(Session&, const Args&);
Outcome run_api(Session&, const Args&);
Outcome run_artifacts_get(Session&, const Args&);
Outcome run_cache_migrate(Session& session, const Args& args);
Outcome run_cache_dir(Session&, const Args&);
Outcome run_check_ignore(Session&, const Args&);
Outcome run_checkout(Session&, const Args&);
Outcome run_commands(Session&, const Args&);
Outcome run_commit(Session&, const Args&);
Outcome run_completion(Session&, const Args&);
Outcome run_config(Session&, const Args&);
Outcome run_dag(Session&, const Args&);
Outcome run_data_status(Session&, const Args&);
Outcome run_destroy(Session&, const Args&);
Outcome run_diff(Session&, const Args&);
Outcome run_du(Session&, const Args&);
Outcome run_explain(Session&, const Args&);
Outcome run_export(Session&, const Args&);
Outcome run_fetch(Session&, const Args&);
Outcome run_freeze(Session&, const Args&);
Outcome run_gc(Session&, const Args&);
Outcome run_git_hook_merge_driver(Session&, const Args&);
Outcome run_git_hook_post_checkout(Session&, const Args&);
Outcome run_git_hook_pre_commit(Session&, const Args&);
Outcome run_git_hook_pre_push(Session&, const Args&);
Outcome run_import_dvc(Session&, const Args&);
Outcome run_init(Session&, const Args&);
Outcome run_install(Session&, const Args&);
Outcome run_get(Session& session, const Args& args);
Outcome run_get_url(Session& session, const Args& args);
Outcome run_import(Session& session, const Args& args);
Outcome run_import_url(Session& session, const Args& args);
Outcome run_list_url(Session& session, const Args& args);
Outcome run_update(Session& session, const Args& args);
Outcome run_list(Session&, const Args&);
Outcome run_logs(Session&, const Args&);
Outcome run_merge_lock(Session&, const Args&);
Outcome run_metrics_diff(Session&, const Args&);
Outcome run_metrics_show(Session&, const Args&);
Outcome run_move(Session&, const Args&);
Outcome run_params_diff(Session&, const Args&);
Outcome run_plots_diff(Session&, const Args&);
Outcome run_plots_modify(Session&, const Args&);
Outcome run_plots_show(Session&, const Args&);
Outcome run_plots_templates(Session&, const Args&);
Outcome run_pull(Session&, const Args&);
Outcome run_push(Session&, const Args&);
Outcome run_remote_add(Session&, const Args&);
Outcome run_remote_default(Session&, const Args&);
Outcome run_remote_list(Session&, const Args&);
Outcome run_remote_modify(Session&, const Args&);
Outcome run_remote_remove(Session&, const Args&);
Outcome run_remote_rename(Session&, const Args&);
Outcome run_remove(Session&, const Args&);
Outcome run_repro(Session&, const Args&);
Outcome run_root(Session&, const Args&);
Outcome run_show(Session&, const Args&);
Outcome run_stage_add(Session&, const Args&);
Outcome run_stage_list(Session&, const Args&);
Outcome run_status(Session&, const Args&);
Outcome run_unfreeze(Session&, const Args&);
Outcome run_unprotect(Session&, const Args&);
Outcome run_validate(Session&, const Args&);
Outcome run_verify(Session&, const Args&);
Outcome run_version(Session&, const Args&);

}  // namespace pivot::commands
