// SPDX-License-Identifier: GPL-2.0
/* The long-spin hint (sheet §15.1, 0x0008): always succeeds, yields if useful. */
/* run: --role guest; smp 2 */
/* run: --role root; smp 2 */
#include "hv.h"

static volatile u32 lock;
static u64 waits[MAX_CPUS], refused;

static void contend(void *arg)
{
	unsigned int cpu = cpu_index();

	for (u64 i = 0; i < (u64)arg; i++) {
		while (__atomic_exchange_n(&lock, 1, __ATOMIC_ACQUIRE)) {
			if (STATUS(hv_fast(NOTIFY_SPIN, ++waits[cpu], 0)))
				__atomic_fetch_add(&refused, 1, __ATOMIC_RELAXED);
		}
		/* An emulator with one thread goes on with another processor at each pause */
		for (int hold = 0; hold < 5; hold++)
			pause();
		__atomic_store_n(&lock, 0, __ATOMIC_RELEASE);
	}
}

void test_main(void)
{
	static const u32 counts[] = { 0, 1, 0xfff, 0xfffffffe, 0xffffffff };

	hv_init();
	for (unsigned int i = 0; i < ARRAY_SIZE(counts); i++)
		for (enum hv_form form = MEMORY; form < FORMS; form++)
			TEST_EQUAL(0x0008, hv_do(form, NOTIFY_SPIN, &(u64){ counts[i] }, 8, NULL, 0),
				   HV_SUCCESS, "spin count 0x%x (%s)", counts[i], FORM_NAME(form));
	TEST_EQUAL(0x0008, hv_fast(NOTIFY_SPIN, ~0ull, ~0ull), HV_SUCCESS,
		   "advisory: succeeds whatever the operands are");

	/* Two processors fight for a lock and hint while they wait. */
	cpu_start(1);
	cpu_run(1, contend, (void *)200);
	contend((void *)200);
	cpu_wait(1);
	TEST(0x0008, !refused, "hints of two waiting processors succeed");
	printf("# %lu and %lu hints\n", waits[0], waits[1]);
}
