/* SPDX-License-Identifier: GPL-2.0 */
/* What the test programs of the ioctl interface share: results as TAP. */
#ifndef TAP_H
#define TAP_H

#include <errno.h>
#include <stdio.h>
#include <string.h>

static int passed, failed;

static inline void result(int ok, const char *what, long got, int err)
{
	printf("%s %d - %s\n", ok ? "ok" : "not ok", passed + failed + 1, what);
	if (!ok)
		printf("# got %ld, errno %d (%s)\n", got, err, strerror(err));
	ok ? passed++ : failed++;
	fflush(stdout);
}

/* The call fails with @error, or with @error 0 succeeds */
static inline long expect(const char *what, int error, long got)
{
	int err = errno;

	result(error ? got == -1 && err == error : got >= 0, what, got, err);
	return got;
}

static inline int finish(void)
{
	printf("1..%d\n", passed + failed);
	return failed != 0;
}

#endif
