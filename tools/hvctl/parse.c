// SPDX-License-Identifier: GPL-2.0
/*
 * Numbers on the command line.
 */
#include <errno.h>
#include <stdlib.h>

#include "hvctl.h"

bool parse_number(const char *what, const char *text, uint64_t max, uint64_t *value)
{
	char *end;

	errno = 0;
	*value = strtoull(text, &end, 0);
	if (errno || end == text || *end || *text == '-' || *value > max) {
		usage("%s: '%s' is not a number from 0 to %llu", what, text,
		      (unsigned long long)max);
		return false;
	}
	return true;
}

bool parse_seconds(const char *what, const char *text, uint64_t *ns)
{
	char *end;
	double seconds = strtod(text, &end);

	if (end == text || *end || !(seconds >= 0) || seconds > 1e9) {
		usage("%s: '%s' is not a time in seconds", what, text);
		return false;
	}
	*ns = seconds * NSEC_PER_SEC;
	return true;
}
