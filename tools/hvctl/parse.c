// SPDX-License-Identifier: GPL-2.0
/*
 * Numbers on the command line.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "hvctl.h"

bool parse_number(const char *what, const char *text, uint64_t max, uint64_t *value)
{
	char *end;

	errno = 0;
	*value = strtoull(text, &end, 0);
	if (errno || !isdigit((unsigned char)*text) || *end || *value > max) {
		usage("%s: '%s' is not a number from 0 to %llu", what, text,
		      (unsigned long long)max);
		return false;
	}
	return true;
}

/* A number with a suffix K, M, G or T; *unit is 1 without one */
static bool parse_suffixed(const char *what, const char *text, uint64_t *value, uint64_t *unit)
{
	static const char suffixes[] = "KMGT";
	const char *suffix;
	char *end;

	errno = 0;
	*value = strtoull(text, &end, 0);
	*unit = 1;
	suffix = *end ? strchr(suffixes, *end & ~0x20) : NULL;
	if (suffix) {
		*unit = 1024ULL << 10 * (suffix - suffixes);
		end++;
	}
	if (!errno && isdigit((unsigned char)*text) && !*end && *value <= UINT64_MAX / *unit) {
		*value *= *unit;
		return true;
	}
	usage("%s: '%s' is not a number or a size such as 4M", what, text);
	return false;
}

/* Bytes, a multiple of a page */
bool parse_size(const char *what, const char *text, uint64_t *bytes)
{
	uint64_t unit;

	if (!parse_suffixed(what, text, bytes, &unit))
		return false;
	if (*bytes % PAGE_BYTES)
		return usage("%s: '%s' is not a multiple of %d", what, text, PAGE_BYTES), false;
	return true;
}

/* A number of pages, or with a suffix a size */
bool parse_pages(const char *what, const char *text, uint64_t *pages)
{
	uint64_t unit;

	if (!parse_suffixed(what, text, pages, &unit))
		return false;
	if (unit == 1)
		return true;
	if (*pages % PAGE_BYTES)
		return usage("%s: '%s' is not a multiple of %d", what, text, PAGE_BYTES), false;
	*pages /= PAGE_BYTES;
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

/* The digits of "hex:0011..." into bytes */
bool parse_bytes(const char *digits, uint8_t *data, uint32_t max, uint32_t *count)
{
	size_t length = strlen(digits);

	if (!length || length % 2 || length / 2 > max ||
	    strspn(digits, "0123456789abcdefABCDEF") != length) {
		usage("'hex:%s' are not pairs of digits, at most %u", digits, max);
		return false;
	}
	for (size_t i = 0; i < length / 2; i++) {
		char pair[3] = { digits[2 * i], digits[2 * i + 1] };

		data[i] = strtoul(pair, NULL, 16);
	}
	*count = length / 2;
	return true;
}
