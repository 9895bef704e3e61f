/*
 * Runs a command and prints what it took: `measured TIMES COMMAND ARGUMENT...` runs it so many times, one after the
 * other, and prints one line of JSON with elapsed and processor time in total and the most memory of any run.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#include <signal.h>
#endif

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

static void become(char **argv)
{
#ifdef __linux__
  prctl(PR_SET_PDEATHSIG, SIGKILL); /* No command outlives its meter. */
#endif
  /* What it prints would stand between us and who reads the measure. */
  if(!freopen("/dev/null", "w", stdout))
    _exit(126);
  execvp(argv[0], argv);
  fprintf(stderr, "cannot run %s\n", argv[0]);
  _exit(127);
}

int main(int argc, char **argv)
{
  struct rusage usage;
  double from;
  int left, status;

  if(argc == 2 && !strcmp(argv[1], "--version"))
    return puts("measured 1") < 0;
  if(argc < 3)
    return 2;
  from = now_ms();
  for(left = atoi(argv[1]); left > 0; left--) {
    pid_t child = fork();
    if(child < 0)
      return 1;
    if(child == 0)
      become(argv + 2);
    if(waitpid(child, &status, 0) < 0)
      return 1;
    if(!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
      fprintf(stderr, "%s ended with status %d\n", argv[2], status);
      return 1;
    }
  }
  getrusage(RUSAGE_CHILDREN, &usage);
  printf("{\"ms\":%.3f,\"userUs\":%.0f,\"systemUs\":%.0f,\"peakBytes\":%.0f}\n", now_ms() - from,
         microseconds(usage.ru_utime), microseconds(usage.ru_stime), usage.ru_maxrss * 1024.0);
  return 0;
}
