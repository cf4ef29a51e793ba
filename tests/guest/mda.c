// SPDX-License-Identifier: GPL-2.0
/* 0x00e5: the VPs an APIC message destination addresses (sheet §15.6, §9). */
/* run: --role guest; smp 3 */
/* run: --role root; smp 3; cpu plain */
/* run: --role guest --privileges -access-vp-registers; smp 1 */
#include "hv.h"

struct mda_in {
	u64 partition, destination;
	u8 vtl, logical;
	u16 reserved;
	u32 reserved2;
};

struct vp_set {
	u64 format, banks, bank[2];
};

static const struct {
	unsigned int code;
	const char *what;
	u64 destination;
	u8 logical;
	u64 want;			/* bank 0, or 0: no VP matches */
} destinations[] = {
#define MDA(what, destination, logical, want)	{ CASE(0x00e5), what, destination, logical, want }
	MDA("physical 0", 0, 0, 1), MDA("physical 1", 1, 0, 2), MDA("physical 2", 2, 0, 4),
	MDA("physical broadcast", 0xff, 0, 7), MDA("physical 77: nobody", 77, 0, 0),
	/* Flat logical ids 1, 2, 4 are set below. */
	MDA("logical VP 0", 1, 1, 1), MDA("logical VP 0 and 2", 5, 1, 5),
	MDA("logical broadcast", 0xff, 1, 7), MDA("logical 0x80: nobody", 0x80, 1, 0),
};

static void set_ldr(void *arg)
{
	(void)arg;
	apic[APIC_DFR] = ~0u;
	apic[APIC_LDR] = 1u << (24 + cpu_index());
}

static u64 call(struct mda_in in, struct vp_set *out)
{
	return hv_do(MEMORY, VP_SET_FROM_MDA, &in, sizeof(in), out, sizeof(*out));
}

void test_main(void)
{
	struct vp_set set;
	u64 status;

	hv_init();
	if (!hv_may(PRIV_VP_REGISTERS) && !hv_is_root()) {
		TEST_EQUAL(0x00e5, call((struct mda_in){ SELF, 0 }, &set), HV_ACCESS_DENIED,
			   "denied without AccessVpRegisters");
		return;
	}
	set_ldr(NULL);
	for (unsigned int cpu = 1; cpu < 3; cpu++) {
		cpu_start(cpu);
		cpu_call(cpu, set_ldr, NULL);
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(destinations); i++) {
		struct mda_in in = { SELF, destinations[i].destination, 0, destinations[i].logical, 0, 0 };
		u64 result = call(in, &set);

		if (destinations[i].want)
			tap_result(!result && set.format == VPSET_SPARSE && set.banks == 1 &&
				   set.bank[0] == destinations[i].want, destinations[i].code,
				   "%s (status 0x%lx, banks 0x%lx, bank 0x%lx)", destinations[i].what,
				   result, set.banks, set.bank[0]);
		else
			tap_equal(destinations[i].code, result, HV_INVALID_PARAMETER, "%s",
				  destinations[i].what);
	}
	TEST_STATUS(0x00e5, call((struct mda_in){ SELF, 0, 0x10, 0, 0, 0 }, &set), SUCCESS, "VTL 0 named");
	TEST_STATUS(0x00e5, call((struct mda_in){ SELF, 0, 0x11, 0, 0, 0 }, &set), ACCESS_DENIED, "VTL 1");
	TEST_STATUS(0x00e5, call((struct mda_in){ SELF, 0, 0x20, 0, 0, 0 }, &set), INVALID_PARAMETER,
		    "reserved VTL bit");
	TEST_STATUS(0x00e5, call((struct mda_in){ SELF, 0, 0, 2, 0, 0 }, &set), INVALID_PARAMETER,
		    "destination mode 2");
	TEST_STATUS(0x00e5, call((struct mda_in){ SELF, 0, 0, 0, 1, 0 }, &set), INVALID_PARAMETER,
		    "reserved field");
	status = STATUS(call((struct mda_in){ 0x12345, 0, 0, 0, 0, 0 }, &set));
	TEST(0x00e5, status == HV_INVALID_PARTITION_ID || (status == HV_ACCESS_DENIED && !hv_is_root()),
	     "another partition (%s)", hv_status_name(status));
}
