/*
 * libcurl as a client: its multi interface driven by sockets and epoll (curl_multi_socket_action), the quickest way it
 * has, with a reused easy handle for each lane.
 *
 * libcurl-multi get|put URL HTTP LANES CONNECTIONS WARM-UP EXCHANGES BYTES CAFILE
 *
 * Performs WARM-UP exchanges, then EXCHANGES that are measured, and prints one line of JSON. `put` sends BYTES and
 * adds up what the server says it got; `get` counts what comes.
 */
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <time.h>

struct lane {
  CURL *easy;
  long long unsent;
  char answer[32]; /* What the sink says. */
  size_t answered;
};

static CURLM *multi;
static int poller;
static long timeout_ms = -1;
static int is_put;
static long long body_bytes;
static long long seen;
static long connects;
static long wanted_version;
static char piece[65536];

static void fail(const char *what, const char *why)
{
  fprintf(stderr, "libcurl-multi: %s: %s\n", what, why);
  exit(1);
}

static size_t receive(char *bytes, size_t size, size_t count, void *pointer)
{
  struct lane *lane = pointer;
  size_t length = size * count;
  if(!is_put)
    seen += (long long)length;
  else if(lane->answered + length < sizeof(lane->answer)) {
    memcpy(lane->answer + lane->answered, bytes, length);
    lane->answered += length;
  }
  return length;
}

static size_t give(char *into, size_t size, size_t count, void *pointer)
{
  struct lane *lane = pointer;
  size_t length = size * count;
  if((long long)length > lane->unsent)
    length = (size_t)lane->unsent;
  if(length > sizeof(piece))
    length = sizeof(piece);
  memcpy(into, piece, length);
  lane->unsent -= (long long)length;
  return length;
}

static int watch(CURL *easy, curl_socket_t socket, int what, void *unused, void *known)
{
  struct epoll_event event = { 0 };
  (void)easy;
  (void)unused;
  if(what == CURL_POLL_REMOVE) {
    epoll_ctl(poller, EPOLL_CTL_DEL, socket, NULL);
    curl_multi_assign(multi, socket, NULL);
    return 0;
  }
  event.events = (what & CURL_POLL_IN ? EPOLLIN : 0) | (what & CURL_POLL_OUT ? EPOLLOUT : 0);
  event.data.fd = socket;
  epoll_ctl(poller, known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, socket, &event);
  if(!known)
    curl_multi_assign(multi, socket, piece); /* Anything but NULL. */
  return 0;
}

static int set_timer(CURLM *whose, long ms, void *unused)
{
  (void)whose;
  (void)unused;
  timeout_ms = ms;
  return 0;
}

static void begin(struct lane *lane)
{
  lane->unsent = body_bytes;
  lane->answered = 0;
  curl_multi_add_handle(multi, lane->easy);
}

/* Performs `count` exchanges over all lanes. */
static void run(struct lane *lanes, int lane_count, long count)
{
  long begun = 0, done = 0;
  int index, running, left;
  while(begun < count && begun < lane_count)
    begin(&lanes[begun++]);
  while(done < count) {
    struct epoll_event events[64];
    CURLMsg *message;
    int ready = epoll_wait(poller, events, 64, (int)timeout_ms);
    if(ready == 0 || timeout_ms == 0) {
      timeout_ms = -1;
      curl_multi_socket_action(multi, CURL_SOCKET_TIMEOUT, 0, &running);
    }
    for(index = 0; index < ready; index++) {
      int flags = (events[index].events & (EPOLLIN | EPOLLHUP) ? CURL_CSELECT_IN : 0) |
                  (events[index].events & EPOLLOUT ? CURL_CSELECT_OUT : 0) |
                  (events[index].events & EPOLLERR ? CURL_CSELECT_ERR : 0);
      curl_multi_socket_action(multi, events[index].data.fd, flags, &running);
    }
    while((message = curl_multi_info_read(multi, &left))) {
      CURL *easy = message->easy_handle;
      struct lane *lane;
      long status, version, opened;
      if(message->msg != CURLMSG_DONE)
        continue;
      if(message->data.result != CURLE_OK)
        fail("a transfer", curl_easy_strerror(message->data.result));
      curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&lane);
      curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
      curl_easy_getinfo(easy, CURLINFO_HTTP_VERSION, &version);
      curl_easy_getinfo(easy, CURLINFO_NUM_CONNECTS, &opened);
      connects += opened;
      if(status != 200)
        fail("a transfer", "the status is not 200");
      if(version != wanted_version)
        fail("a transfer", "another version of HTTP was spoken");
      if(is_put) {
        lane->answer[lane->answered] = 0;
        seen += atoll(lane->answer);
      }
      curl_multi_remove_handle(multi, easy);
      done++;
      if(begun < count) {
        begin(lane);
        begun++;
      }
    }
  }
}

static CURL *make_easy(struct lane *lane, const char *url, int is_h2, const char *ca)
{
  CURL *easy = curl_easy_init();
  curl_easy_setopt(easy, CURLOPT_URL, url);
  curl_easy_setopt(easy, CURLOPT_PRIVATE, lane);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, receive);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, lane);
  curl_easy_setopt(easy, CURLOPT_CAINFO, ca);
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_HTTP_VERSION,
                   !is_h2                     ? CURL_HTTP_VERSION_1_1
                   : strncmp(url, "https", 5) ? CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE
                                              : CURL_HTTP_VERSION_2TLS);
  curl_easy_setopt(easy, CURLOPT_PIPEWAIT, 1L);
  if(is_put) {
    curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(easy, CURLOPT_READFUNCTION, give);
    curl_easy_setopt(easy, CURLOPT_READDATA, lane);
    curl_easy_setopt(easy, CURLOPT_INFILESIZE_LARGE, (curl_off_t)body_bytes);
    curl_easy_setopt(easy, CURLOPT_UPLOAD_BUFFERSIZE, (long)sizeof(piece));
  }
  return easy;
}

static double microseconds(struct timeval time)
{
  return time.tv_sec * 1e6 + time.tv_usec;
}

static double now_ms(void)
{
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1e3 + time.tv_nsec / 1e6;
}

int main(int argc, char **argv)
{
  struct rusage before, after;
  struct lane *lanes;
  int index, lane_count, is_h2;
  long warm_up, exchanges;
  double from, ms;

  if(argc == 2 && !strcmp(argv[1], "--version"))
    return puts(curl_version_info(CURLVERSION_NOW)->version) < 0;
  if(argc != 10)
    fail("usage", "get|put URL HTTP LANES CONNECTIONS WARM-UP EXCHANGES BYTES CAFILE");
  is_put = !strcmp(argv[1], "put");
  is_h2 = !strcmp(argv[3], "2");
  wanted_version = is_h2 ? CURL_HTTP_VERSION_2_0 : CURL_HTTP_VERSION_1_1;
  lane_count = atoi(argv[4]);
  warm_up = atol(argv[6]);
  exchanges = atol(argv[7]);
  body_bytes = atoll(argv[8]);

  curl_global_init(CURL_GLOBAL_ALL);
  multi = curl_multi_init();
  poller = epoll_create1(EPOLL_CLOEXEC);
  curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, watch);
  curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, set_timer);
  curl_multi_setopt(multi, CURLMOPT_PIPELINING, CURLPIPE_MULTIPLEX);
  curl_multi_setopt(multi, CURLMOPT_MAX_HOST_CONNECTIONS, atol(argv[5]));
  curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, atol(argv[4]));
  lanes = calloc((size_t)lane_count, sizeof(*lanes));
  for(index = 0; index < lane_count; index++)
    lanes[index].easy = make_easy(&lanes[index], argv[2], is_h2, argv[9]);

  run(lanes, lane_count, warm_up);
  seen = 0;
  getrusage(RUSAGE_SELF, &before);
  from = now_ms();
  run(lanes, lane_count, exchanges);
  ms = now_ms() - from;
  getrusage(RUSAGE_SELF, &after);
  printf("{\"ms\":%.3f,\"userUs\":%.0f,\"systemUs\":%.0f,\"peakBytes\":%.0f,\"bytes\":%lld,\"figures\":{\"connections\":%ld}}\n",
         ms, microseconds(after.ru_utime) - microseconds(before.ru_utime),
         microseconds(after.ru_stime) - microseconds(before.ru_stime), after.ru_maxrss * 1024.0, seen, connects);
  return 0;
}
