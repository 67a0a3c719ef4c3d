#include "store/remotes/curl.h"

#include <dlfcn.h>

#include "base/error.h"
#include "base/strings.h"

namespace pivot::store {
namespace {

template <typename Function>
void find(void* library, Function& function, const char* name) {
  function = reinterpret_cast<Function>(dlsym(library, name));
  if (function == nullptr) throw Error(cat("the libcurl of this machine has no ", name, ": it is too old"));
}

Curl load() {
  void* library = nullptr;
  for (const char* name : {"libcurl.so.4", "libcurl-gnutls.so.4", "libcurl.so"})
    if ((library = dlopen(name, RTLD_NOW | RTLD_LOCAL)) != nullptr) break;
  if (library == nullptr)
    throw Error("remotes over the network need libcurl, which is not installed").with_hint("install the package libcurl4");
  Curl out{};
  find(library, out.global_init, "curl_global_init");
  find(library, out.easy_init, "curl_easy_init");
  find(library, out.easy_setopt, "curl_easy_setopt");
  find(library, out.easy_getinfo, "curl_easy_getinfo");
  find(library, out.easy_reset, "curl_easy_reset");
  find(library, out.easy_cleanup, "curl_easy_cleanup");
  find(library, out.easy_strerror, "curl_easy_strerror");
  find(library, out.easy_perform, "curl_easy_perform");
  find(library, out.multi_init, "curl_multi_init");
  find(library, out.multi_setopt, "curl_multi_setopt");
  find(library, out.multi_add_handle, "curl_multi_add_handle");
  find(library, out.multi_remove_handle, "curl_multi_remove_handle");
  find(library, out.multi_perform, "curl_multi_perform");
  find(library, out.multi_poll, "curl_multi_poll");
  find(library, out.multi_info_read, "curl_multi_info_read");
  find(library, out.multi_cleanup, "curl_multi_cleanup");
  find(library, out.slist_append, "curl_slist_append");
  find(library, out.slist_free_all, "curl_slist_free_all");
  out.global_init(CURL_GLOBAL_DEFAULT);
  return out;
}

}  // namespace

const Curl& Curl::get() {
  static const Curl curl = load();
  return curl;
}

}  // namespace pivot::store
