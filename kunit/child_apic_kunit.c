// SPDX-License-Identifier: GPL-2.0
/*
 * What the local APICs of a child's VPs make of the interrupts that the parent asserts. Rules
 * are those of the sheet's entries 0x0094 and 0x0056, of TLFS 2.0 13.3.2 to 13.5, and of the
 * Intel SDM, volume 3, chapters "Advanced Programmable Interrupt Controller" and "Processor
 * State After Reset".
 */
#include "../hvpersona/hv_abi/interrupt.h"
#include "../hvpersona/hv_abi/registers.h"
#include "fed_child.h"

#define ASSERT		0x0094
#define CLEAR		0x0056
#define CREATE_VP	0x004e
#define DELETE_VP	0x004f
#define MAP_STATE_PAGE	0x00e1

#define NONE		0xffffffffU
#define LEVEL		BIT_ULL(32)
#define LOGICAL		BIT_ULL(33)

#define VPS		3
#define ENABLED		0x1ff	/* spurious interrupt vector register */

#define LVT_MASKED	BIT(16)
#define LVT_LEVEL	BIT(15)
#define LVT_MODE(type)	((type) << 8)

static struct hvp_vp *vp_of(struct fed_child *child, u32 index)
{
	struct hvp_vp *vp = hvp_vp_find(child->pt, index);

	KUNIT_ASSERT_NOT_NULL(child->vm->test, vp);
	return vp;
}

/* Past the checks, as nobody else looks */
static u64 *place(struct fed_child *child, u32 index, u32 name)
{
	return hvp_file_place(vp_of(child, index), name);
}

/* A root's child with VPs 0 to 2, whose APICs are enabled; logical ids 1, 2, 4 */
static int init(struct kunit *test)
{
	struct fed_child *child = kunit_kzalloc(test, sizeof(*child), GFP_KERNEL);
	struct hv_create_vp create = {};
	struct fake_vm *vm;
	u64 done;
	u32 i;

	KUNIT_ASSERT_NOT_NULL(test, child);
	vm = fake_vm_create(test, HVPERSONA_ROLE_ROOT, HV_PRIVILEGES_DEFINED, FAKE_VPS);
	fed_child_create(vm, child, 0);
	test->priv = child;
	KUNIT_ASSERT_EQ(test, hvp_pool_deposit_host(&child->pt->pool, 64, &done), 0);
	create.partition_id = child->id;
	for (i = 0; i < VPS; i++) {
		create.vp_index = i;
		if (i)
			KUNIT_ASSERT_EQ(test, fake_call(vm, CREATE_VP, &create, sizeof(create),
							NULL, 0), 0ULL);
		*place(child, i, HV_REG_APIC_SPURIOUS) = ENABLED;
		*place(child, i, HV_REG_APIC_LDR) = BIT(24 + i);
	}
	return 0;
}

static void end(struct kunit *test)
{
	struct fed_child *child = test->priv;

	test->priv = child ? child->vm : NULL;
	fake_exit(test);
}

static u32 assert_irq(struct fed_child *child, u64 control, u64 destination, u32 vector)
{
	const struct hv_assert_virtual_interrupt in = {
		.partition = child->id, .control = control, .destination = destination,
		.vector = vector,
	};

	return HV_STATUS(fake_call(child->vm, ASSERT, &in, sizeof(in), NULL, 0));
}

#define EXPECT_ASSERT(control, destination, vector, status)				\
	KUNIT_EXPECT_EQ(test, assert_irq(child, control, destination, vector),		\
			(u32)HV_STATUS_##status)

static bool has_vector(struct fed_child *child, u32 index, u32 name, u8 vector)
{
	return place(child, index, name)[vector / 32] & BIT_ULL(vector % 32);
}

static bool requested(struct fed_child *child, u32 index, u8 vector)
{
	return has_vector(child, index, HV_REG_APIC_IRR0, vector);
}

static bool is_level(struct fed_child *child, u32 index, u8 vector)
{
	return has_vector(child, index, HV_REG_APIC_TMR0, vector);
}

static u32 requested_anywhere(struct fed_child *child, u8 vector)
{
	u32 i, mask = 0;

	for (i = 0; i < VPS; i++)
		mask |= requested(child, i, vector) << i;
	return mask;
}

/* The processor takes a vector */
static void serve(struct fed_child *child, u32 index, u8 vector)
{
	place(child, index, HV_REG_APIC_IRR0)[vector / 32] &= ~BIT_ULL(vector % 32);
	place(child, index, HV_REG_APIC_ISR0)[vector / 32] |= BIT_ULL(vector % 32);
}

static void fixed_interrupts_are_in_irr(struct kunit *test)
{
	struct fed_child *child = test->priv;
	u32 vector;

	for (vector = 16; vector < 256; vector++) {
		EXPECT_ASSERT(0, 1, vector, SUCCESS);
		KUNIT_EXPECT_EQ(test, requested_anywhere(child, vector), 2U);
		KUNIT_EXPECT_FALSE(test, is_level(child, 1, vector));
	}
	/* Each beside the others; and nothing else has changed */
	KUNIT_EXPECT_EQ(test, *place(child, 1, HV_REG_APIC_IRR0), 0xffff0000ULL);
	KUNIT_EXPECT_EQ(test, place(child, 1, HV_REG_APIC_IRR0)[7], 0xffffffffULL);
	KUNIT_EXPECT_EQ(test, *place(child, 1, HV_REG_INTERNAL_ACTIVITY), HV_STARTUP_SUSPEND);
	EXPECT_ASSERT(LOGICAL, 0x5, 0x41, SUCCESS);
	KUNIT_EXPECT_EQ(test, requested_anywhere(child, 0x41), 7U);
	EXPECT_ASSERT(0, 0xff, 0x41, SUCCESS);
	EXPECT_ASSERT(0, 3, 0x41, INVALID_VP_INDEX);
	EXPECT_ASSERT(LOGICAL, 8, 0x41, INVALID_VP_INDEX);
}

static void x2apic_is_addressed_by_its_own_rules(struct kunit *test)
{
	struct fed_child *child = test->priv;
	u32 i;

	for (i = 0; i < VPS; i++) {
		*place(child, i, HV_REG_APIC_BASE) |= BIT(10);
		*place(child, i, HV_REG_APIC_LDR) = BIT(i);
	}
	EXPECT_ASSERT(0, 2, 0x41, SUCCESS);
	KUNIT_EXPECT_EQ(test, requested_anywhere(child, 0x41), 4U);
	EXPECT_ASSERT(LOGICAL, 0x3, 0x42, SUCCESS);
	KUNIT_EXPECT_EQ(test, requested_anywhere(child, 0x42), 3U);
	EXPECT_ASSERT(LOGICAL, 0x10003, 0x42, INVALID_VP_INDEX);
	EXPECT_ASSERT(0, 0xff, 0x43, INVALID_VP_INDEX);
	EXPECT_ASSERT(0, U32_MAX, 0x43, SUCCESS);
	KUNIT_EXPECT_EQ(test, requested_anywhere(child, 0x43), 7U);
}

/* SDM, "Local APIC State After It Has Been Software Disabled" */
static void disabled_apic_loses_fixed_interrupts(struct kunit *test)
{
	struct fed_child *child = test->priv;

	*place(child, 1, HV_REG_APIC_SPURIOUS) = 0xff;
	EXPECT_ASSERT(0, 0xff, 0x41, SUCCESS);
	KUNIT_EXPECT_EQ(test, requested_anywhere(child, 0x41), 5U);
	EXPECT_ASSERT(0, 1, 0x41, SUCCESS);
	KUNIT_EXPECT_FALSE(test, requested(child, 1, 0x41));
	/* "responds normally to INIT, NMI, SMI, and SIPI messages" */
	EXPECT_ASSERT(HV_INTERRUPT_NMI, 1, 0, SUCCESS);
	KUNIT_EXPECT_EQ(test, *place(child, 1, HV_REG_PENDING_NMI), 1ULL);
	EXPECT_ASSERT(HV_INTERRUPT_SIPI, 1, 0x9, SUCCESS);
	KUNIT_EXPECT_EQ(test, *place(child, 1, HV_REG_INTERNAL_ACTIVITY), 0ULL);

	*place(child, 1, HV_REG_APIC_BASE) &= ~BIT_ULL(11);
	EXPECT_ASSERT(0, 1, 0x41, INVALID_VP_INDEX);
	EXPECT_ASSERT(HV_INTERRUPT_NMI, 1, 0, INVALID_VP_INDEX);
}

/* TLFS 2.0, "Virtual Interrupt Types" and "Trigger Types" */
static void level_interrupts_can_be_taken_back(struct kunit *test)
{
	struct fed_child *child = test->priv;

	EXPECT_ASSERT(LEVEL, 0, 0x51, SUCCESS);
	KUNIT_EXPECT_TRUE(test, requested(child, 0, 0x51) && is_level(child, 0, 0x51));
	EXPECT_ASSERT(LEVEL, 0, NONE, SUCCESS);
	KUNIT_EXPECT_FALSE(test, requested(child, 0, 0x51));
	/* Again: there is nothing */
	EXPECT_ASSERT(LEVEL, 0, NONE, SUCCESS);

	/* "Withdrawing an edge-triggered interrupt does not clear the bit" */
	EXPECT_ASSERT(0, 0, 0x52, SUCCESS);
	EXPECT_ASSERT(0, 0, NONE, SUCCESS);
	EXPECT_ASSERT(LEVEL, 0, NONE, SUCCESS);
	KUNIT_EXPECT_TRUE(test, requested(child, 0, 0x52));
	KUNIT_EXPECT_FALSE(test, is_level(child, 0, 0x52));

	/* What was acknowledged stays in service */
	EXPECT_ASSERT(LEVEL, 0, 0x53, SUCCESS);
	serve(child, 0, 0x53);
	EXPECT_ASSERT(LEVEL, 0, NONE, SUCCESS);
	KUNIT_EXPECT_TRUE(test, has_vector(child, 0, HV_REG_APIC_ISR0, 0x53));
	EXPECT_ASSERT(LEVEL, 0, NONE, SUCCESS);
	EXPECT_ASSERT(LEVEL, 3, NONE, INVALID_VP_INDEX);

	/* Who takes back an edge takes back no level */
	EXPECT_ASSERT(LEVEL, 0, 0x54, SUCCESS);
	EXPECT_ASSERT(0, 0, NONE, SUCCESS);
	KUNIT_EXPECT_TRUE(test, requested(child, 0, 0x54));
}

static void level_interrupts_do_not_hide_each_other(struct kunit *test)
{
	struct fed_child *child = test->priv;

	/* It is the last that is taken back, of the same type, at the VPs that are named */
	EXPECT_ASSERT(LEVEL, 0, 0x61, SUCCESS);
	EXPECT_ASSERT(LEVEL, 0, 0x62, SUCCESS);
	EXPECT_ASSERT(LEVEL, 1, 0x62, SUCCESS);
	EXPECT_ASSERT(LEVEL | HV_INTERRUPT_LOWEST_PRIORITY, 0xff, NONE, SUCCESS);
	KUNIT_EXPECT_EQ(test, requested_anywhere(child, 0x62), 3U);
	EXPECT_ASSERT(LEVEL, 0, NONE, SUCCESS);
	KUNIT_EXPECT_EQ(test, requested_anywhere(child, 0x61), 1U);
	KUNIT_EXPECT_EQ(test, requested_anywhere(child, 0x62), 2U);

	/* The trigger mode is that of the last acceptance; an edge is not taken back */
	EXPECT_ASSERT(LEVEL, 2, 0x63, SUCCESS);
	EXPECT_ASSERT(0, 2, 0x63, SUCCESS);
	KUNIT_EXPECT_FALSE(test, is_level(child, 2, 0x63));
	EXPECT_ASSERT(LEVEL, 2, NONE, SUCCESS);
	KUNIT_EXPECT_TRUE(test, requested(child, 2, 0x63));
}

static void lowest_priority_looks_at_the_ppr(struct kunit *test)
{
	struct fed_child *child = test->priv;
	u64 lowest = HV_INTERRUPT_LOWEST_PRIORITY;

	/* All equal: the lowest index */
	EXPECT_ASSERT(lowest, 0xff, 0x41, SUCCESS);
	KUNIT_EXPECT_EQ(test, requested_anywhere(child, 0x41), 1U);
	/* TPR, ISR and nothing */
	*place(child, 0, HV_REG_APIC_TPR) = 0x40;
	place(child, 1, HV_REG_APIC_ISR0)[1] = BIT(3);	/* 0x23 */
	EXPECT_ASSERT(lowest, 0xff, 0x42, SUCCESS);
	KUNIT_EXPECT_EQ(test, requested_anywhere(child, 0x42), 4U);
	EXPECT_ASSERT(lowest | LOGICAL, 0x3, 0x43, SUCCESS);
	KUNIT_EXPECT_EQ(test, requested_anywhere(child, 0x43), 2U);
	/* One that takes none is not chosen, whatever its priority */
	*place(child, 2, HV_REG_APIC_SPURIOUS) = 0xff;
	EXPECT_ASSERT(lowest | LEVEL, 0xff, 0x44, SUCCESS);
	KUNIT_EXPECT_EQ(test, requested_anywhere(child, 0x44), 2U);
	KUNIT_EXPECT_TRUE(test, is_level(child, 1, 0x44));
	EXPECT_ASSERT(lowest | LEVEL, 0xff, NONE, SUCCESS);
	KUNIT_EXPECT_EQ(test, requested_anywhere(child, 0x44), 0U);
	EXPECT_ASSERT(lowest, 2, 0x45, SUCCESS);
	KUNIT_EXPECT_EQ(test, requested_anywhere(child, 0x45), 0U);
}

static void nmi_is_pending(struct kunit *test)
{
	struct fed_child *child = test->priv;

	/* Also while NMIs are masked; two are one */
	*place(child, 0, HV_REG_INTERRUPT_STATE) = 2;
	EXPECT_ASSERT(HV_INTERRUPT_NMI, 0, 0, SUCCESS);
	EXPECT_ASSERT(HV_INTERRUPT_NMI, 0, 0, SUCCESS);
	KUNIT_EXPECT_EQ(test, *place(child, 0, HV_REG_PENDING_NMI), 1ULL);
	KUNIT_EXPECT_EQ(test, *place(child, 0, HV_REG_PENDING_INTERRUPTION), 0ULL);
	KUNIT_EXPECT_EQ(test, *place(child, 1, HV_REG_PENDING_NMI), 0ULL);
	/* "Deasserting an edge-triggered interrupt is unnecessary and has no effect" */
	EXPECT_ASSERT(HV_INTERRUPT_NMI, 0, NONE, SUCCESS);
	EXPECT_ASSERT(HV_INTERRUPT_NMI, 1, NONE, SUCCESS);
	KUNIT_EXPECT_EQ(test, *place(child, 0, HV_REG_PENDING_NMI), 1ULL);
	KUNIT_EXPECT_EQ(test, *place(child, 1, HV_REG_PENDING_NMI), 0ULL);
	/* Its trigger mode is its own */
	EXPECT_ASSERT(HV_INTERRUPT_NMI | LEVEL, 1, 0, SUCCESS);
	KUNIT_EXPECT_EQ(test, *place(child, 1, HV_REG_PENDING_NMI), 1ULL);
}

/* What a VP that halts has pending wakes it when a processor has it */
static void halted_vp_goes_on_halting(struct kunit *test)
{
	struct fed_child *child = test->priv;

	*place(child, 0, HV_REG_INTERNAL_ACTIVITY) = HV_HALT_SUSPEND;
	EXPECT_ASSERT(0, 0, 0x41, SUCCESS);
	EXPECT_ASSERT(HV_INTERRUPT_NMI, 0, 0, SUCCESS);
	KUNIT_EXPECT_EQ(test, *place(child, 0, HV_REG_INTERNAL_ACTIVITY), HV_HALT_SUSPEND);
	KUNIT_EXPECT_TRUE(test, requested(child, 0, 0x41));
}

static const u32 kept_by_init[] = {
	HV_REG_EXPLICIT_SUSPEND, HV_REG_XMM0, HV_REG_FPMMX0, HV_REG_FP_CONTROL, HV_REG_XFEM,
	0x00080000 /* TSC */, 0x00080002 /* KERNEL_GS_BASE */, HV_REG_PAT, 0x00080008 /* STAR */,
	0x0008000e /* MTRR_DEF_TYPE */, 0x00080010, HV_REG_APIC_BASE, HV_REG_APIC_ID,
	HV_REG_INITIAL_APIC_ID, HV_REG_SCONTROL, HV_REG_SINT0, HV_REG_SIMP, HV_REG_STIMER0_CONFIG,
};

static const struct { u32 name; u64 low, high; } set_by_init[] = {
	{ HV_REG_RAX, 0 }, { HV_REG_RSP, 0 }, { HV_REG_R15, 0 }, { HV_REG_RIP, 0xfff0 },
	{ HV_REG_RFLAGS, 2 }, { HV_REG_CR2, 0 }, { HV_REG_CR3, 0 }, { HV_REG_CR4, 0 },
	{ HV_REG_EFER, 0 }, { HV_REG_DR0, 0 }, { HV_REG_DR6, 0xffff0ff0 }, { HV_REG_DR7, 0x400 },
	{ HV_REG_PENDING_INTERRUPTION, 0 }, { HV_REG_INTERRUPT_STATE, 0 },
	{ HV_REG_PENDING_NMI, 0 }, { HV_REG_PENDING_DEBUG, 0 }, { HV_REG_TSC_DEADLINE, 0 },
	{ HV_REG_APIC_TPR, 0 }, { HV_REG_APIC_LDR, 0 }, { HV_REG_APIC_DFR, 0xffffffff },
	{ HV_REG_APIC_SPURIOUS, 0xff }, { HV_REG_APIC_ISR0, 0 }, { HV_REG_APIC_TMR0, 0 },
	{ HV_REG_APIC_IRR0, 0 }, { HV_REG_APIC_IRR0 + 7, 0 }, { HV_REG_APIC_ESR, 0 },
	{ HV_REG_APIC_ICR, 0 }, { HV_REG_APIC_LVT_TIMER, 0x10000 },
	{ HV_REG_APIC_LVT_LINT0, 0x10000 }, { HV_REG_APIC_LVT_LINT1, 0x10000 },
	{ HV_REG_APIC_LVT_ERROR, 0x10000 }, { HV_REG_APIC_INITIAL_COUNT, 0 },
	{ HV_REG_APIC_CURRENT_COUNT, 0 }, { HV_REG_APIC_DIVIDE, 0 }, { HV_REG_APIC_LEVEL, 0 },
	{ HV_REG_APIC_REMOTE_READ, 0 }, { HV_REG_APIC_LVT_CMCI, 0x10000 },
};

static const struct { u32 name; u64 low, high; } wide_set_by_init[] = {
	{ HV_REG_CS, 0xffff0000, 0x009bf0000000ffff }, { HV_REG_SS, 0, 0x009300000000ffff },
	{ HV_REG_ES, 0, 0x009300000000ffff }, { HV_REG_LDTR, 0, 0x008200000000ffff },
	{ HV_REG_TR, 0, 0x008b00000000ffff }, { HV_REG_IDTR, 0xffffULL << 48, 0 },
	{ HV_REG_GDTR, 0xffffULL << 48, 0 }, { HV_REG_PENDING_EVENT0, 0, 0 },
	{ HV_REG_PENDING_EVENT1, 0, 0 }, { HV_REG_PENDING_EVENT2, 0, 0 },
	{ HV_REG_PENDING_EVENT3, 0, 0 },
};

#define STALE	0x1234567887654321ULL

/* SDM, "IA-32 and Intel 64 Processor States Following Power-up, Reset, or INIT" */
static void init_resets_the_processor(struct kunit *test)
{
	struct fed_child *child = test->priv;
	u64 kept[ARRAY_SIZE(kept_by_init)];
	u32 i;

	for (i = 0; i < ARRAY_SIZE(set_by_init); i++)
		*place(child, 1, set_by_init[i].name) = STALE;
	for (i = 0; i < ARRAY_SIZE(wide_set_by_init); i++) {
		place(child, 1, wide_set_by_init[i].name)[0] = STALE;
		place(child, 1, wide_set_by_init[i].name)[1] = STALE;
	}
	*place(child, 1, HV_REG_CR0) = BIT(31) | BIT(30) | BIT(0);
	*place(child, 1, HV_REG_INTERNAL_ACTIVITY) = HV_HALT_SUSPEND;
	for (i = 0; i < ARRAY_SIZE(kept); i++)
		kept[i] = *place(child, 1, kept_by_init[i]);

	EXPECT_ASSERT(HV_INTERRUPT_INIT, 1, NONE, SUCCESS);
	KUNIT_EXPECT_EQ(test, *place(child, 1, HV_REG_RIP), STALE);
	EXPECT_ASSERT(HV_INTERRUPT_INIT, 1, 0, SUCCESS);
	for (i = 0; i < ARRAY_SIZE(set_by_init); i++)
		KUNIT_EXPECT_EQ_MSG(test, *place(child, 1, set_by_init[i].name),
				    set_by_init[i].low, "0x%08x", set_by_init[i].name);
	for (i = 0; i < ARRAY_SIZE(wide_set_by_init); i++) {
		const u64 *at = place(child, 1, wide_set_by_init[i].name);

		KUNIT_EXPECT_EQ_MSG(test, at[0], wide_set_by_init[i].low, "0x%08x",
				    wide_set_by_init[i].name);
		KUNIT_EXPECT_EQ_MSG(test, at[1], wide_set_by_init[i].high, "0x%08x",
				    wide_set_by_init[i].name);
	}
	for (i = 0; i < ARRAY_SIZE(kept); i++)
		KUNIT_EXPECT_EQ_MSG(test, *place(child, 1, kept_by_init[i]), kept[i], "0x%08x",
				    kept_by_init[i]);
	/* "CD and NW are unchanged" */
	KUNIT_EXPECT_EQ(test, *place(child, 1, HV_REG_CR0), 0x40000010ULL);
	KUNIT_EXPECT_EQ(test, *place(child, 1, HV_REG_INTERNAL_ACTIVITY), HV_STARTUP_SUSPEND);
}

/* Likewise: the processor's signature is in EDX */
static void init_tells_the_signature(struct kunit *test)
{
	static const struct hvp_cpuid leaves[] = {
		{ .function = 0, .regs = { 1 } }, { .function = 1, .regs = { 0x906ea } },
	};
	struct fed_child *child = test->priv;
	const struct hv_create_vp in = { .partition_id = child->id, .vp_index = VPS };

	KUNIT_ASSERT_EQ(test, hvp_cpuid_publish(child->vm->vp, leaves, ARRAY_SIZE(leaves)), 0);
	EXPECT_STATUS(test, fake_call(child->vm, CREATE_VP, &in, sizeof(in), NULL, 0), SUCCESS);
	KUNIT_EXPECT_EQ(test, *place(child, VPS, HV_REG_RDX), 0x906eaULL);
	*place(child, VPS, HV_REG_RDX) = STALE;
	EXPECT_ASSERT(HV_INTERRUPT_INIT, VPS, 0, SUCCESS);
	KUNIT_EXPECT_EQ(test, *place(child, VPS, HV_REG_RDX), 0x906eaULL);
}

static void init_at_the_boot_processor_needs_no_sipi(struct kunit *test)
{
	struct fed_child *child = test->priv;
	struct hvp_vp *vp = child->vp;

	*place(child, 0, HV_REG_INTERNAL_ACTIVITY) = HV_HALT_SUSPEND;
	EXPECT_ASSERT(HV_INTERRUPT_INIT, 0, 0, SUCCESS);
	KUNIT_EXPECT_EQ(test, *place(child, 0, HV_REG_INTERNAL_ACTIVITY), 0ULL);
	KUNIT_EXPECT_EQ(test, vp->ops->vp_state(vp), (u32)HVPERSONA_VP_STOPPED);
	/* In x2APIC mode it stays, with the logical id that follows from the id */
	*place(child, 2, HV_REG_APIC_BASE) |= BIT(10);
	*place(child, 2, HV_REG_APIC_LDR) = 4;
	EXPECT_ASSERT(HV_INTERRUPT_INIT, 2, 0, SUCCESS);
	KUNIT_EXPECT_EQ(test, *place(child, 2, HV_REG_APIC_LDR), 4ULL);
	KUNIT_EXPECT_EQ(test, *place(child, 2, HV_REG_APIC_BASE), 0xfee00c00ULL);
}

static void sipi_starts_who_waits(struct kunit *test)
{
	struct fed_child *child = test->priv;
	const union hvp_register_value *cs = (void *)place(child, 1, HV_REG_CS);

	EXPECT_ASSERT(HV_INTERRUPT_SIPI, 1, NONE, SUCCESS);
	KUNIT_EXPECT_EQ(test, *place(child, 1, HV_REG_INTERNAL_ACTIVITY), HV_STARTUP_SUSPEND);
	EXPECT_ASSERT(HV_INTERRUPT_SIPI, 1, 0x9f, SUCCESS);
	KUNIT_EXPECT_EQ(test, *place(child, 1, HV_REG_INTERNAL_ACTIVITY), 0ULL);
	KUNIT_EXPECT_EQ(test, cs->segment.base, 0x9f000ULL);
	KUNIT_EXPECT_EQ(test, cs->segment.selector, 0x9f00);
	KUNIT_EXPECT_EQ(test, cs->segment.limit, 0xffffU);
	KUNIT_EXPECT_EQ(test, *place(child, 1, HV_REG_RIP), 0ULL);
	/* A second one comes too late, and so does one to who never waited */
	EXPECT_ASSERT(HV_INTERRUPT_SIPI, 1, 0x10, SUCCESS);
	KUNIT_EXPECT_EQ(test, cs->segment.base, 0x9f000ULL);
	EXPECT_ASSERT(HV_INTERRUPT_SIPI, 0, 0x10, SUCCESS);
	KUNIT_EXPECT_EQ(test, *place(child, 0, HV_REG_RIP), 0xfff0ULL);
	/* INIT has it wait again */
	EXPECT_ASSERT(HV_INTERRUPT_INIT, 1, 0, SUCCESS);
	EXPECT_ASSERT(HV_INTERRUPT_SIPI, 1, 0, SUCCESS);
	KUNIT_EXPECT_EQ(test, cs->segment.base, 0ULL);
	KUNIT_EXPECT_EQ(test, *place(child, 1, HV_REG_INTERNAL_ACTIVITY), 0ULL);
}

static struct hv_register_page *map_register_page(struct fed_child *child, u32 index)
{
	const struct hv_map_vp_state_page in = { .partition_id = child->id, .vp_index = index };
	u64 gfn;

	KUNIT_ASSERT_EQ(child->vm->test, fake_call(child->vm, MAP_STATE_PAGE, &in, sizeof(in), &gfn,
						   8), 0ULL);
	return (void *)(child->vm->ram + (gfn << PAGE_SHIFT));
}

/* Both ways: what the parent wrote there is older, and what INIT and SIPI did is seen */
static void register_page_follows_init_and_sipi(struct kunit *test)
{
	struct fed_child *child = test->priv;
	struct hv_register_page *page = map_register_page(child, 1);

	page->gprs[3] = 0x77;
	page->rip = 0x1000;
	page->dirty = HV_REGISTER_PAGE_DIRTY_GPRS | HV_REGISTER_PAGE_DIRTY_RIP;
	EXPECT_ASSERT(HV_INTERRUPT_SIPI, 1, 0x20, SUCCESS);
	KUNIT_EXPECT_EQ(test, page->dirty, 0U);
	KUNIT_EXPECT_EQ(test, page->gprs[3], 0x77ULL);
	KUNIT_EXPECT_EQ(test, page->rip, 0ULL);
	KUNIT_EXPECT_EQ(test, page->segments[1].segment.base, 0x20000ULL);
	KUNIT_EXPECT_EQ(test, *place(child, 1, HV_REG_RAX + 3), 0x77ULL);

	page->gprs[3] = 0x88;
	page->xmm[2].low = 0x99;	/* INIT leaves it alone */
	page->dirty = HV_REGISTER_PAGE_DIRTY_GPRS | HV_REGISTER_PAGE_DIRTY_XMM;
	EXPECT_ASSERT(HV_INTERRUPT_INIT, 1, 0, SUCCESS);
	KUNIT_EXPECT_EQ(test, page->dirty, 0U);
	KUNIT_EXPECT_EQ(test, page->gprs[3], 0ULL);
	KUNIT_EXPECT_EQ(test, page->rip, 0xfff0ULL);
	KUNIT_EXPECT_EQ(test, page->segments[1].segment.base, 0xffff0000ULL);
	KUNIT_EXPECT_EQ(test, *place(child, 1, HV_REG_RAX + 3), 0ULL);
	KUNIT_EXPECT_EQ(test, *place(child, 1, HV_REG_XMM0 + 2), 0x99ULL);
	KUNIT_EXPECT_EQ(test, page->xmm[2].low, 0x99ULL);
}

/* No system management mode; nobody to whom a register that is read could go */
static void smi_and_remote_read_are_not_there(struct kunit *test)
{
	struct fed_child *child = test->priv;

	EXPECT_ASSERT(HV_INTERRUPT_SMI, 0, 0, INVALID_PARAMETER);
	EXPECT_ASSERT(HV_INTERRUPT_SMI, 0, NONE, INVALID_PARAMETER);
	EXPECT_ASSERT(HV_INTERRUPT_REMOTE_READ, 0, 0, INVALID_PARAMETER);
	EXPECT_ASSERT(HV_INTERRUPT_SMI, 3, 0, INVALID_VP_INDEX);
	EXPECT_ASSERT(HV_INTERRUPT_REMOTE_READ, 3, 0, INVALID_VP_INDEX);
}

/* SDM, "Local Vector Table" */
static void pins_do_what_the_lvt_says(struct kunit *test)
{
	struct fed_child *child = test->priv;
	u32 pin;

	for (pin = 0; pin < 2; pin++) {
		u64 type = HV_INTERRUPT_LINT0 + pin, *lvt;

		lvt = place(child, pin, HV_REG_APIC_LVT_LINT0 + pin);
		KUNIT_EXPECT_EQ(test, *lvt, (u64)LVT_MASKED);
		*lvt = LVT_MASKED | 0x71;
		EXPECT_ASSERT(type, pin, 0, SUCCESS);
		KUNIT_EXPECT_EQ(test, requested_anywhere(child, 0x71), 0U);
		*lvt = 0x71;
		EXPECT_ASSERT(type, pin, NONE, SUCCESS);
		KUNIT_EXPECT_EQ(test, requested_anywhere(child, 0x71), 0U);
		EXPECT_ASSERT(type, pin, 0, SUCCESS);
		KUNIT_EXPECT_TRUE(test, requested(child, pin, 0x71));
		KUNIT_EXPECT_FALSE(test, is_level(child, pin, 0x71));
		serve(child, pin, 0x71);

		/* A level is gone when the pin is */
		*lvt = LVT_LEVEL | 0x72;
		EXPECT_ASSERT(type, pin, 0, SUCCESS);
		KUNIT_EXPECT_TRUE(test, requested(child, pin, 0x72) && is_level(child, pin, 0x72));
		EXPECT_ASSERT(LEVEL, pin, NONE, SUCCESS);
		KUNIT_EXPECT_TRUE(test, requested(child, pin, 0x72));
		EXPECT_ASSERT(type, pin, NONE, SUCCESS);
		KUNIT_EXPECT_FALSE(test, requested(child, pin, 0x72));

		*lvt = LVT_MODE(HV_INTERRUPT_NMI) | 0x73;
		EXPECT_ASSERT(type, pin, NONE, SUCCESS);
		KUNIT_EXPECT_EQ(test, *place(child, pin, HV_REG_PENDING_NMI), 0ULL);
		EXPECT_ASSERT(type, pin, 0, SUCCESS);
		KUNIT_EXPECT_EQ(test, *place(child, pin, HV_REG_PENDING_NMI), 1ULL);
		KUNIT_EXPECT_FALSE(test, requested(child, pin, 0x73));
	}
}

static void pins_that_do_nothing(struct kunit *test)
{
	static const u32 idle[] = {
		LVT_MODE(HV_INTERRUPT_EXTINT), LVT_MODE(HV_INTERRUPT_SMI),
		LVT_MODE(HV_INTERRUPT_LOWEST_PRIORITY) | 0x74, LVT_MODE(3) | 0x74,
		LVT_MODE(HV_INTERRUPT_SIPI) | 0x74,
	};
	struct fed_child *child = test->priv;
	u64 *lvt = place(child, 0, HV_REG_APIC_LVT_LINT0);
	u32 i;

	for (i = 0; i < ARRAY_SIZE(idle); i++) {
		*lvt = idle[i];
		EXPECT_ASSERT(HV_INTERRUPT_LINT0, 0, 0, SUCCESS);
		EXPECT_ASSERT(HV_INTERRUPT_LINT0, 0, NONE, SUCCESS);
	}
	KUNIT_EXPECT_EQ(test, requested_anywhere(child, 0x74), 0U);
	KUNIT_EXPECT_EQ(test, *place(child, 0, HV_REG_PENDING_NMI), 0ULL);
	KUNIT_EXPECT_EQ(test, child->pt->child->extint, 0U);
	KUNIT_EXPECT_EQ(test, *place(child, 0, HV_REG_APIC_ESR), 0ULL);
	/* "Receive illegal vector" */
	*lvt = 0xf;
	EXPECT_ASSERT(HV_INTERRUPT_LINT0, 0, 0, SUCCESS);
	KUNIT_EXPECT_EQ(test, *place(child, 0, HV_REG_APIC_ESR), 0x40ULL);
	/* While it is software disabled all entries are masked */
	*lvt = LVT_MODE(HV_INTERRUPT_NMI);
	*place(child, 0, HV_REG_APIC_SPURIOUS) = 0xff;
	EXPECT_ASSERT(HV_INTERRUPT_LINT0, 0, 0, SUCCESS);
	KUNIT_EXPECT_EQ(test, *place(child, 0, HV_REG_PENDING_NMI), 0ULL);
	EXPECT_ASSERT(HV_INTERRUPT_LINT0, 3, 0, INVALID_VP_INDEX);
}

static void pin_may_be_init(struct kunit *test)
{
	struct fed_child *child = test->priv;

	*place(child, 1, HV_REG_APIC_LVT_LINT1) = LVT_MODE(HV_INTERRUPT_INIT);
	*place(child, 1, HV_REG_INTERNAL_ACTIVITY) = 0;
	*place(child, 1, HV_REG_RIP) = 0x1000;
	EXPECT_ASSERT(HV_INTERRUPT_LINT1, 1, NONE, SUCCESS);
	KUNIT_EXPECT_EQ(test, *place(child, 1, HV_REG_RIP), 0x1000ULL);
	EXPECT_ASSERT(HV_INTERRUPT_LINT1, 1, 0, SUCCESS);
	KUNIT_EXPECT_EQ(test, *place(child, 1, HV_REG_RIP), 0xfff0ULL);
	KUNIT_EXPECT_EQ(test, *place(child, 1, HV_REG_INTERNAL_ACTIVITY), HV_STARTUP_SUSPEND);
}

/*
 * The external line as an automaton: every event in every state, TLFS 2.0 13.5.1 and 13.5.2. A
 * state is kept apart by the vector that is asserted, too.
 */
enum line { IDLE, ASSERTED_A, ASSERTED_B, TAKEN, LINES };
enum event { ASSERT_A, ASSERT_B, WITHDRAW, TAKE, ACK_KNOWN, EVENTS };

#define VECTOR_A	0x08	/* as an 8259 in real mode has them */
#define VECTOR_B	0xff

static const struct { u8 next; int answer; } line_rules[LINES][EVENTS] = {
	[IDLE] = {
		[ASSERT_A] = { ASSERTED_A, HV_STATUS_SUCCESS },
		[ASSERT_B] = { ASSERTED_B, HV_STATUS_SUCCESS },
		[WITHDRAW] = { IDLE, HV_STATUS_SUCCESS },
		[TAKE] = { IDLE, -1 },
		[ACK_KNOWN] = { IDLE, HV_STATUS_NOT_ACKNOWLEDGED },
	},
	[ASSERTED_A] = {
		[ASSERT_A] = { ASSERTED_A, HV_STATUS_SUCCESS },
		[ASSERT_B] = { ASSERTED_B, HV_STATUS_SUCCESS },
		[WITHDRAW] = { IDLE, HV_STATUS_SUCCESS },
		[TAKE] = { TAKEN, VECTOR_A },
		[ACK_KNOWN] = { ASSERTED_A, HV_STATUS_NOT_ACKNOWLEDGED },
	},
	[ASSERTED_B] = {
		[ASSERT_A] = { ASSERTED_A, HV_STATUS_SUCCESS },
		[ASSERT_B] = { ASSERTED_B, HV_STATUS_SUCCESS },
		[WITHDRAW] = { IDLE, HV_STATUS_SUCCESS },
		[TAKE] = { TAKEN, VECTOR_B },
		[ACK_KNOWN] = { ASSERTED_B, HV_STATUS_NOT_ACKNOWLEDGED },
	},
	[TAKEN] = {
		[ASSERT_A] = { TAKEN, HV_STATUS_ACKNOWLEDGED },
		[ASSERT_B] = { TAKEN, HV_STATUS_ACKNOWLEDGED },
		[WITHDRAW] = { TAKEN, HV_STATUS_ACKNOWLEDGED },
		[TAKE] = { TAKEN, -1 },
		[ACK_KNOWN] = { IDLE, HV_STATUS_SUCCESS },
	},
};

static int do_event(struct fed_child *child, u32 event)
{
	int answer;

	switch (event) {
	case ASSERT_A:
		return assert_irq(child, HV_INTERRUPT_EXTINT, 0, VECTOR_A);
	case ASSERT_B:
		return assert_irq(child, HV_INTERRUPT_EXTINT | LEVEL, 0, VECTOR_B);
	case WITHDRAW:
		return assert_irq(child, HV_INTERRUPT_EXTINT, 0, NONE);
	case TAKE:
		fed_child_lock(child, NULL);
		answer = hvp_child_acknowledge_extint(child->pt);
		fed_child_unlock(child);
		return answer;
	default:
		return HV_STATUS(fake_call_fast(child->vm, CLEAR, &child->id, 8, NULL, 0));
	}
}

/* All words of this length: each path through each state, more than once */
#define WORD	6

static void external_line_is_an_automaton(struct kunit *test)
{
	struct fed_child *child = test->priv;
	u32 word, i, rest, state, words = 1;

	for (i = 0; i < WORD; i++)
		words *= EVENTS;
	for (word = 0; word < words; word++) {
		child->pt->child->extint = 0;
		state = IDLE;
		for (i = 0, rest = word; i < WORD; i++, rest /= EVENTS) {
			u32 event = rest % EVENTS;
			int answer = do_event(child, event);

			if (answer != line_rules[state][event].answer)
				KUNIT_FAIL(test, "word %u, event %u in state %u: %d", word, event,
					   state, answer);
			state = line_rules[state][event].next;
		}
	}
}

static void external_line_goes_to_vp_0(struct kunit *test)
{
	struct fed_child *child = test->priv;
	const struct hv_delete_vp in = { .partition_id = child->id };

	/* Whatever the state of its APIC */
	*place(child, 0, HV_REG_APIC_SPURIOUS) = 0xff;
	*place(child, 0, HV_REG_APIC_BASE) = 0xfee00000;
	EXPECT_ASSERT(HV_INTERRUPT_EXTINT, 0, 0x20, SUCCESS);
	EXPECT_ASSERT(HV_INTERRUPT_EXTINT, 1, 0x20, INVALID_VP_INDEX);
	EXPECT_ASSERT(HV_INTERRUPT_EXTINT | LOGICAL, 0, 0x20, SUCCESS);
	EXPECT_STATUS(test, fake_call(child->vm, DELETE_VP, &in, sizeof(in), NULL, 0), SUCCESS);
	EXPECT_ASSERT(HV_INTERRUPT_EXTINT, 0, 0x20, INVALID_VP_INDEX);
}

static struct kunit_case child_apic_cases[] = {
	HVP_CASE(fixed_interrupts_are_in_irr, 0x0094),
	HVP_CASE(x2apic_is_addressed_by_its_own_rules, 0x0094),
	HVP_CASE(disabled_apic_loses_fixed_interrupts, 0x0094),
	HVP_CASE(level_interrupts_can_be_taken_back, 0x0094),
	HVP_CASE(level_interrupts_do_not_hide_each_other, 0x0094),
	HVP_CASE(lowest_priority_looks_at_the_ppr, 0x0094),
	HVP_CASE(nmi_is_pending, 0x0094),
	HVP_CASE(halted_vp_goes_on_halting, 0x0094),
	HVP_CASE(init_resets_the_processor, 0x0094),
	HVP_CASE(init_tells_the_signature, 0x0094),
	HVP_CASE(init_at_the_boot_processor_needs_no_sipi, 0x0094),
	HVP_CASE(sipi_starts_who_waits, 0x0094),
	HVP_CASE(register_page_follows_init_and_sipi, 0x0094),
	HVP_CASE(smi_and_remote_read_are_not_there, 0x0094),
	HVP_CASE(pins_do_what_the_lvt_says, 0x0094),
	HVP_CASE(pins_that_do_nothing, 0x0094),
	HVP_CASE(pin_may_be_init, 0x0094),
	HVP_CASE(external_line_is_an_automaton, 0x0094, 0x0056),
	HVP_CASE(external_line_goes_to_vp_0, 0x0094, 0x0056),
	{}
};

static struct kunit_suite child_apic_suite = {
	.name = "hvpersona_interrupt_child",
	.init = init,
	.exit = end,
	.test_cases = child_apic_cases,
};

kunit_test_suites(&child_apic_suite);
