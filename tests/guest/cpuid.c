// SPDX-License-Identifier: GPL-2.0
/*
 * The synthetic CPUID leaves of each role (linux-clients §2.2, §2.3; sheet §5)
 * and that every MSR they promise exists (sheet §5.1, §6).
 */
/* run: --role guest; smp 1 */
/* run: --role guest; smp 1; cpu plain */
/* run: --role guest --privileges +access-partition-id,-access-vp-registers; smp 1; append partition-id no-registers */
/* run: --role root; smp 1 */
/* run: --role root; smp 1; cpu plain */
#include "hv.h"

static bool same_vendor(struct cpuid c)
{
	return c.ebx == 0x7263694d && c.ecx == 0x666f736f && c.edx == 0x76482074;
}

static void test_identity(void)
{
	struct cpuid c = cpuid(0x40000000, 0);

	TEST(NO_CALL, cpuid(1, 0).ecx & BIT(31), "hypervisor present");
	TEST(NO_CALL, c.eax >= 0x40000005 && c.eax <= 0x4000ffff, "maximum leaf 0x%08x", c.eax);
	TEST(NO_CALL, same_vendor(c), "vendor Microsoft Hv");
	TEST_EQUAL(NO_CALL, cpuid(0x40000001, 0).eax, 0x31237648, "interface Hv#1");
	if (hv_is_root()) {
		c = cpuid(0x40000002, 0);
		TEST(NO_CALL, c.eax >= 27744 && c.eax <= 27751, "root: build %u known to mshv", c.eax);
		TEST_EQUAL(NO_CALL, c.ebx, 0x000a0000, "root: version 10.0");
	}
}

/* A bit set that must be there and one that must not. */
static void test_bits(const char *what, u32 value, u32 set, u32 clear)
{
	TEST_EQUAL(NO_CALL, value & set, set, "%s: wanted bits", what);
	TEST_EQUAL(NO_CALL, value & clear, 0, "%s: forbidden bits", what);
}

static void test_features(void)
{
	struct cpuid f = cpuid(0x40000003, 0), r = cpuid(0x40000004, 0);
	bool with_id = cmdline_has("partition-id");
	bool no_registers = cmdline_has("no-registers");
	/* AccessVpRegisters 49, FastHypercallOutput 51, extended calls 52, StartVp 53 */
	u32 common = BIT(49 - 32) | BIT(51 - 32) | BIT(52 - 32) | BIT(53 - 32);

	/* VP runtime, reference counter, hypercall, VP index, reference TSC, frequencies. */
	test_bits("privileges low", f.eax, BIT(0) | BIT(1) | BIT(5) | BIT(6) | BIT(9) | BIT(11),
		  BIT(15));
	if (hv_is_root())
		/* linux-clients §2.3; isolation must not be shown. */
		test_bits("root: privileges high", f.ebx, 0x11f7 | BIT(13) | common, BIT(22));
	else
		test_bits("guest: privileges high", f.ebx,
			  (common & ~(no_registers ? BIT(49 - 32) : 0)) | (with_id ? BIT(1) : 0),
			  BIT(0) | BIT(12) | BIT(22) | (with_id ? 0 : BIT(1)) |
			  (no_registers ? BIT(49 - 32) : 0));
	if (f.eax & BIT(2))
		test_bits("messages and events with a SynIC", f.ebx, BIT(4) | BIT(5), 0);
	TEST_EQUAL(NO_CALL, f.ecx & (BIT(9) | BIT(10)), 0, "no dispatch injection, no GHCB root mapping");
	test_bits("features", f.edx, BIT(4) | BIT(8) | BIT(15), 0);
	/* 12: nested would move every SynIC access; 14: VMCS enlightenments. */
	test_bits("recommendations", r.eax, 0, BIT(0) | BIT(12) | BIT(14));
	if (hv_is_root())
		test_bits("root: recommendations", r.eax, BIT(5) | BIT(9), 0);
	TEST(NO_CALL, cpuid(0x40000005, 0).eax >= 1, "maximum VP count is not zero");
}

static void test_hidden(void)
{
	static const u32 zero[] = { 0x40000080, 0x40000081, 0x40000082 };
	u32 max = cpuid(0x40000000, 0).eax;
	unsigned int kvm = 0;

	for (unsigned int i = 0; i < ARRAY_SIZE(zero); i++) {
		struct cpuid c = cpuid(zero[i], 0);

		TEST(NO_CALL, !(c.eax | c.ebx | c.ecx | c.edx), "leaf 0x%08x is zero", zero[i]);
	}
	if (max >= 0x4000000a)
		TEST_EQUAL(NO_CALL, cpuid(0x4000000a, 0).eax, 0, "no nested features");
	for (u32 base = 0x40000100; base < 0x40010000; base += 0x100) {
		struct cpuid c = cpuid(base, 0);

		kvm += c.ebx == 0x4b4d564b && c.ecx == 0x564b4d56;	/* KVMK VMKV */
	}
	TEST(NO_CALL, !kvm, "KVM's own leaves are hidden");
}

/* A privilege that is shown is served: its first MSR can be read. */
static void test_msrs(void)
{
	static const struct {
		unsigned int privilege;
		u32 msr;
		const char *name;
	} promised[] = {
		{ 0, MSR_VP_RUNTIME, "VP_RUNTIME" },
		{ 1, MSR_TIME_REF_COUNT, "TIME_REF_COUNT" },
		{ 2, MSR_SCONTROL, "SCONTROL" },
		{ 2, MSR_SVERSION, "SVERSION" },
		{ 2, MSR_SINT0, "SINT0" },
		{ 3, MSR_STIMER0_CONFIG, "STIMER0_CONFIG" },
		{ 4, MSR_VP_ASSIST_PAGE, "VP_ASSIST_PAGE" },
		{ 5, MSR_GUEST_OS_ID, "GUEST_OS_ID" },
		{ 5, MSR_HYPERCALL, "HYPERCALL" },
		{ 6, MSR_VP_INDEX, "VP_INDEX" },
		{ 7, MSR_RESET, "RESET" },
		{ 9, MSR_REFERENCE_TSC, "REFERENCE_TSC" },
		{ 11, MSR_TSC_FREQUENCY, "TSC_FREQUENCY" },
		{ 11, MSR_APIC_FREQUENCY, "APIC_FREQUENCY" },
	};
	u64 v, w;

	for (unsigned int i = 0; i < ARRAY_SIZE(promised); i++)
		if (hv_may(BIT(promised[i].privilege)))
			TEST(NO_CALL, rdmsr_safe(promised[i].msr, &v), "promised MSR %s is there",
			     promised[i].name);
	TEST_EQUAL(NO_CALL, rdmsr(MSR_VP_INDEX), 0, "VP index of the boot processor");
	v = rdmsr(MSR_TIME_REF_COUNT);
	delay(2);
	w = rdmsr(MSR_TIME_REF_COUNT);
	TEST(NO_CALL, w > v, "reference time advances (%lu)", w - v);
	TEST(NO_CALL, rdmsr(MSR_TSC_FREQUENCY) > 1000000, "TSC frequency is plausible");
}

void test_main(void)
{
	test_identity();
	test_features();
	test_hidden();
	test_msrs();
}
