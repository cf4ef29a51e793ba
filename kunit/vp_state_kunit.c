// SPDX-License-Identifier: GPL-2.0
/*
 * State of a child's VP in bulk. Layouts and rules are those of the sheet's entries 0x00e3
 * and 0x00e4; that of the XSAVE area is the Intel SDM's, volume 1, "XSAVE Area".
 */
#include <linux/string.h>
#include <linux/unaligned.h>

#include "fed_child.h"

#define GET		0x00e3
#define SET		0x00e4

#define LAPIC		0x80000000U
#define XSAVE		0x80000001U
#define SIM		0x80000002U
#define SIEF		0x80000003U
#define TIMERS		4U

/* Pages of the caller that lists name */
#define BUFFER		10
#define BUFFER_AT	(BUFFER * SZ_4K)
#define BUFFERS		3

#define EXPLICIT_SUSPEND	0x00000000
#define XMM0			0x00030000
#define FPMMX0			0x00030010
#define FP_CONTROL		0x00030018
#define XMM_CONTROL		0x00030019
#define SIEFP			0x000a0012
#define SIMP			0x000a0013
#define STIMER0_CONFIG		0x000b0000
#define APIC(number)		(0x00084800 + (number))

struct request {
	u64 id;
	u32 vp;
	u8 vtl, rsvd[3];
	u32 type, rsvd2;
	u64 flags, states;
	u64 var[32];
};

/*
 * A processor with x87, SSE, AVX (256 bytes at 576) and a component of two pages (8192 bytes
 * at 2816, where AMX has its tiles)
 */
#define STATES		(0x7 | BIT_ULL(18))
#define AREA		11008

static int init(struct kunit *test)
{
	static const struct hvp_cpuid leaves[] = {
		{ .function = 0, .regs = { 0xd, 0x756e6547, 0x6c65746e, 0x49656e69 } },
		/* XSAVE, AVX; AMX tiles */
		{ .function = 1, .regs = { 0, 0, BIT(26) | BIT(28), BIT(24) | BIT(25) } },
		{ .function = 7, .indexed = true, .regs = { 0, 0, 0, BIT(24) } },
		{ .function = 0xd, .index = 0, .indexed = true,
		  .regs = { STATES, AREA, AREA, 0 } },
		{ .function = 0xd, .index = 2, .indexed = true, .regs = { 256, 576 } },
		{ .function = 0xd, .index = 18, .indexed = true, .regs = { 8192, 2816 } },
		{ .function = 0x40000000, .regs = { 0x4000000a } },
	};
	struct fed_child *child;
	struct fake_vm *vm;
	u32 i;

	child = kunit_kzalloc(test, sizeof(*child), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, child);
	vm = fake_vm_create(test, HVPERSONA_ROLE_ROOT, HV_PRIVILEGES_DEFINED, FAKE_VPS);
	for (i = 0; i < FAKE_VPS; i++) {
		struct hvp_cpuid *table = kvmalloc_array(ARRAY_SIZE(leaves), sizeof(*table),
							 GFP_KERNEL);

		KUNIT_ASSERT_NOT_NULL(test, table);
		memcpy(table, leaves, sizeof(leaves));
		KUNIT_ASSERT_EQ(test, hvp_cpuid_publish(vm->vps[i].vp, table,
							ARRAY_SIZE(leaves)), 0);
		kvfree(table);
	}
	fed_child_create(vm, child, HV_CREATE_LAPIC);
	test->priv = child;
	return 0;
}

static void end(struct kunit *test)
{
	struct fed_child *child = test->priv;

	test->priv = child ? child->vm : NULL;
	fake_exit(test);
}

static void prepare(struct fed_child *child, struct request *in, u32 type)
{
	u32 i;

	*in = (struct request) { .id = child->id, .type = type };
	if (type == XSAVE)
		in->states = STATES;
	for (i = 0; i < BUFFERS; i++)
		in->var[i] = BUFFER + i;
}

static u32 get(struct fed_child *child, const struct request *in, u32 var, void *out, u32 size)
{
	return HV_STATUS(fake_call(child->vm, GET | HV_VAR(var), in, 40 + 8 * var, out, size));
}

static u32 set(struct fed_child *child, const struct request *in, u32 var)
{
	return HV_STATUS(fake_call(child->vm, SET | HV_VAR(var), in, 40 + 8 * var, NULL, 0));
}

static u8 *buffer(struct fed_child *child)
{
	return child->vm->ram + BUFFER_AT;
}

/* Get and set state that lies in the buffer pages */
static u32 get_pages(struct fed_child *child, u32 type)
{
	struct request in;

	prepare(child, &in, type);
	memset(buffer(child), FAKE_POISON, BUFFERS * SZ_4K);
	return get(child, &in, BUFFERS, NULL, 0);
}

static u32 set_pages(struct fed_child *child, u32 type)
{
	struct request in;

	prepare(child, &in, type);
	return set(child, &in, BUFFERS);
}

static u32 get32(struct fed_child *child, u32 offset)
{
	return get_unaligned((u32 *)(buffer(child) + offset));
}

static void put32(struct fed_child *child, u32 offset, u32 value)
{
	put_unaligned(value, (u32 *)(buffer(child) + offset));
}

/* The structure's fields and the registers that they are, by number of the x2APIC register */
static const struct {
	u8 offset, number, count;
	u32 value;	/* one that is legal; runs count up from it */
} apic_fields[] = {
	{ 16, 0x0f, 1, 0x1ff },		/* spurious */
	{ 20, 0x10, 8, 0x10000 },	/* ISR */
	{ 52, 0x18, 8, 0x20000 },	/* TMR */
	{ 84, 0x20, 8, 0x40000 },	/* IRR */
	{ 116, 0x28, 1, 0x60 },		/* ESR */
	{ 128, 0x32, 1, 0x200ef },	/* timer: periodic */
	{ 132, 0x33, 1, 0x10032 },	/* thermal */
	{ 136, 0x34, 1, 0x400 },	/* performance: NMI */
	{ 140, 0x35, 1, 0x700 },	/* LINT0: ExtINT */
	{ 144, 0x36, 1, 0x8400 },	/* LINT1: NMI, level */
	{ 148, 0x37, 1, 0x100fe },	/* error */
	{ 160, 0x38, 1, 12345678 },	/* initial count */
	{ 164, 0x39, 1, 1234567 },	/* counter value */
	{ 168, 0x3e, 1, 0xb },		/* divide configuration */
};

static void lapic_state_is_the_registers(struct kunit *test)
{
	struct fed_child *child = test->priv;
	u32 i, n;

	KUNIT_ASSERT_EQ(test, get_pages(child, LAPIC), 0U);
	/* 176 bytes and no more */
	KUNIT_EXPECT_EQ(test, get32(child, 176), 0xa5a5a5a5U);
	KUNIT_EXPECT_EQ(test, get32(child, 0), (u32)fed_child_get(child, APIC(2)));
	KUNIT_EXPECT_EQ(test, get32(child, 4), (u32)fed_child_get(child, APIC(3)));
	KUNIT_EXPECT_EQ(test, get32(child, 8), (u32)fed_child_get(child, APIC(0xd)));

	for (i = 0; i < ARRAY_SIZE(apic_fields); i++)
		for (n = 0; n < apic_fields[i].count; n++)
			put32(child, apic_fields[i].offset + 4 * n, apic_fields[i].value + n * 0x10000);
	put32(child, 12, 0x1fffffff);		/* DFR: cluster */
	put32(child, 120, 0x03000000);		/* ICR high and low */
	put32(child, 124, 0x000c4500);
	put32(child, 152, 0x100f2);		/* CMCI */
	put32(child, 156, 0x40);		/* error status */
	put32(child, 172, 0x12345678);		/* remote read */
	KUNIT_ASSERT_EQ(test, set_pages(child, LAPIC), 0U);

	for (i = 0; i < ARRAY_SIZE(apic_fields); i++)
		for (n = 0; n < apic_fields[i].count; n++)
			KUNIT_EXPECT_EQ_MSG(test, fed_child_get(child, APIC(apic_fields[i].number + n)),
					    apic_fields[i].value + n * 0x10000ULL, "offset %u",
					    apic_fields[i].offset + 4 * n);
	KUNIT_EXPECT_EQ(test, fed_child_get(child, APIC(0x30)), 0x03000000000c4500ULL);
}

static void lapic_state_makes_a_round_trip(struct kunit *test)
{
	struct fed_child *child = test->priv;
	u8 *saved = kunit_kzalloc(test, 176, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, saved);
	lapic_state_is_the_registers(test);
	memcpy(saved, buffer(child), 176);
	KUNIT_ASSERT_EQ(test, get_pages(child, LAPIC), 0U);
	KUNIT_EXPECT_MEMEQ(test, buffer(child), saved, 176);
	/* A register that is written shows up */
	fed_child_set(child, APIC(0x35), 0x10000, 0);
	KUNIT_ASSERT_EQ(test, get_pages(child, LAPIC), 0U);
	KUNIT_EXPECT_EQ(test, get32(child, 140), 0x10000U);
}

/* Whatever is refused, all stays as it was, also what came before it */
static void bad_lapic_state_changes_nothing(struct kunit *test)
{
	static const struct {
		u8 offset;
		u32 value;
	} bad[] = {
		{ 0, 0x55 },		/* another id */
		{ 16, 0x80000000 },	/* spurious */
		{ 20, 0x8000 },		/* vector 15 in service */
		{ 52, 0x1 },
		{ 84, 0x10 },
		{ 128, 0x80000000 },	/* LVT */
		{ 144, 0x20000 },
		{ 152, 0x20000 },	/* CMCI */
		{ 168, 0x10 },		/* divide */
	};
	struct fed_child *child = test->priv;
	u8 *saved = kunit_kzalloc(test, 176, GFP_KERNEL);
	u32 i;

	KUNIT_ASSERT_NOT_NULL(test, saved);
	KUNIT_ASSERT_EQ(test, get_pages(child, LAPIC), 0U);
	memcpy(saved, buffer(child), 176);
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		memcpy(buffer(child), saved, 176);
		put32(child, 20, 0x10000);		/* ISR: legal by itself */
		put32(child, 140, 0x700);		/* LINT0 too */
		put32(child, bad[i].offset, bad[i].value);
		KUNIT_EXPECT_EQ_MSG(test, set_pages(child, LAPIC),
				    (u32)HV_STATUS_INVALID_PARAMETER, "offset %u", bad[i].offset);
		KUNIT_ASSERT_EQ(test, get_pages(child, LAPIC), 0U);
		KUNIT_EXPECT_MEMEQ_MSG(test, buffer(child), saved, 176, "offset %u", bad[i].offset);
	}
}

static void lapic_version_and_x2apic_ldr_cannot_be_set(struct kunit *test)
{
	struct fed_child *child = test->priv;
	u64 version = fed_child_get(child, APIC(3));

	KUNIT_ASSERT_EQ(test, get_pages(child, LAPIC), 0U);
	put32(child, 4, 0x12345678);
	put32(child, 8, 0x01000000);
	KUNIT_ASSERT_EQ(test, set_pages(child, LAPIC), 0U);
	KUNIT_EXPECT_EQ(test, fed_child_get(child, APIC(3)), version);
	KUNIT_EXPECT_EQ(test, fed_child_get(child, APIC(0xd)), 0x01000000ULL);
}

/* FXSAVE: FCW, FSW, FTW, FOP, FIP; FDP, MXCSR, its mask; x87 and XMM registers */
static void xsave_legacy_region_is_the_registers(struct kunit *test)
{
	struct fed_child *child = test->priv;
	u32 i;

	fed_child_set(child, FP_CONTROL, 0x0102007f11220b7fULL, 0x1122334455667788);
	fed_child_set(child, XMM_CONTROL, 0x99aabbccddeeff00, 0x1f80);
	for (i = 0; i < 8; i++)
		fed_child_set(child, FPMMX0 + i, 0x8000000000000001ULL + i, 0x3fff);
	for (i = 0; i < 16; i++)
		fed_child_set(child, XMM0 + i, 0x100 + i, 0x200 + i);
	KUNIT_ASSERT_EQ(test, get_pages(child, XSAVE), 0U);

	KUNIT_EXPECT_EQ(test, get_unaligned((u64 *)buffer(child)), 0x0102007f11220b7fULL);
	KUNIT_EXPECT_EQ(test, get_unaligned((u64 *)(buffer(child) + 8)), 0x1122334455667788ULL);
	KUNIT_EXPECT_EQ(test, get_unaligned((u64 *)(buffer(child) + 16)), 0x99aabbccddeeff00ULL);
	KUNIT_EXPECT_EQ(test, get32(child, 24), 0x1f80U);
	for (i = 0; i < 8; i++) {
		KUNIT_EXPECT_EQ(test, get32(child, 32 + 16 * i), i + 1);
		KUNIT_EXPECT_EQ(test, get32(child, 36 + 16 * i), 0x80000000U);
		KUNIT_EXPECT_EQ(test, get32(child, 40 + 16 * i), 0x3fffU);
	}
	for (i = 0; i < 16; i++) {
		KUNIT_EXPECT_EQ(test, get32(child, 160 + 16 * i), 0x100 + i);
		KUNIT_EXPECT_EQ(test, get32(child, 168 + 16 * i), 0x200 + i);
	}
	/* Header: both legacy components, nothing else in use, standard format */
	KUNIT_EXPECT_EQ(test, get_unaligned((u64 *)(buffer(child) + 512)), 3ULL);
	KUNIT_EXPECT_NULL(test, memchr_inv(buffer(child) + 520, 0, AREA - 520));
	/* 11008 bytes and no more */
	KUNIT_EXPECT_NULL(test, memchr_inv(buffer(child) + AREA, FAKE_POISON,
					   BUFFERS * SZ_4K - AREA));
}

/* An area in which everything is in use and every byte may be told from its neighbours */
static void fill_area(struct fed_child *child)
{
	u32 i;

	memset(buffer(child), 0, BUFFERS * SZ_4K);
	put32(child, 0, 0x0b7f);
	put32(child, 24, 0x1f80);
	for (i = 0; i < 8; i++)
		put32(child, 32 + 16 * i, i + 1);
	for (i = 160; i < 416; i += 4)
		put32(child, i, i);
	put32(child, 512, STATES);
	for (i = 576; i < 832; i += 4)
		put32(child, i, i);
	for (i = 2816; i < AREA; i += 4)
		put32(child, i, i);
}

static void xsave_state_makes_a_round_trip(struct kunit *test)
{
	struct fed_child *child = test->priv;
	u8 *saved = kunit_kzalloc(test, AREA, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, saved);
	fill_area(child);
	memcpy(saved, buffer(child), AREA);
	KUNIT_ASSERT_EQ(test, set_pages(child, XSAVE), 0U);
	KUNIT_EXPECT_EQ(test, fed_child_get(child, XMM0 + 1), 180ULL << 32 | 176);
	KUNIT_EXPECT_EQ(test, fed_child_get(child, FPMMX0 + 7), 8ULL);

	KUNIT_ASSERT_EQ(test, get_pages(child, XSAVE), 0U);
	put32(child, 28, 0);			/* the mask of MXCSR is the processor's */
	KUNIT_EXPECT_MEMEQ(test, buffer(child), saved, AREA);
}

/* Components that the mask leaves out stay, those that the area has not are initial */
static void xsave_components_are_chosen(struct kunit *test)
{
	struct fed_child *child = test->priv;
	struct request in;

	fill_area(child);
	KUNIT_ASSERT_EQ(test, set_pages(child, XSAVE), 0U);

	prepare(child, &in, XSAVE);
	in.states = 0x4 | 0x1;			/* AVX and x87 */
	put32(child, 512, 0);
	KUNIT_ASSERT_EQ(test, set(child, &in, BUFFERS), 0U);
	KUNIT_ASSERT_EQ(test, get_pages(child, XSAVE), 0U);
	KUNIT_EXPECT_EQ(test, get_unaligned((u64 *)(buffer(child) + 512)), STATES & ~4ULL);
	KUNIT_EXPECT_EQ(test, get32(child, 0), 0x37fU);
	KUNIT_EXPECT_NULL(test, memchr_inv(buffer(child) + 32, 0, 128));
	KUNIT_EXPECT_EQ(test, get32(child, 160), 160U);
	KUNIT_EXPECT_NULL(test, memchr_inv(buffer(child) + 576, 0, 256));
	KUNIT_EXPECT_EQ(test, get32(child, 2816), 2816U);
	KUNIT_EXPECT_EQ(test, get32(child, AREA - 4), AREA - 4U);

	/* Getting with a mask leaves the others out */
	memset(buffer(child), FAKE_POISON, BUFFERS * SZ_4K);
	in.states = 0x2;
	KUNIT_ASSERT_EQ(test, get(child, &in, BUFFERS, NULL, 0), 0U);
	KUNIT_EXPECT_EQ(test, get_unaligned((u64 *)(buffer(child) + 512)), 2ULL);
	KUNIT_EXPECT_EQ(test, get32(child, 0), 0U);
	KUNIT_EXPECT_EQ(test, get32(child, 160), 160U);
	KUNIT_EXPECT_NULL(test, memchr_inv(buffer(child) + 576, 0, AREA - 576));
}

static void bad_xsave_state_changes_nothing(struct kunit *test)
{
	static const struct {
		u16 offset;
		u32 value;
	} bad[] = {
		{ 24, 0x80000000 },		/* MXCSR */
		{ 512, 0x8 | STATES },		/* XSTATE_BV: no such component */
		{ 516, 0x80000000 },
		{ 520, 0x7 },			/* XCOMP_BV */
		{ 524, 0x80000000 },		/* compacted */
		{ 528, 1 },			/* reserved */
		{ 572, 1 },
	};
	struct fed_child *child = test->priv;
	u8 *saved = kunit_kzalloc(test, AREA, GFP_KERNEL);
	u32 i;

	KUNIT_ASSERT_NOT_NULL(test, saved);
	KUNIT_ASSERT_EQ(test, get_pages(child, XSAVE), 0U);
	memcpy(saved, buffer(child), AREA);
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		fill_area(child);
		put32(child, bad[i].offset, bad[i].value);
		KUNIT_EXPECT_EQ_MSG(test, set_pages(child, XSAVE),
				    (u32)HV_STATUS_INVALID_PARAMETER, "offset %u", bad[i].offset);
		KUNIT_ASSERT_EQ(test, get_pages(child, XSAVE), 0U);
		KUNIT_EXPECT_MEMEQ_MSG(test, buffer(child), saved, AREA, "offset %u",
				       bad[i].offset);
	}
}

static void xsave_operands_are_checked(struct kunit *test)
{
	struct fed_child *child = test->priv;
	struct request in;

	prepare(child, &in, XSAVE);
	in.flags = 1;
	KUNIT_EXPECT_EQ(test, get(child, &in, 3, NULL, 0), (u32)HV_STATUS_INVALID_PARAMETER);
	KUNIT_EXPECT_EQ(test, set(child, &in, 3), (u32)HV_STATUS_INVALID_PARAMETER);
	prepare(child, &in, XSAVE);
	in.states |= 8;
	KUNIT_EXPECT_EQ(test, get(child, &in, 3, NULL, 0), (u32)HV_STATUS_INVALID_PARAMETER);
	KUNIT_EXPECT_EQ(test, set(child, &in, 3), (u32)HV_STATUS_INVALID_PARAMETER);
	/* 11008 bytes need three pages */
	prepare(child, &in, XSAVE);
	KUNIT_EXPECT_EQ(test, get(child, &in, 2, NULL, 0), (u32)HV_STATUS_INVALID_PARAMETER);
	KUNIT_EXPECT_EQ(test, set(child, &in, 2), (u32)HV_STATUS_INVALID_PARAMETER);
}

/* Memory of the child where a SynIC page is: page 5 of the parent */
static void synic_page_is_the_childs_memory(struct kunit *test, u32 type, u32 name)
{
	struct fed_child *child = test->priv;

	fed_child_map(child, 0x200, 5, 0xf);
	/* Not enabled: zeros, and nothing else can be set */
	KUNIT_EXPECT_EQ(test, get_pages(child, type), 0U);
	KUNIT_EXPECT_NULL(test, memchr_inv(buffer(child), 0, SZ_4K));
	KUNIT_EXPECT_EQ(test, get32(child, SZ_4K), 0xa5a5a5a5U);
	KUNIT_EXPECT_EQ(test, set_pages(child, type), 0U);
	put32(child, 4092, 1);
	KUNIT_EXPECT_EQ(test, set_pages(child, type), (u32)HV_STATUS_INVALID_PARAMETER);

	fed_child_set(child, name, 0x200001, 0);
	memset(buffer(child), 0x3c, SZ_4K);
	KUNIT_EXPECT_EQ(test, set_pages(child, type), 0U);
	KUNIT_EXPECT_NULL(test, memchr_inv(child->vm->ram + 5 * SZ_4K, 0x3c, SZ_4K));
	KUNIT_EXPECT_EQ(test, child->vm->ram[6 * SZ_4K], 0);
	child->vm->ram[5 * SZ_4K + 4095] = 0x4d;
	KUNIT_EXPECT_EQ(test, get_pages(child, type), 0U);
	KUNIT_EXPECT_EQ(test, get32(child, 4092), 0x4d3c3c3cU);

	/* Where the child has no memory */
	fed_child_set(child, name, 0x201001, 0);
	KUNIT_EXPECT_EQ(test, get_pages(child, type), (u32)HV_STATUS_OPERATION_DENIED);
	KUNIT_EXPECT_EQ(test, set_pages(child, type), (u32)HV_STATUS_OPERATION_DENIED);
}

static void sim_page_is_the_childs_memory(struct kunit *test)
{
	synic_page_is_the_childs_memory(test, SIM, SIMP);
}

static void sief_page_is_the_childs_memory(struct kunit *test)
{
	synic_page_is_the_childs_memory(test, SIEF, SIEFP);
}

/* Per timer flags at 0, configuration at 8, count at 16, adjustment 24, expiration 32 */
static void timers_are_the_registers(struct kunit *test)
{
	struct fed_child *child = test->priv;
	struct request in;
	u64 out[26];
	u32 i;

	prepare(child, &in, TIMERS);
	for (i = 0; i < 4; i++) {
		fed_child_set(child, STIMER0_CONFIG + 2 * i + 1, 1000 + i, 0);
		fed_child_set(child, STIMER0_CONFIG + 2 * i, (i + 1) << 16 | 2, 0);
	}
	KUNIT_ASSERT_EQ(test, get(child, &in, 0, out, sizeof(out)), 0U);
	for (i = 0; i < 4; i++) {
		KUNIT_EXPECT_EQ(test, out[5 * i], 0ULL);
		KUNIT_EXPECT_EQ(test, out[5 * i + 1], (u64)(i + 1) << 16 | 2);
		KUNIT_EXPECT_EQ(test, out[5 * i + 2], 1000ULL + i);
		KUNIT_EXPECT_EQ(test, out[5 * i + 3], 0ULL);
		KUNIT_EXPECT_EQ(test, out[5 * i + 4], 0ULL);
	}
	/* 200 bytes, of which 40 are reserved, and no more */
	KUNIT_EXPECT_NULL(test, memchr_inv(out + 20, 0, 40));
	KUNIT_EXPECT_EQ(test, out[25], 0xa5a5a5a5a5a5a5a5ULL);
}

static void timers_make_a_round_trip(struct kunit *test)
{
	struct fed_child *child = test->priv;
	struct request in;
	u64 out[25];
	u32 i;

	prepare(child, &in, TIMERS);
	memset(in.var, 0, sizeof(in.var));
	for (i = 0; i < 4; i++) {
		in.var[5 * i] = i & 1;
		in.var[5 * i + 1] = (i + 1) << 16 | 2;
		in.var[5 * i + 2] = 77 + i;
		in.var[5 * i + 3] = 88 + i;
		in.var[5 * i + 4] = 99 + i;
	}
	KUNIT_ASSERT_EQ(test, set(child, &in, 25), 0U);
	KUNIT_EXPECT_EQ(test, fed_child_get(child, STIMER0_CONFIG + 6), 4ULL << 16 | 2);
	KUNIT_EXPECT_EQ(test, fed_child_get(child, STIMER0_CONFIG + 7), 80ULL);
	KUNIT_ASSERT_EQ(test, get(child, &in, 0, out, sizeof(out)), 0U);
	KUNIT_EXPECT_MEMEQ(test, out, in.var, sizeof(out));
}

static void bad_timers_change_nothing(struct kunit *test)
{
	static const struct {
		u8 at;
		u64 value;
	} bad[] = {
		{ 0, 2 },		/* flags: no such bit */
		{ 15, BIT_ULL(32) },	/* reserved, of the last timer */
		{ 20, 1 }, { 24, 1 },	/* reserved at the end */
	};
	struct fed_child *child = test->priv;
	u64 before[25], after[25];
	struct request in;
	u32 i;

	prepare(child, &in, TIMERS);
	KUNIT_ASSERT_EQ(test, get(child, &in, 0, before, sizeof(before)), 0U);
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		memset(in.var, 0, sizeof(in.var));
		in.var[2] = 5;
		in.var[bad[i].at] = bad[i].value;
		KUNIT_EXPECT_EQ(test, set(child, &in, 25), (u32)HV_STATUS_INVALID_PARAMETER);
		KUNIT_EXPECT_EQ(test, get(child, &in, 0, after, sizeof(after)), 0U);
		KUNIT_EXPECT_MEMEQ(test, after, before, sizeof(after));
	}
	/* The length is that of the state */
	memset(in.var, 0, sizeof(in.var));
	KUNIT_EXPECT_EQ(test, set(child, &in, 24), (u32)HV_STATUS_INVALID_PARAMETER);
	KUNIT_EXPECT_EQ(test, set(child, &in, 26), (u32)HV_STATUS_INVALID_PARAMETER);
	KUNIT_EXPECT_EQ(test, set(child, &in, 0), (u32)HV_STATUS_INVALID_PARAMETER);
	KUNIT_EXPECT_EQ(test, get(child, &in, 1, after, sizeof(after)),
			(u32)HV_STATUS_INVALID_PARAMETER);
	KUNIT_EXPECT_EQ(test, after[0], 0xa5a5a5a5a5a5a5a5ULL);
}

/* Both calls, with a page; both must give the same */
static void expect_both(struct fed_child *child, const struct request *in, u32 status)
{
	KUNIT_EXPECT_EQ(child->vm->test, get(child, in, 1, NULL, 0), status);
	KUNIT_EXPECT_EQ(child->vm->test, set(child, in, 1), status);
}

static void bad_operands_are_rejected(struct kunit *test)
{
	static const u32 no_types[] = { 0, 1, 3, 5, 0x7fffffff, 0x80000004, U32_MAX };
	struct fed_child *child = test->priv;
	struct request in;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(no_types); i++) {
		prepare(child, &in, no_types[i]);
		expect_both(child, &in, HV_STATUS_INVALID_PARAMETER);
	}
	prepare(child, &in, LAPIC);
	in.vp = 1;
	expect_both(child, &in, HV_STATUS_INVALID_VP_INDEX);
	prepare(child, &in, LAPIC);
	in.vtl = 0x20;
	expect_both(child, &in, HV_STATUS_INVALID_PARAMETER);
	in.vtl = 0x11;
	expect_both(child, &in, HV_STATUS_INVALID_VTL_STATE);
	prepare(child, &in, LAPIC);
	in.rsvd[2] = 1;
	expect_both(child, &in, HV_STATUS_INVALID_PARAMETER);
	prepare(child, &in, LAPIC);
	in.rsvd2 = 1;
	expect_both(child, &in, HV_STATUS_INVALID_PARAMETER);
	prepare(child, &in, LAPIC);
	in.id += 1000;
	expect_both(child, &in, HV_STATUS_INVALID_PARTITION_ID);
	prepare(child, &in, LAPIC);
	child->pt->state = HVPERSONA_STATE_FINALIZED;
	expect_both(child, &in, HV_STATUS_INVALID_PARTITION_STATE);
	child->pt->state = HVPERSONA_STATE_ACTIVE;
}

static void page_lists_are_checked(struct kunit *test)
{
	struct fed_child *child = test->priv;
	struct request in;

	prepare(child, &in, LAPIC);
	KUNIT_EXPECT_EQ(test, get(child, &in, 0, NULL, 0), (u32)HV_STATUS_INVALID_PARAMETER);
	KUNIT_EXPECT_EQ(test, set(child, &in, 0), (u32)HV_STATUS_INVALID_PARAMETER);
	in.var[0] = FAKE_PAGES;				/* no RAM */
	expect_both(child, &in, HV_STATUS_INVALID_PARAMETER);
	in.var[0] = BIT_ULL(FAKE_PA_BITS - 12);		/* beyond the space */
	expect_both(child, &in, HV_STATUS_INVALID_PARAMETER);
	in.var[0] = U64_MAX;
	expect_both(child, &in, HV_STATUS_INVALID_PARAMETER);
	in.var[0] = FAKE_ROM >> PAGE_SHIFT;		/* can be read, not written */
	KUNIT_EXPECT_EQ(test, get(child, &in, 1, NULL, 0), (u32)HV_STATUS_INVALID_PARAMETER);
	/* More pages than needed are not looked at */
	prepare(child, &in, LAPIC);
	in.var[1] = U64_MAX;
	KUNIT_EXPECT_EQ(test, get(child, &in, 2, NULL, 0), 0U);
	KUNIT_EXPECT_EQ(test, set(child, &in, 2), 0U);
}

static void vp_that_may_run_has_no_state_to_give(struct kunit *test)
{
	struct fed_child *child = test->priv;
	struct request in;

	fed_child_set(child, EXPLICIT_SUSPEND, 0, 0);
	prepare(child, &in, LAPIC);
	expect_both(child, &in, HV_STATUS_INVALID_VP_STATE);
	prepare(child, &in, TIMERS);
	KUNIT_EXPECT_EQ(test, get(child, &in, 0, NULL, 0), (u32)HV_STATUS_INVALID_VP_STATE);
	fed_child_set(child, EXPLICIT_SUSPEND, 1, 0);
	prepare(child, &in, LAPIC);
	expect_both(child, &in, HV_STATUS_SUCCESS);
}

/* "Root on itself in the table": its VPs run, for one of them makes the call */
static void root_may_name_itself_but_runs(struct kunit *test)
{
	struct fed_child *child = test->priv;
	struct request in;

	prepare(child, &in, XSAVE);
	in.id = HV_PARTITION_ID_SELF;
	KUNIT_EXPECT_EQ(test, set(child, &in, 3), (u32)HV_STATUS_INVALID_VP_STATE);
	in.vp = FAKE_VPS;
	KUNIT_EXPECT_EQ(test, set(child, &in, 3), (u32)HV_STATUS_INVALID_VP_INDEX);
	in.vp = 0;
	KUNIT_EXPECT_EQ(test, get(child, &in, 3, NULL, 0), (u32)HV_STATUS_ACCESS_DENIED);
}

static void lack_of_memory_is_told(struct kunit *test)
{
	struct fed_child *child = test->priv;

	fake_fail_nth(1);
	KUNIT_EXPECT_EQ(test, get_pages(child, LAPIC), (u32)HV_STATUS_NO_RESOURCES);
	KUNIT_EXPECT_TRUE(test, fake_has_failed());
	KUNIT_ASSERT_EQ(test, get_pages(child, LAPIC), 0U);
	fake_fail_nth(1);
	KUNIT_EXPECT_EQ(test, set_pages(child, LAPIC), (u32)HV_STATUS_NO_RESOURCES);
	KUNIT_EXPECT_TRUE(test, fake_has_failed());
	fake_fail_nth(0);
}

static struct kunit_case vp_state_cases[] = {
	HVP_CASE(lapic_state_is_the_registers, 0x00e3, 0x00e4),
	HVP_CASE(lapic_state_makes_a_round_trip, 0x00e3, 0x00e4),
	HVP_CASE(bad_lapic_state_changes_nothing, 0x00e4),
	HVP_CASE(lapic_version_and_x2apic_ldr_cannot_be_set, 0x00e4),
	HVP_CASE(xsave_legacy_region_is_the_registers, 0x00e3),
	HVP_CASE(xsave_state_makes_a_round_trip, 0x00e3, 0x00e4),
	HVP_CASE(xsave_components_are_chosen, 0x00e3, 0x00e4),
	HVP_CASE(bad_xsave_state_changes_nothing, 0x00e4),
	HVP_CASE(xsave_operands_are_checked, 0x00e3, 0x00e4),
	HVP_CASE(sim_page_is_the_childs_memory, 0x00e3, 0x00e4),
	HVP_CASE(sief_page_is_the_childs_memory, 0x00e3, 0x00e4),
	HVP_CASE(timers_are_the_registers, 0x00e3),
	HVP_CASE(timers_make_a_round_trip, 0x00e3, 0x00e4),
	HVP_CASE(bad_timers_change_nothing, 0x00e3, 0x00e4),
	HVP_CASE(bad_operands_are_rejected, 0x00e3, 0x00e4),
	HVP_CASE(page_lists_are_checked, 0x00e3, 0x00e4),
	HVP_CASE(vp_that_may_run_has_no_state_to_give, 0x00e3, 0x00e4),
	HVP_CASE(root_may_name_itself_but_runs, 0x00e3, 0x00e4),
	HVP_CASE(lack_of_memory_is_told, 0x00e3, 0x00e4),
	{}
};

static struct kunit_suite vp_state_suite = {
	.name = "hvpersona_vp_state",
	.init = init,
	.exit = end,
	.test_cases = vp_state_cases,
};

kunit_test_suites(&vp_state_suite);
