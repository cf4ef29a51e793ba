// SPDX-License-Identifier: GPL-2.0
/*
 * What a parent intercepts of a child, and the answers it registers in advance (sheet §15.8,
 * linux-clients.md §6.7).
 */
/* run: --role root; smp 1 */
/* run: --role root --privileges -create-partitions; smp 1 */
#include "parent.h"

#define READ		1u
#define WRITE		2u
#define EXECUTE		4u

#define ANY_VP		0xffffffffu
#define ALL_SUBLEAVES	(~0u)
#define APPLY_ANSWERS	2u

struct install_in {
	u64 partition;
	u32 access, type;
	u64 parameter;
};

struct check_in {
	u64 partition;
	u32 vp;
	u8 vtl, padding;
	u16 port;
	u8 size, write;
} __attribute__((packed));

/* 64 bytes, also when fewer mean something */
struct answer_in {
	u64 partition;
	u32 vp, type;
	union {
		struct {
			u32 leaf, subleaf;
			u8 specific, always;
			u16 padding;
			u32 values[8];	/* value, mask of EAX, EBX, ECX, EDX */
			u32 padding2;
		};
		struct {
			u32 msr, access, action, stale[9];
		};
	};
};

_Static_assert(sizeof(struct answer_in) == 64, "answer");

struct removal_in {
	u64 partition;
	u32 vp, type, first, second;
	u8 specific, padding[3];
} __attribute__((packed));

_Static_assert(sizeof(struct removal_in) == 28, "removal");

static u64 install(u64 id, u32 type, u32 access, u64 parameter)
{
	struct install_in in = { id, access, type, parameter };

	return WITH_MEMORY(id, hv_do(MEMORY, INSTALL_INTERCEPT, &in, sizeof(in), NULL, 0));
}

/* 0 or 1; the status if it is an error */
static u64 check_io(u64 id, u32 vp, u8 vtl, u16 port, u8 size, u8 write)
{
	struct check_in in = { id, vp, vtl, 0xa5, port, size, write };
	u8 out = 0xa5;
	u64 result = hv_do(MEMORY, CHECK_IO, &in, sizeof(in), &out, sizeof(out));

	return result ? result : out;
}

static u64 answer(const struct answer_in *in)
{
	return WITH_MEMORY(in->partition, hv_do(MEMORY, REGISTER_RESULT, in, sizeof(*in), NULL, 0));
}

/* As VMMs do: everything is replaced */
static u64 answer_cpuid(u64 id, u32 vp, u32 leaf, u32 subleaf, u8 always, u32 value)
{
	struct answer_in in = {
		.partition = id, .vp = vp, .type = 2, .leaf = leaf, .subleaf = subleaf,
		.specific = subleaf != ALL_SUBLEAVES, .always = always, .padding = 0xa5a5,
		.values = { value, ~0u, value + 1, ~0u, value + 2, ~0u, value + 3, ~0u },
		.padding2 = STALE,
	};

	return answer(&in);
}

static u64 remove(u64 id, u32 vp, u32 type, u32 first, u32 second)
{
	struct removal_in in = {
		id, vp, type, first, second, second != ALL_SUBLEAVES, { 0xa5, 0xa5, 0xa5 },
	};

	return hv_do(MEMORY, UNREGISTER_RESULT, &in, sizeof(in), NULL, 0);
}

static u64 answer_msr(u64 id, u32 vp, u32 msr, u32 access, u32 action)
{
	struct answer_in in = {
		.partition = id, .vp = vp, .type = 1, .msr = msr, .access = access,
		.action = action, .stale = { STALE, STALE, STALE, STALE, STALE },
	};

	return answer(&in);
}

static struct cpuid ask(u64 id, u32 vp, u32 flags, u32 leaf, u32 subleaf)
{
	struct {
		u64 partition;
		u32 vp, flags, reserved, padding, leaf, subleaf;
		u64 xfem, xss;
	} in = { id, vp, flags, 0, STALE, leaf, subleaf, 1, 0 };
	struct cpuid out = {};
	u64 result = hv_do(MEMORY, CPUID_VALUES | REP(1), &in, sizeof(in), &out, sizeof(out));

	if (result != REP(1))
		tap_result(false, 0x00f4, "CPUID 0x%x of VP %u is told", leaf, vp);
	return out;
}

/* Every type with the access mask that installs it, and a parameter that is out of range */
static const struct row {
	unsigned int code;
	u32 type, access;
	u64 parameter, bad;
} rows[] = {
#define ROW(...)	{ CASE(0x004d), __VA_ARGS__ }
	ROW(0x00, READ | WRITE, 0xffff, 0x10000),
	ROW(0x01, READ | WRITE, 0, 1),
	ROW(0x02, EXECUTE, 0xffffffff, BIT(32)),
	ROW(0x03, EXECUTE, 31, 32),
	ROW(0x06, EXECUTE, 0, 1),
	ROW(0x07, EXECUTE, 0, 1),
	ROW(0x08, EXECUTE, 0, 1),
	ROW(0x09, EXECUTE, 0, 1),
	ROW(0x0a, READ, 0, 1),
	ROW(0x0b, WRITE, 0xffffffff, BIT(32)),
	ROW(0x0c, READ, 0x10, BIT(32)),
	ROW(0x0c, WRITE, 0x10, BIT(63)),
	ROW(0x0c, READ | WRITE, 0xffffffff, BIT(32)),
	ROW(0x0d, EXECUTE, 0, 1),
	ROW(0x0e, WRITE, 0, 1),
	ROW(0x0f, EXECUTE, 0, 1),
	ROW(0x10, EXECUTE, 31, 32),
	ROW(0x11, READ, 0xffff0000, 0x00000001),	/* the end before the base */
	ROW(0x11, WRITE, 0x03ff03f8, 0x03f703f8),
	ROW(0x11, READ | WRITE, 0xffffffff, BIT(32)),
};

static void test_types(u64 id)
{
	static const u32 unknown[] = { 0x04, 0x05, 0x12, 0x13, 0x14, 0x10000, ~0u };

	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct row *r = &rows[i];

		tap_status(r->code, install(id, r->type, r->access, r->parameter), HV_SUCCESS,
			   "type 0x%x, access %u", r->type, r->access);
		tap_status(r->code, install(id, r->type, r->access | 8, r->parameter),
			   HV_INVALID_PARAMETER, "type 0x%x, unknown access", r->type);
		tap_status(r->code, install(id, r->type, r->access & EXECUTE ? READ : EXECUTE,
					    r->parameter),
			   HV_INVALID_PARAMETER, "type 0x%x, wrong access", r->type);
		tap_status(r->code, install(id, r->type, r->access, r->bad), HV_INVALID_PARAMETER,
			   "type 0x%x, parameter 0x%lx", r->type, r->bad);
		tap_status(r->code, install(id, r->type, 0, r->parameter), HV_SUCCESS,
			   "type 0x%x, removed", r->type);
		tap_status(r->code, install(id, r->type, 0, r->parameter), HV_SUCCESS,
			   "type 0x%x, removed again", r->type);
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(unknown); i++)
		TEST_EQUAL(0x004d, install(id, unknown[i], EXECUTE, 0), HV_INVALID_PARAMETER,
			   "type 0x%x is unknown", unknown[i]);
	TEST_EQUAL(0x004d, install(SELF, 3, EXECUTE, 3), HV_ACCESS_DENIED, "on itself");
	TEST_EQUAL(0x004d, install(NO_PARTITION, 3, EXECUTE, 3), HV_INVALID_PARTITION_ID,
		   "a partition that does not exist");
}

/* Exo: all ports at first. Then as installed and removed, here on a child that begins with none */
static void test_io(u64 exo)
{
	u64 id = child_start(0);

	WITH_MEMORY(id, hv_create_vp(id, 0));
	TEST_EQUAL(0x00ad, check_io(exo, 0, 0, 0x3f8, 1, 0), 1, "exo: a port is intercepted");
	TEST_EQUAL(0x00ad, check_io(exo, 0, 0, 0xffff, 4, 1), 1, "exo: the last port");
	TEST_EQUAL(0x004d, install(exo, 0x11, 0, 0x00810080), HV_SUCCESS, "exo: ports are let through");
	TEST_EQUAL(0x00ad, check_io(exo, 0, 0, 0x80, 2, 1), 0, "exo: these are not intercepted");
	TEST_EQUAL(0x00ad, check_io(exo, 0, 0, 0x80, 4, 1), 1, "exo: the next one is");
	install(exo, 0x11, READ | WRITE, 0xffff0000);

	TEST_EQUAL(0x00ad, check_io(id, 0, 0, 0x3f8, 1, 0), 0, "no port is intercepted");
	install(id, 0x11, READ, 0x03ff03f8);
	install(id, 0x00, READ | WRITE, 0x60);
	TEST_EQUAL(0x00ad, check_io(id, 0, 0, 0x3f8, 1, 0), 1, "the first of a range");
	TEST_EQUAL(0x00ad, check_io(id, 0, 0, 0x3ff, 1, 0), 1, "the last of a range");
	TEST_EQUAL(0x00ad, check_io(id, 0, 0, 0x400, 4, 0), 0, "after the range");
	TEST_EQUAL(0x00ad, check_io(id, 0, 0, 0x3f5, 4, 0), 1, "a wide access reaches it");
	TEST_EQUAL(0x00ad, check_io(id, 0, 0, 0x3f8, 1, 1), 0, "writes are not intercepted");
	TEST_EQUAL(0x00ad, check_io(id, 0, 0, 0x60, 1, 1), 1, "a single port");
	install(id, 0x11, 0, 0x03fb03fb);
	TEST_EQUAL(0x00ad, check_io(id, 0, 0, 0x3fb, 1, 0), 0, "a hole in the range");
	TEST_EQUAL(0x00ad, check_io(id, 0, 0, 0x3fa, 2, 0), 1, "beside the hole");

	TEST_EQUAL(0x00ad, check_io(id, 0, 0, 0x60, 0, 0), HV_INVALID_PARAMETER, "no size");
	TEST_EQUAL(0x00ad, check_io(id, 0, 0, 0x60, 3, 0), HV_INVALID_PARAMETER, "size 3");
	TEST_EQUAL(0x00ad, check_io(id, 0, 0, 0x60, 8, 0), HV_INVALID_PARAMETER, "size 8");
	TEST_EQUAL(0x00ad, check_io(id, 0, 0, 0x60, 1, 2), HV_INVALID_PARAMETER,
		   "neither read nor write");
	TEST_EQUAL(0x00ad, check_io(id, 1, 0, 0x60, 1, 0), HV_INVALID_VP_INDEX, "no such VP");
	TEST_EQUAL(0x00ad, check_io(id, 0, 0x10, 0x60, 1, 0), 1, "VTL0");
	TEST_EQUAL(0x00ad, check_io(id, 0, 0x11, 0x60, 1, 0), HV_INVALID_VTL_STATE, "VTL1");
	TEST_EQUAL(0x00ad, check_io(id, 0, 0x20, 0x60, 1, 0), HV_INVALID_PARAMETER, "reserved bits");
	TEST_EQUAL(0x00ad, check_io(SELF, 0, 0, 0x60, 1, 0), HV_ACCESS_DENIED, "on itself");
	TEST_EQUAL(0x00ad, check_io(NO_PARTITION, 0, 0, 0x60, 1, 0), HV_INVALID_PARTITION_ID,
		   "a partition that does not exist");
	TEST_EQUAL(0x004d, child_end(id), HV_SUCCESS, "a child goes with its intercepts");
}

static void test_cpuid(u64 id)
{
	struct cpuid own = ask(id, 0, 0, 1, 0), c;
	struct answer_in masked = {
		.partition = id, .vp = ANY_VP, .type = 2, .leaf = 0x80000004,
		.values = { 0x20202020, 0, 0x41424344, 0xff00ff00 },
	};

	TEST_EQUAL(0x0091, answer_cpuid(id, ANY_VP, 1, ALL_SUBLEAVES, 0, 0x00112230), HV_SUCCESS,
		   "leaf 1 of all VPs");
	c = ask(id, 0, APPLY_ANSWERS, 1, 0);
	TEST_EQUAL(0x0091, c.eax, 0x00112230, "EAX is the parent's");
	TEST_EQUAL(0x0091, c.ebx, own.ebx >> 24 << 24 | 0x00112231, "the APIC id is the hypervisor's");
	TEST_EQUAL(0x0091, ask(id, 0, 0, 1, 0).eax, own.eax, "who does not ask for it does not see it");
	TEST_EQUAL(0x0091, answer_cpuid(id, 1, 1, ALL_SUBLEAVES, 1, 0x77112230), HV_SUCCESS,
		   "leaf 1 of VP 1, always");
	TEST_EQUAL(0x0091, ask(id, 1, APPLY_ANSWERS, 1, 0).ebx, 0x77112231, "its APIC id, too");
	TEST_EQUAL(0x0091, ask(id, 0, APPLY_ANSWERS, 1, 0).eax, 0x00112230, "VP 0 has the other answer");
	TEST_EQUAL(0x0092, remove(id, 1, 2, 1, ALL_SUBLEAVES), HV_SUCCESS, "VP 1's is removed");
	TEST_EQUAL(0x0092, ask(id, 1, APPLY_ANSWERS, 1, 0).eax, 0x00112230, "that of all VPs counts");
	TEST_EQUAL(0x0092, remove(id, ANY_VP, 2, 1, ALL_SUBLEAVES), HV_SUCCESS, "that, too");
	TEST_EQUAL(0x0092, ask(id, 0, APPLY_ANSWERS, 1, 0).eax, own.eax, "leaf 1 is as it was");
	TEST_EQUAL(0x0092, remove(id, ANY_VP, 2, 1, ALL_SUBLEAVES), HV_NOT_FOUND, "removed twice");
	TEST_EQUAL(0x0092, remove(id, 1, 2, 0x77, 5), HV_NOT_FOUND, "what was never there");

	TEST_EQUAL(0x0091, answer_cpuid(id, ANY_VP, 0x40000080, 3, 0, 0x30), HV_SUCCESS,
		   "one subleaf of a leaf");
	TEST_EQUAL(0x0091, answer_cpuid(id, ANY_VP, 0x40000080, ALL_SUBLEAVES, 0, 0x40), HV_SUCCESS,
		   "all its subleaves");
	TEST_EQUAL(0x0091, ask(id, 0, APPLY_ANSWERS, 0x40000080, 3).edx, 0x33, "that subleaf");
	TEST_EQUAL(0x0091, ask(id, 0, APPLY_ANSWERS, 0x40000080, 2).edx, 0x43, "the others");

	own = ask(id, 0, 0, 0x80000004, 0);
	TEST_EQUAL(0x0091, answer(&masked), HV_SUCCESS, "some bits");
	c = ask(id, 0, APPLY_ANSWERS, 0x80000004, 0);
	TEST_EQUAL(0x0091, c.ebx, (own.ebx & 0x00ff00ff) | 0x41004300, "masked bits are replaced");
	TEST(0x0091, c.eax == own.eax && c.ecx == own.ecx && c.edx == own.edx, "others are not");

	TEST_EQUAL(0x0091, answer_cpuid(id, ANY_VP, 0x40000002, ALL_SUBLEAVES, 0, 0x1234), HV_SUCCESS,
		   "the hypervisor's version");
	TEST_EQUAL(0x0091, (u32)vp_get64(id, 0, 0x00000100), 0x1234, "and its register");
}

static void test_operands(u64 id)
{
	struct answer_in in = { .partition = id, .vp = 0, .leaf = 1 };

	in.type = 3;
	TEST_EQUAL(0x0091, answer(&in), HV_INVALID_PARAMETER, "exceptions have no answers");
	TEST_EQUAL(0x0092, remove(id, 0, 3, 1, 1), HV_INVALID_PARAMETER, "nor to remove");
	TEST_EQUAL(0x0091, answer_cpuid(id, 9, 1, 0, 0, 0), HV_INVALID_VP_INDEX, "no such VP");
	TEST_EQUAL(0x0092, remove(id, 9, 2, 1, 0), HV_INVALID_VP_INDEX, "no such VP");
	TEST_EQUAL(0x0091, answer_cpuid(SELF, 0, 1, 0, 0, 0), HV_ACCESS_DENIED, "on itself");
	TEST_EQUAL(0x0092, remove(SELF, 0, 2, 1, 0), HV_ACCESS_DENIED, "on itself");
	TEST_EQUAL(0x0091, answer_cpuid(NO_PARTITION, 0, 1, 0, 0, 0), HV_INVALID_PARTITION_ID,
		   "a partition that does not exist");
	TEST_EQUAL(0x0092, remove(NO_PARTITION, 0, 2, 1, 0), HV_INVALID_PARTITION_ID,
		   "a partition that does not exist");

	for (u32 access = 1; access < 4; access++)
		TEST_EQUAL(0x0091, answer_msr(id, ANY_VP, 0x1000, access, access & 1), HV_SUCCESS,
			   "MSR, access %u", access);
	TEST_EQUAL(0x0091, answer_msr(id, 0, 0x1000, 0, 0), HV_INVALID_PARAMETER, "MSR, no access");
	TEST_EQUAL(0x0091, answer_msr(id, 0, 0x1000, 4, 0), HV_INVALID_PARAMETER, "MSR, executed");
	TEST_EQUAL(0x0091, answer_msr(id, 0, 0x1000, 1, 2), HV_INVALID_PARAMETER, "unknown action");
	TEST_EQUAL(0x0092, remove(id, ANY_VP, 1, 0x1000, READ), HV_SUCCESS, "reads of an MSR");
	TEST_EQUAL(0x0092, remove(id, ANY_VP, 1, 0x1000, READ), HV_NOT_FOUND, "reads again");
	TEST_EQUAL(0x0092, remove(id, ANY_VP, 12, 0x1000, WRITE), HV_SUCCESS, "writes, by the other type");
	TEST_EQUAL(0x0092, remove(id, 0, 1, 0x1000, 3), HV_NOT_FOUND, "of one VP");
}

static void test_forms(u64 id)
{
	struct install_in i = { id, EXECUTE, 3, 14 };
	struct check_in k = { id, 0, 0, 0, 0x60, 1, 1 };
	struct answer_in a = { .partition = id, .vp = 0, .type = 2, .leaf = 0x40000081,
			       .values = { 0x99, ~0u } };
	struct removal_in r = { id, 0, 2, 0x40000081, 0, 0, {} };
	u8 out = 0xa5;

	TEST_EQUAL(0x004d, hv_do(REGISTERS, INSTALL_INTERCEPT, &i, sizeof(i), NULL, 0), HV_SUCCESS,
		   "in registers");
	TEST_EQUAL(0x00ad, hv_do(REGISTERS, CHECK_IO, &k, sizeof(k), &out, 1), HV_SUCCESS,
		   "in registers");
	TEST_EQUAL(0x00ad, out, 1, "in registers: the answer");
	TEST_EQUAL(0x0091, WITH_MEMORY(id, hv_do(REGISTERS, REGISTER_RESULT, &a, sizeof(a), NULL, 0)),
		   HV_SUCCESS, "in registers");
	TEST_EQUAL(0x0091, ask(id, 0, APPLY_ANSWERS, 0x40000081, 0).eax, 0x99, "in registers: the answer");
	TEST_EQUAL(0x0092, hv_do(REGISTERS, UNREGISTER_RESULT, &r, sizeof(r), NULL, 0), HV_SUCCESS,
		   "in registers");
}

/* As many as there can be; then all is given back */
static void test_limits(u64 id)
{
	u64 result = 0;
	u32 made;

	for (made = 0; !result && made < 4096; made++)
		result = install(id, 0x0c, READ, made);
	TEST_EQUAL(0x004d, result, HV_NO_RESOURCES, "there are not too many MSRs");
	TEST_EQUAL(0x004d, made - 1, 512, "there are as many as documented");
	result = 0;
	for (made = 0; !result && made < 4096; made++)
		result = answer_cpuid(id, 1, 0x1000 + made, ALL_SUBLEAVES, 0, made);
	TEST_EQUAL(0x0091, result, HV_NO_RESOURCES, "there are not too many answers");
	TEST_EQUAL(0x0091, made - 1, 512, "there are as many as documented");
	TEST_EQUAL(0x0091, ask(id, 1, APPLY_ANSWERS, 0x1000 + 300, 0).eax, 300, "each is there");
	TEST_EQUAL(0x0091, hv_delete_vp(id, 1), HV_SUCCESS, "a VP goes with its answers");
}

static void test_denied(void)
{
	TEST_EQUAL(0x004d, install(NO_PARTITION, 3, EXECUTE, 3), HV_ACCESS_DENIED,
		   "denied without CreatePartitions");
	TEST_EQUAL(0x00ad, check_io(NO_PARTITION, 0, 0, 0, 1, 0), HV_ACCESS_DENIED,
		   "denied without CreatePartitions");
	TEST_EQUAL(0x0091, answer_cpuid(NO_PARTITION, 0, 1, 0, 0, 0), HV_ACCESS_DENIED,
		   "denied without CreatePartitions");
	TEST_EQUAL(0x0092, remove(NO_PARTITION, 0, 2, 1, 0), HV_ACCESS_DENIED,
		   "denied without CreatePartitions");
}

void test_main(void)
{
	u64 id;

	hv_init();
	if (!hv_may(PRIV_CREATE_PARTITIONS)) {
		test_denied();
		return;
	}
	id = child_start(CREATE_LINUX);
	WITH_MEMORY(id, hv_create_vp(id, 0));
	WITH_MEMORY(id, hv_create_vp(id, 1));
	test_types(id);
	test_io(id);
	test_cpuid(id);
	test_operands(id);
	test_forms(id);
	test_limits(id);
	TEST_EQUAL(0x0091, child_end(id), HV_SUCCESS, "a child goes with its answers");
}
