// SPDX-License-Identifier: GPL-2.0
/*
 * Virtual interrupts: the operands of the calls, and which VPs an interrupt goes to. Rules are
 * those of the sheet's entries 0x0094 and 0x0056, of TLFS 2.0 13.3 to 13.5, and for destinations
 * of the Intel SDM, volume 3, "Determining IPI Destination".
 */
#include "../hvpersona/hv_abi/interrupt.h"
#include "fed_child.h"

#define ASSERT		0x0094
#define CLEAR		0x0056
#define FINALIZE	0x0042

#define NONE		0xffffffffU
#define LEVEL		BIT_ULL(32)
#define LOGICAL		BIT_ULL(33)

/* The types of the sheet, and what a vector may be: TLFS 2.0, "Virtual Interrupt Types" */
#define TYPES		10
static const struct { bool vector, low; } types[TYPES] = {
	[0] = { .vector = true },		/* fixed */
	[1] = { .vector = true },		/* lowest priority */
	[6] = { .vector = true, .low = true },	/* SIPI: a page */
	[7] = { .vector = true, .low = true },	/* ExtINT: an 8259 may give any */
};

static u32 assert_irq(struct fake_vm *vm, const struct hv_assert_virtual_interrupt *in)
{
	vm->irqs = 0;
	bitmap_zero(vm->irq_targets, HVP_MAX_VPS);
	return HV_STATUS(fake_call(vm, ASSERT, in, sizeof(*in), NULL, 0));
}

/* On the caller's own machine; @control as in the block */
static u32 assert_own(struct fake_vm *vm, u64 control, u64 destination, u32 vector)
{
	const struct hv_assert_virtual_interrupt in = {
		.partition = HV_PARTITION_ID_SELF, .control = control,
		.destination = destination, .vector = vector,
	};

	return assert_irq(vm, &in);
}

static u32 good_vector(u32 type)
{
	return types[type].vector ? 0x41 : 0;
}

static void every_type_reaches_the_backend(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	u32 type;

	for (type = 0; type < TYPES; type++) {
		if (type == HV_INTERRUPT_EXTINT)
			continue;
		KUNIT_EXPECT_EQ_MSG(test, assert_own(vm, type, 4, good_vector(type)), 0U,
				    "type %u", type);
		KUNIT_EXPECT_EQ(test, vm->irqs, 1U);
		KUNIT_EXPECT_EQ(test, vm->irq_targets[0], BIT(2));
		KUNIT_EXPECT_EQ(test, vm->irq.type, type);
		KUNIT_EXPECT_EQ(test, vm->irq.vector, good_vector(type));
		KUNIT_EXPECT_FALSE(test, vm->irq.none);
		KUNIT_EXPECT_FALSE(test, vm->irq.level);
	}
	KUNIT_EXPECT_EQ(test, assert_own(vm, LEVEL, 4, 0xff), 0U);
	KUNIT_EXPECT_TRUE(test, vm->irq.level);
	KUNIT_EXPECT_EQ(test, vm->irq.vector, 0xff);
}

/* "The specified vector is not within a valid range", "a non-zero vector is specified with..." */
static void vectors_are_checked_by_type(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	u32 type, vector;
	bool good;

	for (type = 0; type < TYPES; type++) {
		u64 destination = type == HV_INTERRUPT_EXTINT ? 0 : 2;
		u32 expected = type == HV_INTERRUPT_EXTINT ? HV_STATUS_OPERATION_DENIED : 0;

		for (vector = 0; vector < 0x102; vector++) {
			good = types[type].vector ?
			       vector < 0x100 && (vector >= 16 || types[type].low) : !vector;
			KUNIT_EXPECT_EQ_MSG(test, assert_own(vm, type, destination, vector),
					    good ? expected : HV_STATUS_INVALID_PARAMETER,
					    "type %u vector %u", type, vector);
		}
		KUNIT_EXPECT_EQ(test, assert_own(vm, type, destination, 0x80000041),
				(u32)HV_STATUS_INVALID_PARAMETER);
		KUNIT_EXPECT_EQ(test, assert_own(vm, type, destination, 0xfffffffe),
				(u32)HV_STATUS_INVALID_PARAMETER);
		KUNIT_EXPECT_EQ(test, assert_own(vm, type, destination, NONE), expected);
		if (!expected)
			KUNIT_EXPECT_TRUE(test, vm->irq.none);
	}
}

static void types_and_reserved_bits_are_checked(struct kunit *test)
{
	struct hv_assert_virtual_interrupt in = {
		.partition = HV_PARTITION_ID_SELF, .vector = 0x41,
	};
	struct fake_vm *vm = test->priv;
	u32 bit;

	KUNIT_EXPECT_EQ(test, assert_own(vm, TYPES, 0, 0), (u32)HV_STATUS_INVALID_PARAMETER);
	KUNIT_EXPECT_EQ(test, assert_own(vm, U32_MAX, 0, 0), (u32)HV_STATUS_INVALID_PARAMETER);
	for (bit = 4; bit < 64; bit++) {
		if (bit == 32 || bit == 33)
			continue;
		KUNIT_EXPECT_EQ_MSG(test, assert_own(vm, BIT_ULL(bit), 0, 0x41),
				    (u32)HV_STATUS_INVALID_PARAMETER, "control bit %u", bit);
	}
	for (bit = 0; bit < 8; bit++) {
		in.rsvd = BIT(bit);
		KUNIT_EXPECT_EQ(test, assert_irq(vm, &in), (u32)HV_STATUS_INVALID_PARAMETER);
	}
	in.rsvd = 0;
	for (bit = 0; bit < 16; bit++) {
		in.rsvd2 = BIT(bit);
		KUNIT_EXPECT_EQ(test, assert_irq(vm, &in), (u32)HV_STATUS_INVALID_PARAMETER);
	}
	in.rsvd2 = 0;
	KUNIT_EXPECT_EQ(test, assert_irq(vm, &in), 0U);
}

/* The sheet's section "Status codes": INVALID_VTL_STATE is "VTL not enabled" */
static void only_vtl0_is_there(struct kunit *test)
{
	struct hv_assert_virtual_interrupt in = {
		.partition = HV_PARTITION_ID_SELF, .vector = 0x41,
	};
	struct fake_vm *vm = test->priv;
	u32 vtl;

	for (vtl = 1; vtl < 256; vtl++) {
		in.vtl = vtl;
		KUNIT_EXPECT_EQ(test, assert_irq(vm, &in), (u32)HV_STATUS_INVALID_VTL_STATE);
	}
	KUNIT_EXPECT_EQ(test, vm->irqs, 0U);
}

/* Destinations. Each machine is given APICs, one per VP, and asked who is addressed */
enum { FLAT, CLUSTER, X2APIC, MODES };

static void set_apics(struct fake_vm *vm, u32 mode)
{
	/* Cluster model: VPs 0 and 1 are cluster 1, VPs 2 and 3 cluster 2 */
	static const u8 cluster_ldr[FAKE_VPS] = { 0x11, 0x12, 0x21, 0x22 };
	u32 i;

	for (i = 0; i < FAKE_VPS; i++) {
		/* x2APIC: two per cluster of ids, too: 0, 1, 16, 17 */
		u32 id = mode == X2APIC ? i / 2 * 16 + i % 2 : 2 * i;

		vm->vps[i].apic = (struct hvp_apic) {
			.id = id,
			.enabled = true,
			.flat = mode == FLAT,
			.x2apic = mode == X2APIC,
			.ldr = mode == FLAT ? 1U << (24 + i) : mode == CLUSTER ?
			       (u32)cluster_ldr[i] << 24 : id >> 4 << 16 | BIT(id & 0xf),
		};
	}
}

static const struct destination {
	u8 mode;
	bool logical;
	u64 destination;
	u8 reached;	/* VPs; 0: nobody */
} destinations[] = {
	{ FLAT, false, 0, 0x1 }, { FLAT, false, 2, 0x2 }, { FLAT, false, 6, 0x8 },
	{ FLAT, false, 1, 0 }, { FLAT, false, 8, 0 }, { FLAT, false, 0xff, 0xf },
	{ FLAT, false, 0x100, 0 }, { FLAT, false, 0x1ff, 0 }, { FLAT, false, U32_MAX, 0 },
	{ FLAT, true, 0x1, 0x1 }, { FLAT, true, 0xa, 0xa }, { FLAT, true, 0xf, 0xf },
	{ FLAT, true, 0x10, 0 }, { FLAT, true, 0, 0 }, { FLAT, true, 0xff, 0xf },
	{ FLAT, true, 0x101, 0 },
	{ CLUSTER, true, 0x11, 0x1 }, { CLUSTER, true, 0x13, 0x3 }, { CLUSTER, true, 0x1f, 0x3 },
	{ CLUSTER, true, 0x22, 0x8 }, { CLUSTER, true, 0x2f, 0xc }, { CLUSTER, true, 0x33, 0 },
	{ CLUSTER, true, 0x10, 0 }, { CLUSTER, true, 0xff, 0xf }, { CLUSTER, false, 4, 0x4 },
	{ X2APIC, false, 0, 0x1 }, { X2APIC, false, 17, 0x8 }, { X2APIC, false, 2, 0 },
	{ X2APIC, false, 0xff, 0 }, { X2APIC, false, U32_MAX, 0xf },
	{ X2APIC, true, 0x00001, 0x1 }, { X2APIC, true, 0x00003, 0x3 },
	{ X2APIC, true, 0x10002, 0x8 }, { X2APIC, true, 0x1ffff, 0xc },
	{ X2APIC, true, 0x20001, 0 }, { X2APIC, true, 0xff, 0x3 }, { X2APIC, true, U32_MAX, 0xf },
};

static void check_destination(struct kunit *test, const struct destination *d, u32 type)
{
	u32 status, expected = d->reached ? 0 : HV_STATUS_INVALID_VP_INDEX;
	struct fake_vm *vm = test->priv;

	status = assert_own(vm, type | (d->logical ? LOGICAL : 0), d->destination,
			    good_vector(type));
	KUNIT_EXPECT_EQ_MSG(test, status, expected, "mode %u logical %u destination 0x%llx type %u",
			    d->mode, d->logical, d->destination, type);
	/* All are equal, so that the lowest priority is the first's */
	KUNIT_EXPECT_EQ_MSG(test, vm->irq_targets[0],
			    (unsigned long)(type == HV_INTERRUPT_LOWEST_PRIORITY ?
					    d->reached & -d->reached : d->reached),
			    "mode %u logical %u destination 0x%llx type %u", d->mode, d->logical,
			    d->destination, type);
}

static void every_type_goes_to_its_destination(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	u32 type, i;

	for (i = 0; i < ARRAY_SIZE(destinations); i++) {
		set_apics(vm, destinations[i].mode);
		for (type = 0; type < TYPES; type++)
			if (type != HV_INTERRUPT_EXTINT)
				check_destination(test, &destinations[i], type);
	}
}

static void destinations_that_are_none_are_refused(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	u32 bit, type;

	/* No APIC id has more than 32 bits */
	for (bit = 32; bit < 64; bit++)
		KUNIT_EXPECT_EQ(test, assert_own(vm, 0, BIT_ULL(bit), 0x41),
				(u32)HV_STATUS_INVALID_PARAMETER);
	/* "For interrupts of type ExtInt, the DestinationAddress was non-zero" */
	for (bit = 0; bit < 64; bit++)
		KUNIT_EXPECT_EQ(test, assert_own(vm, HV_INTERRUPT_EXTINT, BIT_ULL(bit), 0x41),
				(u32)HV_STATUS_INVALID_VP_INDEX);
	/* What is disabled by IA32_APIC_BASE is no destination */
	vm->vps[1].apic.enabled = false;
	for (type = 0; type < TYPES; type++)
		if (type != HV_INTERRUPT_EXTINT)
			KUNIT_EXPECT_EQ(test, assert_own(vm, type, 2, good_vector(type)),
					(u32)HV_STATUS_INVALID_VP_INDEX);
	KUNIT_EXPECT_EQ(test, vm->irqs, 0U);
	KUNIT_EXPECT_EQ(test, assert_own(vm, 0, 0xff, 0x41), 0U);
	KUNIT_EXPECT_EQ(test, vm->irq_targets[0], 0xdUL);
}

static void lowest_priority_is_chosen(struct kunit *test)
{
	static const struct {
		int priority[FAKE_VPS];
		u64 destination;
		u32 reached;
	} cases[] = {
		{ { 0x40, 0x30, 0x20, 0x10 }, 0xff, 3 },
		{ { 0x40, 0x30, 0x20, 0x10 }, 0x3, 1 },		/* among those addressed */
		{ { 0x40, 0x20, 0x20, 0x30 }, 0xff, 1 },	/* the lowest index of equals */
		{ { -1, 0xf0, -1, 0xff }, 0xff, 1 },		/* others take none */
		{ { -1, -1, -1, -1 }, 0xff, 0 },		/* lost somewhere */
	};
	struct fake_vm *vm = test->priv;
	u32 i, v;

	set_apics(vm, FLAT);
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		for (v = 0; v < FAKE_VPS; v++)
			vm->vps[v].priority = cases[i].priority[v];
		KUNIT_EXPECT_EQ(test, assert_own(vm, HV_INTERRUPT_LOWEST_PRIORITY | LOGICAL,
						 cases[i].destination, 0x41), 0U);
		KUNIT_EXPECT_EQ(test, vm->irqs, 1U);
		KUNIT_EXPECT_TRUE_MSG(test, test_bit(cases[i].reached, vm->irq_targets),
				      "case %u", i);
	}
	/* Any of them may have what is taken back */
	KUNIT_EXPECT_EQ(test, assert_own(vm, HV_INTERRUPT_LOWEST_PRIORITY | LEVEL | LOGICAL, 0x5,
					 NONE), 0U);
	KUNIT_EXPECT_EQ(test, vm->irq_targets[0], 0x5UL);
}

static void backends_refusal_is_passed_on(struct kunit *test)
{
	struct fake_vm *vm = test->priv;

	vm->irq_status = HV_STATUS_INVALID_PARAMETER;
	KUNIT_EXPECT_EQ(test, assert_own(vm, HV_INTERRUPT_SMI, 0xff, 0),
			(u32)HV_STATUS_INVALID_PARAMETER);
	KUNIT_EXPECT_EQ(test, vm->irqs, 1U);
	vm->irq_status = HV_STATUS_OPERATION_DENIED;
	KUNIT_EXPECT_EQ(test, assert_own(vm, HV_INTERRUPT_LOWEST_PRIORITY, 0xff, 0x41),
			(u32)HV_STATUS_OPERATION_DENIED);
}

/* The line of an 8259 belongs to the machine's own controller */
static void machine_has_no_external_line(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	const u64 self = HV_PARTITION_ID_SELF;

	KUNIT_EXPECT_EQ(test, assert_own(vm, HV_INTERRUPT_EXTINT, 0, 0x41),
			(u32)HV_STATUS_OPERATION_DENIED);
	EXPECT_STATUS(test, fake_call_fast(vm, CLEAR, &self, 8, NULL, 0), ACCESS_DENIED);
}

/* "requires: parent" */
static void only_parents_and_roots_may(struct kunit *test)
{
	struct hv_assert_virtual_interrupt in = { .partition = 0x12345, .vector = 0x41 };
	struct fake_vm *vm = test->priv, *guest;
	u64 id = 0x12345;

	KUNIT_EXPECT_EQ(test, assert_irq(vm, &in), (u32)HV_STATUS_INVALID_PARTITION_ID);
	EXPECT_STATUS(test, fake_call_fast(vm, CLEAR, &id, 8, NULL, 0), INVALID_PARTITION_ID);

	guest = fake_vm_create(test, HVPERSONA_ROLE_GUEST,
			       HV_PRIVILEGES_DEFINED & ~HV_PRIV(CREATE_PARTITIONS), 1);
	in.partition = HV_PARTITION_ID_SELF;
	KUNIT_EXPECT_EQ(test, assert_irq(guest, &in), (u32)HV_STATUS_ACCESS_DENIED);
	EXPECT_STATUS(test, fake_call_fast(guest, CLEAR, &in.partition, 8, NULL, 0),
		      ACCESS_DENIED);
	fake_vm_destroy(guest);
}

static void child_must_be_active(struct kunit *test)
{
	struct hv_assert_virtual_interrupt in = { .vector = 0x41 };
	struct fake_vm *vm = test->priv;
	struct fed_child child;

	fed_child_create(vm, &child, 0);
	in.partition = child.id;
	KUNIT_EXPECT_EQ(test, assert_irq(vm, &in), 0U);
	KUNIT_EXPECT_EQ(test, vm->irqs, 0U);	/* the parent's machine has nothing of it */
	EXPECT_STATUS(test, fake_call_fast(vm, CLEAR, &child.id, 8, NULL, 0), NOT_ACKNOWLEDGED);
	EXPECT_STATUS(test, fake_call(vm, FINALIZE, &child.id, 8, NULL, 0), SUCCESS);
	KUNIT_EXPECT_EQ(test, assert_irq(vm, &in), (u32)HV_STATUS_INVALID_PARTITION_STATE);
	EXPECT_STATUS(test, fake_call_fast(vm, CLEAR, &child.id, 8, NULL, 0),
		      INVALID_PARTITION_STATE);
}

static void interrupt_works_from_registers(struct kunit *test)
{
	const struct hv_assert_virtual_interrupt in = {
		.partition = HV_PARTITION_ID_SELF, .destination = 6, .vector = 0x41,
	};
	struct fake_vm *vm = test->priv;

	EXPECT_STATUS(test, fake_call_fast(vm, ASSERT, &in, sizeof(in), NULL, 0), SUCCESS);
	KUNIT_EXPECT_EQ(test, vm->irq_targets[0], BIT(3));
}

static struct kunit_case interrupt_cases[] = {
	HVP_CASE(every_type_reaches_the_backend, 0x0094),
	HVP_CASE(vectors_are_checked_by_type, 0x0094),
	HVP_CASE(types_and_reserved_bits_are_checked, 0x0094),
	HVP_CASE(only_vtl0_is_there, 0x0094),
	HVP_CASE(every_type_goes_to_its_destination, 0x0094),
	HVP_CASE(destinations_that_are_none_are_refused, 0x0094),
	HVP_CASE(lowest_priority_is_chosen, 0x0094),
	HVP_CASE(backends_refusal_is_passed_on, 0x0094),
	HVP_CASE(machine_has_no_external_line, 0x0094, 0x0056),
	HVP_CASE(only_parents_and_roots_may, 0x0094, 0x0056),
	HVP_CASE(child_must_be_active, 0x0094, 0x0056),
	HVP_CASE(interrupt_works_from_registers, 0x0094),
	{}
};

static struct kunit_suite interrupt_suite = {
	.name = "hvpersona_interrupt",
	.init = fake_init_root,
	.exit = fake_exit,
	.test_cases = interrupt_cases,
};

kunit_test_suites(&interrupt_suite);
