// SPDX-License-Identifier: GPL-2.0
/* 0x00f4: what CPUID shows a VP (sheet §15.6). */
/* run: --role guest; smp 1 */
/* run: --role root; smp 1; cpu plain */
/* run: --role guest --privileges -access-vp-registers; smp 1 */
#include "hv.h"

#define USE_CURRENT_XCR0	1

struct cpuid_in {
	u64 partition;
	u32 vp, flags, reserved, padding;
	struct {
		u32 eax, ecx;
		u64 xfem, xss;
	} list[12];
};

static const struct {
	unsigned int code;
	u32 leaf, subleaf;
} leaves[] = {
#define LEAF(leaf, subleaf)	{ CASE(0x00f4), leaf, subleaf }
	LEAF(0, 0), LEAF(1, 0), LEAF(2, 0), LEAF(7, 0), LEAF(7, 1), LEAF(0xd, 0), LEAF(0xd, 1), LEAF(0xd, 2),
	LEAF(0x40000000, 0), LEAF(0x40000001, 0), LEAF(0x40000002, 0), LEAF(0x40000003, 0), LEAF(0x40000004, 0),
	LEAF(0x40000005, 0), LEAF(0x40000006, 0), LEAF(0x40000081, 0), LEAF(0x40000100, 0),
	LEAF(0x80000000, 0), LEAF(0x80000001, 0), LEAF(0x80000008, 0), LEAF(0x12345678, 0),
};

static u64 call(u64 control, struct cpuid_in *in, unsigned int n, struct cpuid *out)
{
	return hv_do(MEMORY, CPUID_VALUES | REP(n) | control, in, 24 + 24 * n, out, n * sizeof(*out));
}

void test_main(void)
{
	struct cpuid_in in = { SELF, VP_SELF, USE_CURRENT_XCR0, 0, 0, {} };
	struct cpuid out[12], want;
	u64 status;

	hv_init();
	if (!hv_may(PRIV_VP_REGISTERS) && !hv_is_root()) {
		TEST_EQUAL(0x00f4, call(0, &in, 1, out), HV_ACCESS_DENIED, "denied without AccessVpRegisters");
		return;
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(leaves); i++) {
		in.list[0].eax = leaves[i].leaf;
		in.list[0].ecx = leaves[i].subleaf;
		want = cpuid(leaves[i].leaf, leaves[i].subleaf);
		status = call(0, &in, 1, out);
		if (!tap_result(status == REP(1) && !memcmp(out, &want, sizeof(want)), leaves[i].code,
				"leaf 0x%08x.%u equals the instruction", leaves[i].leaf, leaves[i].subleaf))
			printf("# result 0x%lx: %08x %08x %08x %08x, CPUID: %08x %08x %08x %08x\n", status,
			       out[0].eax, out[0].ebx, out[0].ecx, out[0].edx, want.eax, want.ebx,
			       want.ecx, want.edx);
	}

	for (unsigned int i = 0; i < 12; i++)
		in.list[i].eax = 0x40000000 + i % 6;
	memset(out, 0, sizeof(out));
	TEST_EQUAL(0x00f4, call(START(3), &in, 12, out), REP(12), "twelve leaves from the fourth");
	want = cpuid(0x40000005, 0);
	TEST(0x00f4, !memcmp(&out[11], &want, sizeof(want)) && !memcmp(&out[5], &want, sizeof(want)),
	     "values of a list are in their places");
	TEST(0x00f4, !out[0].eax && !out[2].ebx, "values before the start index are not written");

	in.vp = 0;
	TEST_EQUAL(0x00f4, call(0, &in, 1, out), REP(1), "own VP by index");
	in.vp = 9;
	TEST_EQUAL(0x00f4, call(0, &in, 1, out), HV_INVALID_VP_INDEX, "a VP that does not exist");
	in.vp = VP_SELF;
	in.flags = BIT(2);
	TEST_EQUAL(0x00f4, call(0, &in, 1, out), HV_INVALID_PARAMETER, "reserved flag 2");
	in.flags = BIT(31);
	TEST_EQUAL(0x00f4, call(0, &in, 1, out), HV_INVALID_PARAMETER, "reserved flag 31");
	in.flags = USE_CURRENT_XCR0;
	in.reserved = 1;
	TEST_EQUAL(0x00f4, call(0, &in, 1, out), HV_INVALID_PARAMETER, "reserved field");
	in.reserved = 0;
	in.padding = 0xffffffff;
	TEST_EQUAL(0x00f4, call(0, &in, 1, out), REP(1), "padding is ignored");
	in.partition = 0x12345;
	status = STATUS(call(0, &in, 1, out));
	TEST(0x00f4, status == HV_INVALID_PARTITION_ID || (status == HV_ACCESS_DENIED && !hv_is_root()),
	     "another partition (%s)", hv_status_name(status));
}
