// SPDX-License-Identifier: GPL-2.0
/*
 * Privileges of a partition: names of the bits of HV_PARTITION_PRIVILEGE_MASK
 * and the lists of them that the command line takes.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "hvctl.h"

static const char *const names[64] = {
	[0] = "access-vp-runtime-msr",
	[1] = "access-partition-reference-counter",
	[2] = "access-synic-msrs",
	[3] = "access-synthetic-timer-msrs",
	[4] = "access-apic-msrs",
	[5] = "access-hypercall-msrs",
	[6] = "access-vp-index",
	[7] = "access-reset-msr",
	[8] = "access-stats-msr",
	[9] = "access-partition-reference-tsc",
	[10] = "access-guest-idle-msr",
	[11] = "access-frequency-msrs",
	[12] = "access-debug-msrs",
	[13] = "access-reenlightenment-ctrls",
	[14] = "access-root-scheduler-msr",
	[15] = "access-tsc-invariant-controls",
	[32] = "create-partitions",
	[33] = "access-partition-id",
	[34] = "access-memory-pool",
	[35] = "adjust-message-buffers",
	[36] = "post-messages",
	[37] = "signal-events",
	[38] = "create-port",
	[39] = "connect-port",
	[40] = "access-stats",
	[43] = "debugging",
	[44] = "cpu-management",
	[45] = "configure-profiler",
	[46] = "access-vp-exit-tracing",
	[47] = "enable-extended-gva-ranges-flush-va-list",
	[48] = "access-vsm",
	[49] = "access-vp-registers",
	[51] = "fast-hypercall-output",
	[52] = "enable-extended-hypercalls",
	[53] = "start-virtual-processor",
	[54] = "isolation",
};

const char *privilege_name(unsigned int bit)
{
	static char number[16];

	if (bit < ARRAY_SIZE(names) && names[bit])
		return names[bit];
	snprintf(number, sizeof(number), "bit-%u", bit);
	return number;
}

bool privilege_known(unsigned int bit)
{
	return bit < ARRAY_SIZE(names) && names[bit];
}

struct json_object *privileges_json(uint64_t mask)
{
	struct json_object *list = json_object_new_array();

	for (unsigned int bit = 0; bit < 64; bit++)
		if (mask >> bit & 1)
			json_object_array_add(list, json_object_new_string(privilege_name(bit)));
	return list;
}

/* A name of the table, or "bit-N" for any other bit; -1 if it is neither */
static int privilege_bit(const char *name)
{
	unsigned long bit;
	char *end;

	for (unsigned int i = 0; i < ARRAY_SIZE(names); i++)
		if (names[i] && !strcmp(names[i], name))
			return i;
	if (strncmp(name, "bit-", 4) || name[4] < '0' || name[4] > '9')
		return -1;
	bit = strtoul(name + 4, &end, 10);
	return *end || bit > 63 ? -1 : (int)bit;
}

/* Parse "+name,-name,..."; a name without sign is added */
int privileges_parse(const char *list, uint64_t *set, uint64_t *clear)
{
	char *copy = strdup(list), *save = NULL, *item;
	int ret = 0;

	*set = *clear = 0;
	for (item = strtok_r(copy, ",", &save); item && !ret; item = strtok_r(NULL, ",", &save)) {
		const char *name = item + (*item == '+' || *item == '-');
		int bit = privilege_bit(name);

		if (bit < 0)
			ret = usage("'%s' is not a privilege", name);
		else if (*item == '-')
			*clear |= 1ULL << bit;
		else
			*set |= 1ULL << bit;
	}
	free(copy);
	if (!ret && *set & *clear)
		ret = usage("privilege %s is both added and removed",
			    privilege_name(__builtin_ctzll(*set & *clear)));
	return ret;
}
