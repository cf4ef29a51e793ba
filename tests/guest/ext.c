// SPDX-License-Identifier: GPL-2.0
/* 0x8001: extended capabilities (sheet §15.14); none are offered. */
/* run: --role guest; smp 1 */
/* run: --role root; smp 1; cpu plain */
/* run: --role guest --privileges -enable-extended-hypercalls; smp 1 */
#include "hv.h"

void test_main(void)
{
	bool may = hv_may(PRIV_EXTENDED);

	hv_init();
	for (enum hv_form form = MEMORY; form < FORMS; form++) {
		u64 capabilities = ~0ull;
		u64 result = hv_do(form, EXT_CAPABILITIES, NULL, 0, &capabilities, 8);

		if (!may) {
			TEST_EQUAL(0x8001, result, HV_ACCESS_DENIED, "denied without the privilege (%s)",
				   FORM_NAME(form));
			continue;
		}
		TEST_EQUAL(0x8001, result, HV_SUCCESS, "status (%s)", FORM_NAME(form));
		TEST_EQUAL(0x8001, capabilities, 0, "no capabilities (%s)", FORM_NAME(form));
	}
	TEST_STATUS(NO_CALL, hv_fast(0x8002, 0, 0), INVALID_HYPERCALL_CODE, "0x8002 is not served");
	TEST_STATUS(NO_CALL, hv_fast(0x8003, 0, 0), INVALID_HYPERCALL_CODE, "0x8003 is not served");
}
