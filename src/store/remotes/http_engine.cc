#include "store/remotes/http_engine.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>

#include "base/disk.h"
#include "base/error.h"
#include "base/strings.h"
#include "store/remotes/curl.h"

namespace pivot::store {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kMostErrorBody = 64 * 1024;
constexpr long kLargeBuffer = 512 * 1024;  ///< of what is sent of a file at once; curl's own are 64 KiB, and 16 for what comes
constexpr int kLongestPoll = 200;  // ms
constexpr long kPartial = 206, kChanged = 412, kRangeRefused = 416;
constexpr double kFirstPause = 0.2, kLongestPause = 10;  // seconds

bool is_good(long status) { return status >= 200 && status < 300; }
bool is_passing(long status) { return status == 429 || status == 408 || (status >= 500 && status <= 504 && status != 501); }

}  // namespace

/// One request on its way: an easy handle that is used again for the next one.
struct HttpEngine::Slot {
  CURL* easy = nullptr;
  curl_slist* headers = nullptr;
  HttpRequest request;
  HttpAnswer answer;
  std::size_t number = 0;
  int tries = 0;
  int file = -1;
  std::int64_t sent = 0;
  std::int64_t received = 0;  ///< what the sink has of a good answer
  bool resumed = false;       ///< this try asks for the rest only
  std::int64_t furthest = 0;  ///< the most that any try had
  bool refused = false;  ///< by the sink
  bool busy = false;
  Clock::time_point not_before{};
  char error[CURL_ERROR_SIZE] = {};

  static std::size_t on_body(char* data, std::size_t, std::size_t size, void* self);
  static std::size_t on_header(char* data, std::size_t, std::size_t size, void* self);
  static std::size_t on_read(char* data, std::size_t item, std::size_t count, void* self);
  static int on_seek(void* self, curl_off_t offset, int origin);
  void start_anew() {
    received = 0;
    resumed = false;
    if (request.restart) request.restart();
  }
};

struct HttpEngine::State {
  HttpOptions options;
  const Curl& curl;
  CURLM* multi;
  std::vector<std::unique_ptr<Slot>> slots;
  /// A request had no answer in all of its tries, and no other one had any since: the others needn't wait as long, each for itself.
  bool is_gone = false;

  void prepare(Slot& slot);
  void start(Slot& slot);
  /// True when the slot is to be tried again.
  bool finish(Slot& slot, CURLcode code);
};

std::string HttpAnswer::header(std::string_view name) const {
  std::string out;
  for (const auto line : split(headers, '\n')) {
    const auto colon = line.find(':');
    if (colon != line.npos && lower(line.substr(0, colon)) == name) out = std::string(trim(line.substr(colon + 1)));
  }
  return out;
}

std::size_t HttpEngine::Slot::on_body(char* data, std::size_t, std::size_t size, void* self) {
  auto& slot = *static_cast<Slot*>(self);
  long status = 0;
  Curl::get().easy_getinfo(slot.easy, CURLINFO_RESPONSE_CODE, &status);
  if (slot.request.sink && is_good(status)) {
    if (slot.resumed && status != kPartial) slot.start_anew();  // a server that knows no ranges sends all of it
    slot.resumed = slot.resumed && status == kPartial;
    slot.received += static_cast<std::int64_t>(size);
    if (slot.request.sink({data, size})) return size;
    slot.refused = true;
    return 0;
  }
  if (!is_good(status) && slot.answer.body.size() > kMostErrorBody) return size;
  slot.answer.body.append(data, size);
  return size;
}

std::size_t HttpEngine::Slot::on_header(char* data, std::size_t, std::size_t size, void* self) {
  auto& slot = *static_cast<Slot*>(self);
  if (std::string_view(data, size).starts_with("HTTP/")) slot.answer.headers.clear();  // of "100 Continue", of a redirection
  slot.answer.headers.append(data, size);
  return size;
}

std::size_t HttpEngine::Slot::on_read(char* data, std::size_t item, std::size_t count, void* self) {
  auto& slot = *static_cast<Slot*>(self);
  const auto left = static_cast<std::size_t>(slot.request.size - slot.sent);
  const auto wanted = std::min(item * count, left);
  if (slot.file < 0) {
    std::copy_n(slot.request.body.data() + slot.sent, wanted, data);
    slot.sent += static_cast<std::int64_t>(wanted);
    return wanted;
  }
  const auto n = ::pread(slot.file, data, wanted, static_cast<off_t>(slot.request.offset + slot.sent));
  if (n < 0 || (n == 0 && wanted > 0)) return CURL_READFUNC_ABORT;
  slot.sent += n;
  return static_cast<std::size_t>(n);
}

int HttpEngine::Slot::on_seek(void* self, curl_off_t offset, int origin) {
  if (origin != SEEK_SET) return CURL_SEEKFUNC_CANTSEEK;
  static_cast<Slot*>(self)->sent = offset;
  return CURL_SEEKFUNC_OK;
}

HttpEngine::HttpEngine(HttpOptions options) : state_(new State{std::move(options), Curl::get(), Curl::get().multi_init(), {}}) {
  state_->curl.multi_setopt(state_->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, static_cast<long>(state_->options.parallel));
}

HttpEngine::~HttpEngine() {
  for (auto& slot : state_->slots) {
    state_->curl.slist_free_all(slot->headers);
    if (slot->file >= 0) ::close(slot->file);
    if (slot->busy) state_->curl.multi_remove_handle(state_->multi, slot->easy);
    state_->curl.easy_cleanup(slot->easy);
  }
  state_->curl.multi_cleanup(state_->multi);
}

void HttpEngine::State::prepare(Slot& slot) {
  const auto set = [&](CURLoption option, auto value) { curl.easy_setopt(slot.easy, option, value); };
  curl.easy_reset(slot.easy);
  auto& request = slot.request;
  set(CURLOPT_URL, request.url.c_str());
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_ERRORBUFFER, slot.error);
  set(CURLOPT_PRIVATE, &slot);
  set(CURLOPT_WRITEFUNCTION, &Slot::on_body);
  set(CURLOPT_WRITEDATA, &slot);
  set(CURLOPT_HEADERFUNCTION, &Slot::on_header);
  set(CURLOPT_HEADERDATA, &slot);
  set(CURLOPT_FOLLOWLOCATION, request.method == "GET" || request.method == "HEAD" ? 1L : 0L);
  set(CURLOPT_CONNECTTIMEOUT, options.connect_timeout);
  set(CURLOPT_LOW_SPEED_LIMIT, 1L);
  set(CURLOPT_LOW_SPEED_TIME, options.stall_timeout);
  set(CURLOPT_USERAGENT, "pivot");
  set(CURLOPT_PATH_AS_IS, 1L);
  if (!options.verify_tls) {
    set(CURLOPT_SSL_VERIFYPEER, 0L);
    set(CURLOPT_SSL_VERIFYHOST, 0L);
  }
  if (!options.ca_file.empty()) set(CURLOPT_CAINFO, options.ca_file.c_str());
  if (!options.auth.empty()) {
    set(CURLOPT_HTTPAUTH, static_cast<long>(options.auth == "digest" ? CURLAUTH_DIGEST : CURLAUTH_BASIC));
    set(CURLOPT_USERNAME, options.user.c_str());
    set(CURLOPT_PASSWORD, options.password.c_str());
  }
  if (request.body_file.empty()) request.size = static_cast<std::int64_t>(request.body.size());
  const bool sends = request.method == "PUT" || request.method == "POST";
  if (request.method == "HEAD") {
    set(CURLOPT_NOBODY, 1L);
  } else if (sends) {
    set(CURLOPT_UPLOAD, 1L);
    if (request.size > kLargeBuffer) set(CURLOPT_UPLOAD_BUFFERSIZE, kLargeBuffer);
    set(CURLOPT_READFUNCTION, &Slot::on_read);
    set(CURLOPT_READDATA, &slot);
    set(CURLOPT_SEEKFUNCTION, &Slot::on_seek);
    set(CURLOPT_SEEKDATA, &slot);
    set(CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(request.size));
    set(CURLOPT_CUSTOMREQUEST, request.method.c_str());
  } else {
    set(CURLOPT_CUSTOMREQUEST, request.method.c_str());
    set(CURLOPT_BUFFERSIZE, kLargeBuffer / 4);
  }
}

void HttpEngine::State::start(Slot& slot) {
  slot.answer = {};
  slot.refused = false;
  slot.sent = 0;
  slot.error[0] = '\0';
  ++slot.tries;
  slot.resumed = slot.received > 0;
  if (!slot.resumed) slot.start_anew();
  if (slot.request.sign) slot.request.sign(slot.request);
  prepare(slot);
  curl.slist_free_all(slot.headers);
  slot.headers = nullptr;
  for (const auto& header : slot.request.headers) slot.headers = curl.slist_append(slot.headers, header.c_str());
  if (slot.resumed) {
    slot.headers = curl.slist_append(slot.headers, cat("Range: bytes=", std::to_string(slot.received), "-").c_str());
    if (const auto& etag = slot.request.have_etag; !etag.empty())
      slot.headers = curl.slist_append(slot.headers, (etag.front() == '"' ? cat("If-Match: ", etag) : cat("If-Match: \"", etag, "\"")).c_str());
  }
  slot.headers = curl.slist_append(slot.headers, "Expect:");  // a round trip that no storage needs
  curl.easy_setopt(slot.easy, CURLOPT_HTTPHEADER, slot.headers);
  if (!slot.request.body_file.empty() && slot.file < 0) {
    slot.file = ::open(slot.request.body_file.c_str(), O_RDONLY | O_CLOEXEC);
    if (slot.file < 0) throw_disk_error(errno, slot.request.body_file);
  }
  curl.multi_add_handle(multi, slot.easy);
}

bool HttpEngine::State::finish(Slot& slot, CURLcode code) {
  curl.multi_remove_handle(multi, slot.easy);
  if (code == CURLE_OK) {
    curl.easy_getinfo(slot.easy, CURLINFO_RESPONSE_CODE, &slot.answer.status);
  } else if (!slot.refused) {
    slot.answer.error = slot.error[0] != '\0' ? slot.error : curl.easy_strerror(code);
    slot.answer.status = 0;
  } else {
    slot.answer.error = "refused";
  }
  const bool hopeless = code == CURLE_UNSUPPORTED_PROTOCOL || code == CURLE_URL_MALFORMAT || code == CURLE_PEER_FAILED_VERIFICATION ||
                        code == CURLE_READ_ERROR || slot.refused;
  if (slot.received > slot.furthest) slot.tries = 1;  // a line that breaks again and again still gets there
  slot.furthest = std::max(slot.furthest, slot.received);
  if ((slot.answer.status == kRangeRefused || slot.answer.status == kChanged) && slot.received > 0) {
    slot.received = 0;  // not the content that we began with
    return true;
  }
  if (slot.tries == 1 && code == CURLE_OK && !slot.answer.ok() && slot.request.mended && slot.request.mended(slot.answer)) return true;
  if (code == CURLE_OK) is_gone = false;
  const bool again = !hopeless && !is_gone && slot.tries < options.tries && (code != CURLE_OK || is_passing(slot.answer.status));
  if (!again && code != CURLE_OK && slot.tries >= options.tries) is_gone = true;
  if (!again) return false;
  double pause = std::min(kFirstPause * static_cast<double>(1 << (slot.tries - 1)), kLongestPause);
  if (const auto wish = slot.answer.header("retry-after"); !wish.empty()) pause = std::clamp(std::atof(wish.c_str()), pause, kLongestPause);
  slot.not_before = Clock::now() + std::chrono::milliseconds(static_cast<int>(pause * 1000));
  return true;
}

void HttpEngine::run(const Next& next, const Done& done) {
  auto& state = *state_;
  std::size_t count = 0;
  std::vector<Slot*> waiting;  // for another try
  int running = 0;
  const auto release = [&](Slot& slot) {
    if (slot.file >= 0) ::close(std::exchange(slot.file, -1));
    slot.busy = false;
    done(slot.number, slot.request, slot.answer);
    slot.request = {};
  };
  const auto free_slot = [&]() -> Slot* {
    for (auto& slot : state.slots)
      if (!slot->busy) return slot.get();
    if (static_cast<int>(state.slots.size()) >= state.options.parallel) return nullptr;
    auto& slot = *state.slots.emplace_back(std::make_unique<Slot>());
    slot.easy = state.curl.easy_init();
    return &slot;
  };
  while (true) {
    for (auto it = waiting.begin(); it != waiting.end();) {
      if ((*it)->not_before > Clock::now()) {
        ++it;
        continue;
      }
      state.start(**it);
      ++running;
      it = waiting.erase(it);
    }
    while (auto* slot = free_slot()) {
      HttpRequest request;
      if (!next(request)) break;
      slot->request = std::move(request);
      slot->number = count++;
      slot->tries = 0;
      slot->received = slot->furthest = slot->request.have;
      slot->busy = true;
      state.start(*slot);
      ++running;
    }
    if (running == 0 && waiting.empty()) return;
    int still = 0;
    state.curl.multi_perform(state.multi, &still);
    int left = 0;
    bool ended = false;
    while (auto* message = state.curl.multi_info_read(state.multi, &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      Slot* slot = nullptr;
      const auto code = message->data.result;
      state.curl.easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &slot);
      --running;
      ended = true;
      if (state.finish(*slot, code)) waiting.push_back(slot);
      else release(*slot);
    }
    if (!ended) state.curl.multi_poll(state.multi, nullptr, 0, waiting.empty() ? kLongestPoll : kLongestPoll / 4, nullptr);
  }
}

HttpAnswer HttpEngine::one(HttpRequest request) {
  HttpAnswer out;
  bool given = false;
  run([&](HttpRequest& slot) { return given ? false : (slot = std::move(request), given = true); },
      [&](std::size_t, HttpRequest&, HttpAnswer& answer) { out = std::move(answer); });
  return out;
}

std::string url_encode(std::string_view text, bool keep_slash) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.' || c == '~' ||
                       (keep_slash && c == '/');
    if (plain) {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += kHex[byte >> 4];
    out += kHex[byte & 15];
  }
  return out;
}

}  // namespace pivot::store
