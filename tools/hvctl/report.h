/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The result of hvctl trace as text or JSON.
 */
#ifndef REPORT_H
#define REPORT_H

#include "aggregate.h"
#include "hvctl.h"

struct report {
	uint32_t handle, role, vps;
	char command[64];		/* of the VMM */
	uint64_t start_ns, end_ns;
	const char *idle_by;		/* how idle was recognised, NULL: never */
	uint64_t lost;			/* events */
	const int *exit_status;		/* of the program, NULL: there was none */
	const struct aggregate *sums;	/* settled */
	const struct calls *calls;
	bool all;			/* also calls that only the paper saw */
	bool phases;			/* text: a line per call and phase */
};

void report(FILE *out, const struct report *r);

#endif
