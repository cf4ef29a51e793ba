// SPDX-License-Identifier: GPL-2.0
/* Monotonic time, and waiting until then. */
#include <poll.h>
#include <time.h>

#include "hvctl.h"

uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * NSEC_PER_SEC + now.tv_nsec;
}

/* Until something is there: 1; 0 if the time is up, also while more and more arrives */
int wait_readable(int fd, uint64_t end_ns)
{
	struct pollfd pollfd = { fd, POLLIN };
	uint64_t now = now_ns(), ms;

	if (!end_ns)
		return poll(&pollfd, 1, -1);
	if (now >= end_ns)
		return 0;
	ms = (end_ns - now + 999999) / 1000000;
	return poll(&pollfd, 1, ms < INT32_MAX ? (int)ms : INT32_MAX);
}
