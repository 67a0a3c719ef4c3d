// Bringing outputs to what is recorded: the part that checkout and pull share.
#pragma once

#include <string>
#include <vector>

#include "commands/session.h"
#include "workspace/targets.h"

namespace pivot::commands {

struct CheckoutFlags {
  bool force = false, relink = false, allow_missing = false;
};

/// What was done: what is listed (outs, "d/" for directories), and how many files that is.
struct CheckoutReport {
  std::vector<std::string> added, modified, deleted;
  std::size_t files_added = 0, files_modified = 0, files_deleted = 0;
  std::vector<std::string> failed;   ///< outputs whose content isn't there
  std::vector<std::string> unsaved;  ///< files that only --force may overwrite
};

/// The repository lock must be held.
CheckoutReport check_out(Session& session, const std::vector<workspace::Target>& targets, const CheckoutFlags& flags);

/// The objects of what check_out() is going to bring are about to be fetched.
void expect_objects(Session& session, const std::vector<workspace::Target>& targets);

/// "A       d/" lines.
void list_changes(Session& session, const CheckoutReport& report);
/// Throws Error for what is unsaved or missing.
void fail_checkout(const CheckoutReport& report, bool allow_missing);
/// "1 file added", "2 files modified": what there is of it.
std::vector<std::string> change_counts(const CheckoutReport& report);
/// "a, b and c".
std::string joined_counts(const std::vector<std::string>& parts);

}  // namespace pivot::commands
