// SPDX-License-Identifier: GPL-2.0
/* Partition id and properties (sheet §15.3, §14). */
/* run: --role root; smp 1 */
/* run: --role root; smp 1; cpu plain */
/* run: --role guest; smp 1 */
/* run: --role guest --privileges +access-partition-id; smp 1 */
#include "hv.h"

struct property_in {
	u64 partition;
	u32 code, padding;
};

struct property_ex_in {
	struct property_in p;
	u64 argument;
};

static u64 get_property(enum hv_form form, u64 partition, u32 code, u64 *value)
{
	struct property_in in = { partition, code, 0 };

	return hv_do(form, GET_PROPERTY, &in, sizeof(in), value, sizeof(*value));
}

static u64 get_property_ex(u64 partition, u32 code, void *value, size_t size)
{
	struct property_ex_in in = { { partition, code, 0 }, 0 };

	return hv_do(MEMORY, GET_PROPERTY_EX, &in, sizeof(in), value, size);
}

static u64 test_id(void)
{
	u64 id[FORMS] = {};

	for (enum hv_form form = MEMORY; form < FORMS; form++) {
		u64 result = hv_do(form, GET_PARTITION_ID, NULL, 0, &id[form], 8);

		if (!hv_may(PRIV_PARTITION_ID)) {
			TEST_EQUAL(0x0046, result, HV_ACCESS_DENIED, "denied without AccessPartitionId (%s)",
				   FORM_NAME(form));
			continue;
		}
		TEST_EQUAL(0x0046, result, HV_SUCCESS, "status (%s)", FORM_NAME(form));
		TEST(0x0046, hv_is_root() ? id[form] == 1 : id[form] && id[form] != SELF,
		     "partition id %lu (%s)", id[form], FORM_NAME(form));
	}
	TEST_EQUAL(0x0046, id[REGISTERS], id[MEMORY], "the same id in both forms");
	return id[MEMORY];
}

static u64 vendor(void)
{
	switch (cpuid(0, 0).ebx) {
	case 0x68747541: return 0;	/* AMD */
	case 0x756e6547: return 1;	/* Intel */
	case 0x6f677948: return 2;	/* Hygon */
	}
	return ~0ull;
}

static u64 xcr0_mask(void)
{
	struct cpuid c = cpuid(0xd, 0);

	return (u64)c.edx << 32 | c.eax;
}

static void test_root(u64 id)
{
	const struct {
		u32 code;
		const char *name;
		u64 value;
	} exact[] = {
		{ 0x00010000, "PrivilegeFlags equals CPUID", hv_privileges() },
		{ 0x00060000, "ProcessorVendor equals CPUID", vendor() },
		{ 0x00060007, "XsaveStates equals CPUID", xcr0_mask() },
		{ 0x00060009, "ProcessorClockFrequency equals the MSR", rdmsr(MSR_TSC_FREQUENCY) },
		{ 0x00070000, "GuestOsId equals the MSR", GUEST_OS_ID },
		{ 0x00020001, "CpuReserve is 0", 0 },
		{ 0x00020002, "CpuCap is 100 %", 0x10000 },
		{ 0x00020003, "CpuWeight is 100", 100 },
		{ 0x00030003, "TimeFreeze is 0", 0 },
	};
	static const u32 readable[] = { 0x00060002, 0x00060008, 0x0006000a, 0x0006000b, 0x00010001 };
	static const u32 unknown[] = { 0, 1, 0x0001ffff, 0x0005ffff, 0x7fffffff, 0xffffffff };
	static const u64 foreign[] = { 0, 2, 12345, SELF - 1 };
	u8 large[4072] = {};
	u64 v, before, after;

	for (unsigned int i = 0; i < ARRAY_SIZE(exact); i++)
		for (enum hv_form form = MEMORY; form < FORMS; form++) {
			u64 result;

			v = ~0ull;
			result = get_property(form, SELF, exact[i].code, &v);
			TEST_STATUS(0x0044, result, SUCCESS, "0x%08x: status (%s)", exact[i].code,
				    FORM_NAME(form));
			TEST_EQUAL(0x0044, v, exact[i].value, "%s (%s)", exact[i].name, FORM_NAME(form));
		}
	for (unsigned int i = 0; i < ARRAY_SIZE(readable); i++)
		TEST_STATUS(0x0044, get_property(MEMORY, SELF, readable[i], &v), SUCCESS,
			    "0x%08x can be read (0x%lx)", readable[i], v);
	before = rdmsr(MSR_TIME_REF_COUNT);
	TEST_STATUS(0x0044, get_property(MEMORY, SELF, 0x00030005, &v), SUCCESS, "ReferenceTime");
	after = rdmsr(MSR_TIME_REF_COUNT);
	TEST(0x0044, before <= v && v <= after, "ReferenceTime agrees with the MSR");

	TEST_STATUS(0x0044, get_property(MEMORY, id, 0x00060000, &v), SUCCESS, "named by its own id");
	for (unsigned int i = 0; i < ARRAY_SIZE(unknown); i++) {
		TEST_STATUS(0x0044, get_property(MEMORY, SELF, unknown[i], &v), UNKNOWN_PROPERTY,
			    "unknown property 0x%08x", unknown[i]);
		TEST_STATUS(0x0101, get_property_ex(SELF, unknown[i], large, 8), UNKNOWN_PROPERTY,
			    "unknown property 0x%08x", unknown[i]);
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(foreign); i++) {
		TEST_STATUS(0x0044, get_property(MEMORY, foreign[i], 0x00060000, &v),
			    INVALID_PARTITION_ID, "partition 0x%lx does not exist", foreign[i]);
		TEST_STATUS(0x0101, get_property_ex(foreign[i], 0x00090007, large, 16),
			    INVALID_PARTITION_ID, "partition 0x%lx does not exist", foreign[i]);
	}
	TEST_STATUS(0x0101, get_property_ex(SELF, 0x00090007, large, 16), SUCCESS, "VmmCapabilities");
	TEST(0x0101, *(u64 *)large == 1, "VmmCapabilities: one bank, reserved bytes zero");
	/* Overlay locations, assignable features */
	TEST_EQUAL(0x0101, *(u64 *)&large[8], 0x12, "VmmCapabilities");
	TEST_STATUS(0x0101, get_property_ex(SELF, 0x00090009, large, 16), SUCCESS,
		    "AssignableSyntheticProcFeatures");
	TEST_EQUAL(0x0101, *(u64 *)large, 1, "AssignableSyntheticProcFeatures: one bank");
}

static void test_guest(u64 id)
{
	u8 large[16];
	u64 v;

	for (enum hv_form form = MEMORY; form < FORMS; form++) {
		TEST_STATUS(0x0044, get_property(form, SELF, 0x00060000, &v), ACCESS_DENIED,
			    "a guest may not read its own properties (%s)", FORM_NAME(form));
		TEST_STATUS(0x0044, get_property(form, id ?: 1, 0x00060000, &v), ACCESS_DENIED,
			    "a guest may not name a partition (%s)", FORM_NAME(form));
	}
	TEST_STATUS(0x0101, get_property_ex(SELF, 0x00090007, large, 16), ACCESS_DENIED,
		    "a guest may not read its own properties");
}

void test_main(void)
{
	u64 id;

	hv_init();
	id = test_id();
	if (hv_is_root())
		test_root(id);
	else
		test_guest(id);
}
