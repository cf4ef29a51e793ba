// SPDX-License-Identifier: GPL-2.0
/*
 * Both processors flush pages full of ranges without end: run.sh kills the VMM
 * in the middle and unloads the module. Prints "ready" once calls are served.
 */
/* run: --role guest; smp 2; killed */
#include "hv.h"

static volatile u32 rounds[MAX_CPUS];

static void flood(void *arg)
{
	u64 in[3 + 500] = { 0, 2, 3 };	/* all spaces, VP 0 and 1 */

	(void)arg;
	for (unsigned int i = 0; i < 500; i++)
		in[3 + i] = TEST_VA + i * 0x100000 + 0x3f;	/* 64 pages each */
	for (bool ready = false;; rounds[cpu_index()]++) {
		u64 result = hv_do(MEMORY, FLUSH_LIST | REP(500), in, sizeof(in), NULL, 0);

		if (result != REP(500))
			TEST_EQUAL(0x0003, result, REP(500), "a page full of long ranges");
		if (!cpu_index() && !ready && rounds[0] > 3 && rounds[1] > 3) {
			printf("ready\n");
			ready = true;
		}
	}
}

void test_main(void)
{
	hv_init();
	cpu_start(1);
	cpu_run(1, flood, NULL);
	flood(NULL);
}
