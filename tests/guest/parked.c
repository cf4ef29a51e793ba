// SPDX-License-Identifier: GPL-2.0
/* Parked processors (sheet §15.12, 0x0009): a hint of a privileged partition. */
/* run: --role guest; smp 1 */
/* run: --role root; smp 2 */
/* run: --role guest --privileges +cpu-management; smp 1 */
#include "hv.h"

void test_main(void)
{
	static const u64 masks[] = { 0, 1, 2, 3, BIT(63), ~0ull, 0 };
	bool may = hv_may(PRIV_CPU_MANAGEMENT);

	hv_init();
	for (unsigned int i = 0; i < ARRAY_SIZE(masks); i++)
		for (enum hv_form form = MEMORY; form < FORMS; form++) {
			u64 result = hv_do(form, PARKED_VPS, &masks[i], 8, NULL, 0);

			if (may)
				TEST_EQUAL(0x0009, result, HV_SUCCESS, "set 0x%lx is accepted (%s)",
					   masks[i], FORM_NAME(form));
			else
				TEST_EQUAL(0x0009, result, HV_ACCESS_DENIED,
					   "denied without CpuManagement (%s)", FORM_NAME(form));
		}
}
