/* Loaded before a program (LD_PRELOAD): its wall clock is wrong by CLOCK_WRONG_BY, seconds with commas between them, of which every
   reading takes the next; after CLOCK_WRONG_FOR readings it is right. All other clocks are right. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int clock_gettime(clockid_t which, struct timespec *at) {
    static _Atomic long readings;
    int result = (int)syscall(SYS_clock_gettime, which, at);
    const char *list = getenv("CLOCK_WRONG_BY"), *most = getenv("CLOCK_WRONG_FOR");
    if (result != 0 || which != CLOCK_REALTIME || list == NULL || most == NULL) {
        return result;
    }
    long wrong[16], reading = readings++;
    int count = 0;
    for (char *end; count < 16; list = end + (*end == ',')) {
        wrong[count] = strtol(list, &end, 10);
        if (end == list) {
            break;
        }
        count++;
    }
    if (count > 0 && reading < atol(most)) {
        at->tv_sec += wrong[reading % count];
    }
    return result;
}
