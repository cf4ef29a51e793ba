// SPDX-License-Identifier: GPL-2.0
/*
 * A child's VP stops at an intercept, its parent hears of it and lets it go on. Rules are
 * those of the sheet's section "Intercepts" and its entry for 0x00bd, of linux-clients 6.6 and
 * 6.7, and of TLFS 2.0, sections 14.2.2 and 14.2.6.
 */
#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/string.h>
#include <linux/unaligned.h>

#include "../hvpersona/hv_abi/registers.h"
#include "../hvpersona/hv_abi/vp_state.h"
#include "../hvpersona/intercept.h"
#include "../hvpersona/synic/synic.h"
#include "fed_child.h"

#define FINALIZE	0x0042
#define DELETE_VP	0x004f
#define SET_REGISTERS	0x0051
#define COMPLETE	0x00bd
#define MAP_STATE_PAGE	0x00e1

/* SIM pages of the parent's VPs, beyond all that others use */
#define SIM_PAGE	40

#define IO_PORT		0x80010000
#define OPAQUE		0x8000003f
#define ANY		0xffffffff

struct fixture {
	struct fed_child child;
	struct fake_vm *vm;
};

/* OUT 0x3f8, AL */
static const struct hvp_exit out_exit = {
	.kind = HVP_EXIT_IO, .access = 1, .length = 1, .port = 0x3f8, .size = 1,
};

static int init(struct kunit *test)
{
	struct fixture *f = kunit_kzalloc(test, sizeof(*f), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, f);
	f->vm = fake_vm_create(test, HVPERSONA_ROLE_ROOT, HV_PRIVILEGES_DEFINED, FAKE_VPS);
	fed_child_create(f->vm, &f->child, HV_CREATE_INTERCEPT_MESSAGE_PAGE);
	test->priv = f;
	return 0;
}

static void end(struct kunit *test)
{
	struct fixture *f = test->priv;

	test->priv = f ? f->vm : NULL;
	fake_exit(test);
}

/* The SynIC of a VP of the parent, its message page and SINT0 */
static void enable(struct fixture *f, u32 index)
{
	struct fake_vp *fvp = &f->vm->vps[index];

	fvp->synic.control = 1;
	fvp->synic.simp = (SIM_PAGE + index) * SZ_4K | 1;
	fvp->sints[0] = FAKE_VECTOR(0);
}

/* SINT0's slot of a VP, after the VP has had its turn */
static struct hvp_hv_message *received(struct fixture *f, u32 index)
{
	hvp_synic_deliver(f->vm->vps[index].vp);
	return (void *)(f->vm->ram + (SIM_PAGE + index) * SZ_4K);
}

static bool queued_at(struct fixture *f, u32 index)
{
	return hvp_synic_has_work(f->vm->vps[index].vp->synic[0]);
}

/* What is tried again some milliseconds apart has been tried */
static void wait_for_retry(void)
{
	msleep(200);
}

static void deliver_from(struct fixture *f, struct hvp_vp *vp, const struct hvp_exit *exit,
			 struct hvp_vp *actor)
{
	fed_child_lock(&f->child, actor);
	hvp_intercept_deliver(vp, exit);
	fed_child_unlock(&f->child);
}

static void deliver(struct fixture *f)
{
	deliver_from(f, f->child.vp, &out_exit, f->vm->vp);
}

static struct hvp_vp *add_child_vp(struct fixture *f, u32 index)
{
	struct hvp_vp *vp;

	fed_child_lock(&f->child, NULL);
	KUNIT_EXPECT_EQ(f->vm->test, (u32)hvp_child_vp_create(f->child.pt, index), 0U);
	vp = hvp_vp_find(f->child.pt, index);
	fed_child_unlock(&f->child);
	KUNIT_ASSERT_NOT_NULL(f->vm->test, vp);
	return vp;
}

static u8 *map_page(struct fixture *f, u16 type)
{
	const struct {
		u64 id;
		u32 vp;
		u16 type;
		u8 vtl, flags;
		u64 location;
	} in = { .id = f->child.id, .type = type };
	u64 gfn;

	KUNIT_ASSERT_EQ(f->vm->test,
			HV_STATUS(fake_call(f->vm, MAP_STATE_PAGE, &in, sizeof(in), &gfn, 8)), 0U);
	return f->vm->ram + (gfn << PAGE_SHIFT);
}

static u32 set_register(struct fixture *f, u32 name, u64 value)
{
	const struct {
		struct hv_vp_registers header;
		struct hv_set_register reg;
	} in = { { .partition_id = f->child.id }, { .name = name, .value.low = value } };

	return HV_STATUS(fake_call(f->vm, SET_REGISTERS | HV_REPS(1), &in, sizeof(in), NULL, 0));
}

static u32 finish(struct fixture *f, const struct hv_complete_intercept *in)
{
	return HV_STATUS(fake_call(f->vm, COMPLETE, in, sizeof(*in), NULL, 0));
}

static u32 finish_type(struct fixture *f, u32 type, u32 flags)
{
	const struct hv_complete_intercept in = {
		.partition = f->child.id, .type = type, .flags = flags,
	};

	return finish(f, &in);
}

static bool pending(struct fixture *f, struct hvp_hv_message *message)
{
	bool is;

	fed_child_lock(&f->child, NULL);
	is = hvp_intercept_pending(f->child.vp, message);
	fed_child_unlock(&f->child);
	return is;
}

#define EXPECT_SUSPENDED(f, is) \
	KUNIT_EXPECT_EQ((f)->vm->test, fed_child_get(&(f)->child, HV_REG_INTERCEPT_SUSPEND), is)

/* The sheet, section "Intercepts": the VP is suspended, one message is sent to SINT0 */
static void parent_gets_the_message(struct kunit *test)
{
	struct fixture *f = test->priv;
	const struct hvp_hv_message *at;
	struct hvp_hv_message message;

	enable(f, 0);
	KUNIT_EXPECT_FALSE(test, pending(f, &message));
	deliver(f);
	EXPECT_SUSPENDED(f, 1ULL);
	at = received(f, 0);
	KUNIT_EXPECT_EQ(test, at->type, (u32)IO_PORT);
	KUNIT_EXPECT_EQ(test, at->size, 128);
	KUNIT_EXPECT_EQ(test, at->sender, f->child.id);
	KUNIT_EXPECT_EQ(test, get_unaligned((u16 *)&at->payload[40]), 0x3f8);
	KUNIT_EXPECT_EQ(test, f->vm->vps[0].irq_count, 1U);
	KUNIT_EXPECT_EQ(test, f->vm->vps[0].irqs[0], FAKE_VECTOR(0));
	KUNIT_EXPECT_TRUE(test, pending(f, &message));
	KUNIT_EXPECT_MEMEQ(test, &message, at, 16 + 128);
}

/* linux-clients 6.6, hypervisor-scheduled, step 3; 6.7: the register page is filled each time */
static void message_page_holds_the_message(struct kunit *test)
{
	struct fixture *f = test->priv;
	u8 *registers = map_page(f, HV_VP_STATE_PAGE_REGISTERS);
	u8 *page = map_page(f, HV_VP_STATE_PAGE_INTERCEPT_MESSAGE);
	const struct hvp_hv_message *at;
	struct hvp_hv_message message;

	enable(f, 0);
	memset(page, FAKE_POISON, HV_MESSAGE_SIZE);
	memset(registers, 0, SZ_4K);
	fed_child_set(&f->child, HV_REG_RIP, 0x1234567, 0);
	deliver(f);
	KUNIT_EXPECT_TRUE(test, pending(f, &message));
	/* All 256 bytes of it */
	KUNIT_EXPECT_MEMEQ(test, page, &message, HV_MESSAGE_SIZE);
	KUNIT_EXPECT_EQ(test, message.type, (u32)IO_PORT);
	KUNIT_EXPECT_EQ(test, message.sender, f->child.id);
	KUNIT_EXPECT_EQ(test, registers[2], 1);		/* IsValid */
	KUNIT_EXPECT_EQ(test, get_unaligned((u64 *)&registers[136]), 0x1234567ULL);

	at = received(f, 0);
	KUNIT_EXPECT_EQ(test, at->type, (u32)OPAQUE);
	KUNIT_EXPECT_EQ(test, at->size, 4);
	KUNIT_EXPECT_EQ(test, at->sender, f->child.id);
	KUNIT_EXPECT_EQ(test, get_unaligned((u32 *)at->payload), 0U);	/* VP index */
}

static void opaque_message_names_the_vp(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct hvp_vp *vp = add_child_vp(f, 9);
	struct hvp_state_page *page = hvp_file_state_page(vp, HV_VP_STATE_PAGE_INTERCEPT_MESSAGE);
	u64 gfn;

	enable(f, 0);
	fed_child_lock(&f->child, f->vm->vp);
	KUNIT_ASSERT_EQ(test, (u32)hvp_state_page_map(vp, HV_VP_STATE_PAGE_INTERCEPT_MESSAGE, NULL,
						      &gfn), 0U);
	fed_child_unlock(&f->child);
	KUNIT_EXPECT_TRUE(test, page->mapped);
	deliver_from(f, vp, &out_exit, f->vm->vp);
	KUNIT_EXPECT_EQ(test, received(f, 0)->type, (u32)OPAQUE);
	KUNIT_EXPECT_EQ(test, get_unaligned((u32 *)received(f, 0)->payload), 9U);
}

/* Without a VP of the parent at hand the page cannot be written: nothing is lost */
static void page_out_of_reach_is_not_used(struct kunit *test)
{
	struct fixture *f = test->priv;
	u8 *page = map_page(f, HV_VP_STATE_PAGE_INTERCEPT_MESSAGE);

	enable(f, 0);
	deliver_from(f, f->child.vp, &out_exit, NULL);
	KUNIT_EXPECT_NULL(test, memchr_inv(page, 0, HV_MESSAGE_SIZE));
	KUNIT_EXPECT_EQ(test, received(f, 0)->type, (u32)IO_PORT);
}

/* Which VP: the one that acts, otherwise the first that listens */
static void acting_vp_is_preferred(struct kunit *test)
{
	struct fixture *f = test->priv;
	u32 i;

	for (i = 0; i < FAKE_VPS; i++)
		enable(f, i);
	deliver_from(f, f->child.vp, &out_exit, f->vm->vps[2].vp);
	KUNIT_EXPECT_FALSE(test, queued_at(f, 0));
	KUNIT_EXPECT_TRUE(test, queued_at(f, 2));
	KUNIT_EXPECT_EQ(test, atomic_read(&f->vm->vps[2].kicks), 1);
}

static void first_vp_that_listens_is_next(struct kunit *test)
{
	struct fixture *f = test->priv;
	u32 i;

	for (i = 0; i < FAKE_VPS; i++)
		enable(f, i);
	f->vm->vps[2].synic.control = 0;
	f->vm->vps[0].synic.simp &= ~1ULL;
	/* Masked, an interrupt would be lost; polling makes it welcome again */
	f->vm->vps[1].sints[0] |= HV_SINT_MASKED;
	deliver_from(f, f->child.vp, &out_exit, f->vm->vps[2].vp);
	KUNIT_EXPECT_TRUE(test, queued_at(f, 3));

	KUNIT_EXPECT_EQ(test, finish_type(f, ANY, 0), 0U);
	f->vm->vps[1].sints[0] |= HV_SINT_POLLING;
	deliver_from(f, f->child.vp, &out_exit, f->vm->vps[2].vp);
	KUNIT_EXPECT_TRUE(test, queued_at(f, 1));
	KUNIT_EXPECT_FALSE(test, queued_at(f, 3));
}

static void message_waits_for_a_vp_that_listens(struct kunit *test)
{
	struct fixture *f = test->priv;

	deliver(f);
	EXPECT_SUSPENDED(f, 1ULL);
	wait_for_retry();
	KUNIT_EXPECT_FALSE(test, queued_at(f, 3));
	enable(f, 3);
	wait_for_retry();
	KUNIT_EXPECT_EQ(test, received(f, 3)->type, (u32)IO_PORT);
	/* Once */
	received(f, 3)->type = 0;
	wait_for_retry();
	KUNIT_EXPECT_EQ(test, received(f, 3)->type, 0U);
}

static atomic_t questions;

static bool nobody_listens(struct hvp_vp *vp, u8 vtl, u32 sint, struct hvp_sint *out)
{
	atomic_inc(&questions);
	return false;
}

#define WAITING	6

/* However many messages wait, one attempt asks each VP of the parent once */
static void attempts_are_bounded(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct hvp_backend_ops ops = *f->vm->vp->ops;
	const struct hvp_backend_ops *old = f->vm->vp->ops;
	unsigned long begin;
	u32 i, attempts;

	for (i = 1; i < WAITING; i++)
		deliver_from(f, add_child_vp(f, i), &out_exit, f->vm->vp);
	deliver(f);
	ops.sint = nobody_listens;
	/* Nothing is tried again meanwhile */
	fed_child_lock(&f->child, NULL);
	for (i = 0; i < FAKE_VPS; i++)
		f->vm->vps[i].vp->ops = &ops;
	atomic_set(&questions, 0);
	begin = jiffies;
	fed_child_unlock(&f->child);
	wait_for_retry();
	fed_child_lock(&f->child, NULL);
	for (i = 0; i < FAKE_VPS; i++)
		f->vm->vps[i].vp->ops = old;
	fed_child_unlock(&f->child);
	/* 20 ms apart, and one at either end */
	attempts = jiffies_to_msecs(jiffies - begin) / 20 + 2;
	KUNIT_EXPECT_GE(test, atomic_read(&questions), FAKE_VPS);
	KUNIT_EXPECT_LE(test, (u32)atomic_read(&questions), attempts * FAKE_VPS);

	/* And all arrive when somebody listens */
	enable(f, 0);
	wait_for_retry();
	for (i = 0; i < WAITING; i++) {
		KUNIT_EXPECT_EQ(test, received(f, 0)->type, (u32)IO_PORT);
		received(f, 0)->type = 0;
	}
	KUNIT_EXPECT_FALSE(test, queued_at(f, 0));
}

/* One that nobody has to see any more is not sent late */
static void message_that_waits_is_forgotten(struct kunit *test)
{
	struct fixture *f = test->priv;

	deliver(f);
	KUNIT_EXPECT_EQ(test, finish_type(f, ANY, 0), 0U);
	enable(f, 0);
	wait_for_retry();
	KUNIT_EXPECT_FALSE(test, queued_at(f, 0));
}

/* linux-clients 6.6, "SINT0 rules": nothing is sent for what has been deleted */
static void deleted_vp_sends_nothing(struct kunit *test)
{
	struct fixture *f = test->priv;
	const struct {
		u64 id;
		u32 vp;
		u32 rsvd;
	} in = { .id = f->child.id }, waiting = { .id = f->child.id, .vp = 1 };
	struct hvp_vp *other = add_child_vp(f, 1);

	deliver_from(f, other, &out_exit, f->vm->vp);	/* nobody listens yet */
	enable(f, 0);
	deliver(f);
	KUNIT_EXPECT_EQ(test, HV_STATUS(fake_call(f->vm, DELETE_VP, &waiting, sizeof(waiting),
						  NULL, 0)), 0U);
	KUNIT_EXPECT_TRUE(test, queued_at(f, 0));
	KUNIT_EXPECT_EQ(test, HV_STATUS(fake_call(f->vm, DELETE_VP, &in, sizeof(in), NULL, 0)),
			0U);
	KUNIT_EXPECT_FALSE(test, queued_at(f, 0));
	wait_for_retry();
	KUNIT_EXPECT_EQ(test, received(f, 0)->type, 0U);
	KUNIT_EXPECT_EQ(test, f->vm->vps[0].irq_count, 0U);
}

static void finalized_partition_sends_nothing(struct kunit *test)
{
	struct fixture *f = test->priv;

	enable(f, 0);
	deliver(f);
	KUNIT_EXPECT_TRUE(test, queued_at(f, 0));
	KUNIT_EXPECT_EQ(test, HV_STATUS(fake_call(f->vm, FINALIZE, &f->child.id, 8, NULL, 0)), 0U);
	KUNIT_EXPECT_EQ(test, received(f, 0)->type, 0U);
}

/* A machine that dies with messages in its queues and others that wait */
static void dying_parent_is_no_harm(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct hvp_vp *other = add_child_vp(f, 1);

	deliver(f);
	enable(f, 0);
	deliver_from(f, other, &out_exit, f->vm->vp);
	KUNIT_EXPECT_TRUE(test, queued_at(f, 0));
}

/* One message of each VP, in order; the second waits for the slot with "message pending" */
static void each_vp_has_its_message(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct hvp_vp *other = add_child_vp(f, 1);
	const struct hvp_exit halt = { .kind = HVP_EXIT_HALT };
	struct hvp_hv_message *at;

	enable(f, 0);
	deliver(f);
	deliver_from(f, other, &halt, f->vm->vp);
	at = received(f, 0);
	KUNIT_EXPECT_EQ(test, at->type, (u32)IO_PORT);
	KUNIT_EXPECT_EQ(test, at->flags, 1);
	at->type = 0;
	at = received(f, 0);
	KUNIT_EXPECT_EQ(test, at->type, 0x80010007U);
	KUNIT_EXPECT_EQ(test, get_unaligned((u32 *)at->payload), 1U);
	KUNIT_EXPECT_EQ(test, at->flags, 0);
}

/* TLFS 2.0, 14.2.6: still queued when the next intercept occurs, it is taken out and replaced */
static void message_of_a_vp_that_went_on_is_replaced(struct kunit *test)
{
	const struct hvp_exit halt = { .kind = HVP_EXIT_HALT };
	struct fixture *f = test->priv;
	struct hvp_hv_message *at;

	enable(f, 0);
	deliver(f);
	KUNIT_EXPECT_EQ(test, set_register(f, HV_REG_INTERCEPT_SUSPEND, 0), 0U);
	KUNIT_EXPECT_TRUE(test, queued_at(f, 0));
	deliver_from(f, f->child.vp, &halt, f->vm->vp);
	at = received(f, 0);
	KUNIT_EXPECT_EQ(test, at->type, 0x80010007U);
	at->type = 0;
	KUNIT_EXPECT_EQ(test, received(f, 0)->type, 0U);
}

/* The sheet, 0x0051: clearing HvRegisterInterceptSuspend resumes a VP after an intercept */
static void register_ends_the_intercept(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct hvp_hv_message message;

	enable(f, 0);
	deliver(f);
	/* Setting it again ends nothing */
	KUNIT_EXPECT_EQ(test, set_register(f, HV_REG_INTERCEPT_SUSPEND, 1), 0U);
	KUNIT_EXPECT_TRUE(test, pending(f, &message));
	KUNIT_EXPECT_EQ(test, set_register(f, HV_REG_INTERCEPT_SUSPEND, 0), 0U);
	KUNIT_EXPECT_FALSE(test, pending(f, &message));
	KUNIT_EXPECT_EQ(test, finish_type(f, ANY, 0), (u32)HV_STATUS_INVALID_VP_STATE);
	deliver(f);
	KUNIT_EXPECT_TRUE(test, pending(f, &message));
}

/* A VP that its parent has suspended itself has no intercept of any type */
static void suspended_vp_without_intercept(struct kunit *test)
{
	struct fixture *f = test->priv;

	KUNIT_EXPECT_EQ(test, set_register(f, HV_REG_INTERCEPT_SUSPEND, 1), 0U);
	KUNIT_EXPECT_EQ(test, finish_type(f, 0, 0), (u32)HV_STATUS_INVALID_VP_STATE);
	KUNIT_EXPECT_EQ(test, finish_type(f, ANY, 1), (u32)HV_STATUS_INVALID_PARAMETER);
	EXPECT_SUSPENDED(f, 1ULL);
	KUNIT_EXPECT_EQ(test, finish_type(f, ANY, 0), 0U);
	EXPECT_SUSPENDED(f, 0ULL);
}

/* The sheet's entry for 0x00bd */
static void completion_checks_its_operands(struct kunit *test)
{
	struct fixture *f = test->priv;
	const struct hv_complete_intercept good = {
		.partition = f->child.id, .type = HV_INTERCEPT_IO_PORT,
	};
	struct hv_complete_intercept in;

	KUNIT_EXPECT_EQ(test, finish(f, &good), (u32)HV_STATUS_INVALID_VP_STATE);
	deliver(f);
#define EXPECT_REFUSED(field, value, status) do {						\
	in = good;									\
	in.field = value;								\
	KUNIT_EXPECT_EQ(test, finish(f, &in), (u32)HV_STATUS_##status);		\
} while (0)
	EXPECT_REFUSED(partition, 0x7777, INVALID_PARTITION_ID);
	EXPECT_REFUSED(partition, HV_PARTITION_ID_SELF, ACCESS_DENIED);
	EXPECT_REFUSED(vp, 1, INVALID_VP_INDEX);
	EXPECT_REFUSED(vp, HV_VP_INDEX_SELF, INVALID_VP_INDEX);
	EXPECT_REFUSED(vtl, 0x80, INVALID_PARAMETER);	/* reserved bits */
	EXPECT_REFUSED(vtl, 0x11, INVALID_VTL_STATE);	/* VTL1 is not there */
	EXPECT_REFUSED(rsvd[2], 1, INVALID_PARAMETER);
	EXPECT_REFUSED(flags, 2, INVALID_PARAMETER);
	EXPECT_REFUSED(flags, BIT(31), INVALID_PARAMETER);
	EXPECT_REFUSED(type, 4, INVALID_PARAMETER);	/* reserved */
	EXPECT_REFUSED(type, 0x12, INVALID_PARAMETER);	/* arm64 */
	EXPECT_REFUSED(type, HV_INTERCEPT_MSR, INVALID_VP_STATE);
#undef EXPECT_REFUSED
	EXPECT_SUSPENDED(f, 1ULL);
	KUNIT_EXPECT_EQ(test, finish(f, &good), 0U);
	EXPECT_SUSPENDED(f, 0ULL);
	KUNIT_EXPECT_EQ(test, finish(f, &good), (u32)HV_STATUS_INVALID_VP_STATE);
}

/* The table of the sheet's section "Intercepts": types and their messages */
static const struct {
	enum hvp_exit_kind kind;
	u32 types;	/* BIT(type) of those that may end it */
} ends[] = {
	{ HVP_EXIT_IO, BIT(0x00) | BIT(0x11) },
	{ HVP_EXIT_MSR, BIT(0x01) | BIT(0x0a) | BIT(0x0c) },
	{ HVP_EXIT_CPUID, BIT(0x02) | BIT(0x06) },
	{ HVP_EXIT_EXCEPTION, BIT(0x03) },
	{ HVP_EXIT_EXCEPTION_TRAP, BIT(0x10) },
	{ HVP_EXIT_UNMAPPED_GPA, BIT(0x05) },
	{ HVP_EXIT_GPA, BIT(0x05) },
	{ HVP_EXIT_HYPERCALL, BIT(0x08) | BIT(0x0d) | BIT(0x0f) },
	{ HVP_EXIT_SIPI, BIT(0x09) },
	{ HVP_EXIT_APIC_EOI, BIT(0x0e) },
	{ HVP_EXIT_HALT, 0 },
	{ HVP_EXIT_TRIPLE_FAULT, 0 },
	{ HVP_EXIT_DELIVERABLE, 0 },
	{ HVP_EXIT_SINT_DELIVERABLE, 0 },
	{ HVP_EXIT_INVALID_REGISTER, 0 },
	{ HVP_EXIT_UNSUPPORTED, 0 },
};

static void type_has_to_be_that_of_the_message(struct kunit *test)
{
	struct fixture *f = test->priv;
	u32 i, type, status;

	for (i = 0; i < ARRAY_SIZE(ends); i++) {
		const struct hvp_exit exit = { .kind = ends[i].kind };

		deliver_from(f, f->child.vp, &exit, f->vm->vp);
		for (type = 0; type < 0x12; type++) {
			if (type == 4)
				continue;
			status = finish_type(f, type, 0);
			KUNIT_EXPECT_EQ_MSG(test, status,
					    ends[i].types & BIT(type) ?
					    0U : (u32)HV_STATUS_INVALID_VP_STATE,
					    "exit %u, type 0x%x", ends[i].kind, type);
			if (!status)
				deliver_from(f, f->child.vp, &exit, f->vm->vp);
		}
		KUNIT_EXPECT_EQ(test, finish_type(f, ANY, 0), 0U);
	}
}

/* Likewise of types whose messages no source lays out, so that nothing sends them yet */
static const struct { u32 type, message; } without_layout[] = {
	{ 0x07, 0x8001000b }, { 0x09, 0x8001000d }, { 0x0b, 0x8001000e },
};

static void every_type_of_the_table_has_its_message(struct kunit *test)
{
	struct fixture *f = test->priv;
	u32 i, type;

	for (i = 0; i < ARRAY_SIZE(without_layout); i++) {
		for (type = 0; type < 0x12; type++) {
			if (type == 4)
				continue;
			deliver(f);
			hvp_file_pending(f->child.vp)->message.type = without_layout[i].message;
			KUNIT_EXPECT_EQ_MSG(test, finish_type(f, type, 0),
					    type == without_layout[i].type ?
					    0U : (u32)HV_STATUS_INVALID_VP_STATE,
					    "message 0x%x, type 0x%x", without_layout[i].message,
					    type);
			finish_type(f, ANY, 0);
		}
	}
}

/* CS as it is in 64-bit mode and otherwise; EFER.LMA; RIP before and after */
static const struct {
	u16 cs;
	u64 efer;
	u64 before;
	u8 length;
	u64 after;
} advances[] = {
	{ 0xa09b, 0x500, 0xffffffff81000000, 2, 0xffffffff81000002 },
	{ 0xa09b, 0x500, 0xfffffffe, 3, 0x100000001 },
	{ 0xc09b, 0x500, 0xfffffffe, 3, 1 },	/* compatibility mode */
	{ 0xc09b, 0, 0x1000, 15, 0x100f },
};

static void rip_is_advanced(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct hvp_exit exit = out_exit;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(advances); i++) {
		exit.length = advances[i].length;
		hvp_file_place(f->child.vp, HV_REG_CS)[1] = (u64)advances[i].cs << 48;
		*hvp_file_place(f->child.vp, HV_REG_EFER) = advances[i].efer;
		*hvp_file_place(f->child.vp, HV_REG_RIP) = advances[i].before;
		/* It executed the instruction: STI's shadow is over, an NMI's mask is not */
		fed_child_set(&f->child, HV_REG_INTERRUPT_STATE, 3, 0);
		deliver_from(f, f->child.vp, &exit, f->vm->vp);
		KUNIT_EXPECT_EQ(test, finish_type(f, 0, 1), 0U);
		KUNIT_EXPECT_EQ(test, fed_child_get(&f->child, HV_REG_RIP), advances[i].after);
		KUNIT_EXPECT_EQ(test, fed_child_get(&f->child, HV_REG_INTERRUPT_STATE), 2ULL);
	}
}

/* An instruction of unknown length cannot be skipped; then the VP stays where it is */
static void unknown_length_is_refused(struct kunit *test)
{
	const struct hvp_exit exit = { .kind = HVP_EXIT_UNMAPPED_GPA, .gpa = 0x1000 };
	struct fixture *f = test->priv;

	deliver_from(f, f->child.vp, &exit, f->vm->vp);
	KUNIT_EXPECT_EQ(test, finish_type(f, HV_INTERCEPT_MMIO, 1),
			(u32)HV_STATUS_INVALID_PARAMETER);
	EXPECT_SUSPENDED(f, 1ULL);
	KUNIT_EXPECT_EQ(test, fed_child_get(&f->child, HV_REG_RIP), 0xfff0ULL);
	KUNIT_EXPECT_EQ(test, finish_type(f, HV_INTERCEPT_MMIO, 0), 0U);
	KUNIT_EXPECT_EQ(test, fed_child_get(&f->child, HV_REG_RIP), 0xfff0ULL);
}

/* linux-clients 6.7: RAX and RIP are left in the page with their dirty bits */
static void register_page_is_taken_over(struct kunit *test)
{
	struct fixture *f = test->priv;
	u8 *page = map_page(f, HV_VP_STATE_PAGE_REGISTERS);

	deliver(f);
	put_unaligned(0x1122ULL, (u64 *)&page[8]);	/* RAX */
	put_unaligned(0x3344ULL, (u64 *)&page[136]);	/* RIP */
	put_unaligned(3U, (u32 *)&page[4]);
	KUNIT_EXPECT_EQ(test, finish_type(f, ANY, 1), 0U);
	KUNIT_EXPECT_EQ(test, fed_child_get(&f->child, HV_REG_RAX), 0x1122ULL);
	KUNIT_EXPECT_EQ(test, fed_child_get(&f->child, HV_REG_RIP), 0x3345ULL);
	/* The page says so too */
	KUNIT_EXPECT_EQ(test, get_unaligned((u32 *)&page[4]), 0U);
	KUNIT_EXPECT_EQ(test, get_unaligned((u64 *)&page[136]), 0x3345ULL);
}

static void host_asks_for_the_message(struct kunit *test)
{
	const struct hv_create_partition in = { .flags = HV_CREATE_EXO, .compatibility = 0x0609 };
	struct hvp_hv_message message;
	struct hvp_partition *pt;
	struct hvp_vp *vp;

	KUNIT_ASSERT_EQ(test, (u32)hvp_child_create(NULL, hvp_host_instance(), &in, &pt), 0U);
	pt->pool.unlimited = true;
	KUNIT_ASSERT_NOT_NULL(test, hvp_child_lock(hvp_partition_get(pt), NULL));
	KUNIT_EXPECT_EQ(test, (u32)hvp_child_initialize(pt), 0U);
	KUNIT_EXPECT_EQ(test, (u32)hvp_child_vp_create(pt, 0), 0U);
	vp = hvp_vp_find(pt, 0);
	KUNIT_ASSERT_NOT_NULL(test, vp);
	hvp_intercept_deliver(vp, &out_exit);
	KUNIT_EXPECT_TRUE(test, hvp_intercept_pending(vp, &message));
	KUNIT_EXPECT_EQ(test, message.type, (u32)IO_PORT);
	KUNIT_EXPECT_EQ(test, message.sender, pt->id);
	KUNIT_EXPECT_EQ(test, (u32)hvp_intercept_complete(vp, 0, 1), 0U);
	KUNIT_EXPECT_FALSE(test, hvp_intercept_pending(vp, &message));
	KUNIT_EXPECT_EQ(test, hvp_file_get64(vp, HV_REG_RIP), 0xfff1ULL);
	hvp_child_destroy(pt);
	hvp_child_unlock(pt);
	hvp_partition_put(pt);
}

/* A child of the child, made by the host's means, with VP 0 */
static struct hvp_vp *make_grandchild(struct fixture *f)
{
	const struct hv_create_partition in = { .flags = HV_CREATE_EXO, .compatibility = 0x0609 };
	struct hvp_partition *pt;
	struct hvp_vp *vp;

	f->child.pt->pool.unlimited = true;
	KUNIT_ASSERT_EQ(f->vm->test, (u32)hvp_child_create(f->child.pt, f->child.pt->instance, &in,
							   &pt), 0U);
	hvp_partition_put(pt);
	pt->pool.unlimited = true;
	KUNIT_ASSERT_NOT_NULL(f->vm->test, hvp_child_lock(hvp_partition_get(pt), NULL));
	KUNIT_EXPECT_EQ(f->vm->test, (u32)hvp_child_initialize(pt), 0U);
	KUNIT_EXPECT_EQ(f->vm->test, (u32)hvp_child_vp_create(pt, 0), 0U);
	vp = hvp_vp_find(pt, 0);
	hvp_child_unlock(pt);
	KUNIT_ASSERT_NOT_NULL(f->vm->test, vp);
	return vp;
}

/* The SynIC of a VP of the child, which is a parent itself */
static void enable_child_vp(struct hvp_vp *vp, u64 sim_gfn)
{
	*hvp_file_place(vp, HV_REG_SCONTROL) = 1;
	*hvp_file_place(vp, HV_REG_SIMP) = sim_gfn << PAGE_SHIFT | 1;
	*hvp_file_place(vp, HV_REG_SINT0) = 0x40;
}

static void grandchild_exits(struct hvp_vp *vp, struct hvp_vp *actor)
{
	hvp_child_lock(hvp_partition_get(vp->partition), actor);
	hvp_intercept_deliver(vp, &out_exit);
	hvp_child_unlock(vp->partition);
}

static void child_is_a_parent(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct hvp_vp *grandchild = make_grandchild(f);
	const struct hvp_hv_message *at = (void *)(f->vm->ram + SIM_PAGE * SZ_4K);

	fed_child_map(&f->child, 5, SIM_PAGE, 0xf);
	enable_child_vp(f->child.vp, 5);
	grandchild_exits(grandchild, f->child.vp);
	KUNIT_EXPECT_TRUE(test, hvp_synic_has_work(f->child.vp->synic[0]));
	fed_child_lock(&f->child, f->vm->vp);
	hvp_synic_deliver(f->child.vp);
	fed_child_unlock(&f->child);
	KUNIT_EXPECT_EQ(test, at->type, (u32)IO_PORT);
	KUNIT_EXPECT_EQ(test, at->sender, grandchild->partition->id);
}

/* The VP in whose queue it is goes: it moves to another, when there is one */
static void message_moves_when_its_vp_goes(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct hvp_vp *grandchild = make_grandchild(f), *other;

	enable_child_vp(f->child.vp, 5);
	grandchild_exits(grandchild, NULL);
	KUNIT_EXPECT_TRUE(test, hvp_synic_has_work(f->child.vp->synic[0]));
	fed_child_lock(&f->child, f->vm->vp);
	KUNIT_EXPECT_EQ(test, (u32)hvp_child_vp_delete(f->child.pt, 0), 0U);
	fed_child_unlock(&f->child);
	wait_for_retry();

	other = add_child_vp(f, 4);
	wait_for_retry();
	KUNIT_EXPECT_FALSE(test, hvp_synic_has_work(other->synic[0]));
	enable_child_vp(other, 5);
	wait_for_retry();
	KUNIT_EXPECT_TRUE(test, hvp_synic_has_work(other->synic[0]));
}

static struct kunit_case intercept_cases[] = {
	KUNIT_CASE(parent_gets_the_message),
	KUNIT_CASE(message_page_holds_the_message),
	KUNIT_CASE(opaque_message_names_the_vp),
	KUNIT_CASE(page_out_of_reach_is_not_used),
	KUNIT_CASE(acting_vp_is_preferred),
	HVP_CASE(first_vp_that_listens_is_next, 0x00bd),
	KUNIT_CASE(message_waits_for_a_vp_that_listens),
	KUNIT_CASE(attempts_are_bounded),
	HVP_CASE(message_that_waits_is_forgotten, 0x00bd),
	HVP_CASE(deleted_vp_sends_nothing, 0x004f),
	HVP_CASE(finalized_partition_sends_nothing, 0x0042),
	KUNIT_CASE(dying_parent_is_no_harm),
	KUNIT_CASE(each_vp_has_its_message),
	HVP_CASE(message_of_a_vp_that_went_on_is_replaced, 0x0051),
	HVP_CASE(register_ends_the_intercept, 0x0051, 0x00bd),
	HVP_CASE(suspended_vp_without_intercept, 0x00bd),
	HVP_CASE(completion_checks_its_operands, 0x00bd),
	HVP_CASE(type_has_to_be_that_of_the_message, 0x00bd),
	HVP_CASE(every_type_of_the_table_has_its_message, 0x00bd),
	HVP_CASE(rip_is_advanced, 0x00bd),
	HVP_CASE(unknown_length_is_refused, 0x00bd),
	HVP_CASE(register_page_is_taken_over, 0x00bd),
	KUNIT_CASE(host_asks_for_the_message),
	KUNIT_CASE(child_is_a_parent),
	KUNIT_CASE(message_moves_when_its_vp_goes),
	{}
};

static struct kunit_suite intercept_suite = {
	.name = "hvpersona_intercept",
	.init = init,
	.exit = end,
	.test_cases = intercept_cases,
};

kunit_test_suites(&intercept_suite);
