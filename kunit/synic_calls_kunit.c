// SPDX-License-Identifier: GPL-2.0
/*
 * HvCallSignalEventDirect and HvCallPostMessageDirect, and the SynIC of a child that its parent
 * acts on. The sheet's entries 0x00c0 and 0x00c1, and its section 10.
 */
#include <linux/string.h>

#include "../hvpersona/hv_abi/gpa.h"
#include "../hvpersona/hv_abi/registers.h"
#include "../hvpersona/hv_abi/synic.h"
#include "../hvpersona/synic/message.h"
#include "fed_child.h"

#define SIGNAL		0x00c0
#define POST		0x00c1
#define SET_REGISTERS	0x0051
#define DELETE_VP	0x004f

/* The child's pages, and the parent's that they are */
#define SIM		5
#define SIEF		6
#define PARENT_SIM	40
#define PARENT_SIEF	41
#define READ_WRITE	(HV_MAP_GPA_READABLE | HV_MAP_GPA_WRITABLE)

static int init(struct kunit *test)
{
	struct fed_child *child = kunit_kzalloc(test, sizeof(*child), GFP_KERNEL);
	struct fake_vm *vm;

	KUNIT_ASSERT_NOT_NULL(test, child);
	vm = fake_vm_create(test, HVPERSONA_ROLE_ROOT, HV_PRIVILEGES_DEFINED, FAKE_VPS);
	fed_child_create(vm, child, 0);
	fed_child_map(child, SIM, PARENT_SIM, READ_WRITE);
	fed_child_map(child, SIEF, PARENT_SIEF, READ_WRITE);
	test->priv = child;
	return 0;
}

static void end(struct kunit *test)
{
	struct fed_child *child = test->priv;

	test->priv = child ? child->vm : NULL;
	fake_exit(test);
}

static void enable(struct fed_child *child)
{
	fed_child_set(child, HV_REG_SCONTROL, HV_SYNIC_ENABLE, 0);
	fed_child_set(child, HV_REG_SIMP, SIM << PAGE_SHIFT | HV_SYNIC_ENABLE, 0);
	fed_child_set(child, HV_REG_SIEFP, SIEF << PAGE_SHIFT | HV_SYNIC_ENABLE, 0);
	fed_child_set(child, HV_REG_SINT0 + 2, 0x42, 0);
}

static struct hvp_hv_message *slot(struct fed_child *child, u32 sint)
{
	return (void *)(child->vm->ram + PARENT_SIM * SZ_4K + sint * HV_MESSAGE_SIZE);
}

static u64 *word(struct fed_child *child, u32 sint, u32 at)
{
	return (u64 *)(child->vm->ram + PARENT_SIEF * SZ_4K + sint * 256 + at * 8);
}

/* A message to SINT 2 of VP 0 */
static struct hv_post_message_direct message_to(u64 partition, u32 number)
{
	struct hv_post_message_direct in = { .partition = partition, .sint = 2 };
	struct hvp_hv_message message = {
		.type = HV_MESSAGE_X64_IO_PORT_INTERCEPT, .size = 4, .sender = 0x77,
	};

	memcpy(message.payload, &number, sizeof(number));
	memcpy(in.message, &message, sizeof(message));
	return in;
}

static u32 post(struct fake_vm *vm, const struct hv_post_message_direct *in)
{
	return HV_STATUS(fake_call(vm, POST, in, sizeof(*in), NULL, 0));
}

static u32 post_number(struct fed_child *child, u32 number)
{
	const struct hv_post_message_direct in = message_to(child->id, number);

	return post(child->vm, &in);
}

static u32 signal_to(struct fake_vm *vm, const struct hv_signal_event_direct *in, bool *newly)
{
	struct hv_signal_event_direct_out out;
	u64 result = fake_call(vm, SIGNAL, in, sizeof(*in), &out, sizeof(out));

	*newly = !result && out.newly_signaled;
	if (!result)
		KUNIT_EXPECT_NULL(vm->test, memchr_inv(out.rsvd, 0, sizeof(out.rsvd)));
	return HV_STATUS(result);
}

static u32 signal_flag(struct fed_child *child, u16 flag, bool *newly)
{
	const struct hv_signal_event_direct in = {
		.partition = child->id, .sint = 2, .flag = flag,
	};

	return signal_to(child->vm, &in, newly);
}

/* HvCallSetVpRegisters, in the thread of the parent's VP */
static void set_register(struct fed_child *child, u32 name, u64 value)
{
	const u64 in[] = { child->id, 0, name, 0, value, 0 };

	KUNIT_EXPECT_EQ(child->vm->test,
			HV_STATUS(fake_call(child->vm, SET_REGISTERS | HV_REPS(1), in, sizeof(in),
					    NULL, 0)), 0U);
}

static u32 number_in(const struct hvp_hv_message *message)
{
	u32 number;

	memcpy(&number, message->payload, sizeof(number));
	return number;
}

#define EXPECT(test, status, name) KUNIT_EXPECT_EQ(test, status, (u32)HV_STATUS_##name)

/* Layout of the sheet's entry, offsets in bytes */
static void message_reaches_a_child(struct kunit *test)
{
	struct fed_child *child = test->priv;
	u8 in[280] = {};

	enable(child);
	memcpy(in, &child->id, 8);
	in[16] = 2;					/* SintIndex */
	*(u32 *)(in + 20) = 0x1234;			/* MessageType */
	in[24] = 240;					/* PayloadSize */
	memset(in + 36, 0x5c, 240);			/* Payload */
	EXPECT(test, HV_STATUS(fake_call(child->vm, POST, in, sizeof(in), NULL, 0)), SUCCESS);
	KUNIT_EXPECT_EQ(test, slot(child, 2)->type, 0x1234U);
	KUNIT_EXPECT_EQ(test, slot(child, 2)->size, 240);
	KUNIT_EXPECT_EQ(test, slot(child, 2)->flags, 0);
	KUNIT_EXPECT_NULL(test, memchr_inv(slot(child, 2)->payload, 0x5c, 240));
	KUNIT_EXPECT_EQ(test, slot(child, 3)->type, 0U);
}

/* Sheet, section 10: EOM has the next one delivered. So does the end of an interrupt */
static void child_ends_its_messages(struct kunit *test)
{
	static const u32 ends[] = { HV_REG_EOM, HV_REG_APIC_EOI, HV_REG_SINT0 + 2 };
	struct fed_child *child = test->priv;
	u32 i;

	enable(child);
	for (i = 0; i <= ARRAY_SIZE(ends); i++)
		EXPECT(test, post_number(child, i), SUCCESS);
	for (i = 0; i < ARRAY_SIZE(ends); i++) {
		KUNIT_EXPECT_EQ(test, number_in(slot(child, 2)), i);
		KUNIT_EXPECT_EQ(test, slot(child, 2)->flags, HV_MESSAGE_PENDING);
		/* The slot is still in use */
		set_register(child, ends[i], ends[i] == HV_REG_SINT0 + 2 ? 0x42 : 0);
		KUNIT_EXPECT_EQ(test, number_in(slot(child, 2)), i);
		slot(child, 2)->type = 0;
		set_register(child, ends[i], ends[i] == HV_REG_SINT0 + 2 ? 0x42 : 0);
	}
	KUNIT_EXPECT_EQ(test, number_in(slot(child, 2)), 3U);
	KUNIT_EXPECT_EQ(test, slot(child, 2)->flags, 0);
}

/* Pages that are enabled, or mapped, after the message was sent */
static void message_waits_for_the_childs_page(struct kunit *test)
{
	struct fed_child *child = test->priv;

	enable(child);
	set_register(child, HV_REG_SIMP, 99 << PAGE_SHIFT | HV_SYNIC_ENABLE);
	EXPECT(test, post_number(child, 1), SUCCESS);
	KUNIT_EXPECT_TRUE(test, hvp_synic_has_work(child->vp->synic[0]));
	set_register(child, HV_REG_SIMP, 0);
	set_register(child, HV_REG_SIMP, SIM << PAGE_SHIFT);
	KUNIT_EXPECT_EQ(test, slot(child, 2)->type, 0U);
	set_register(child, HV_REG_SCONTROL, 0);
	set_register(child, HV_REG_SIMP, SIM << PAGE_SHIFT | HV_SYNIC_ENABLE);
	KUNIT_EXPECT_EQ(test, slot(child, 2)->type, 0U);
	set_register(child, HV_REG_SCONTROL, HV_SYNIC_ENABLE);
	KUNIT_EXPECT_EQ(test, number_in(slot(child, 2)), 1U);
	KUNIT_EXPECT_FALSE(test, hvp_synic_has_work(child->vp->synic[0]));
}

/* What the host sends waits for a VP of the parent, without which the page is out of reach */
static void message_waits_for_an_actor(struct kunit *test)
{
	const struct hvp_hv_message message = { .type = 1 };
	struct fed_child *child = test->priv;
	struct hvp_synic *synic = child->vp->synic[0];
	bool newly;

	enable(child);
	KUNIT_EXPECT_EQ(test, (u32)hvp_synic_post_direct(synic, 2, &message), 0U);
	KUNIT_EXPECT_EQ(test, (u32)hvp_synic_signal(synic, 2, 9, &newly), 0U);
	fed_child_lock(child, NULL);
	hvp_synic_deliver(child->vp);
	fed_child_unlock(child);
	KUNIT_EXPECT_EQ(test, slot(child, 2)->type, 0U);
	KUNIT_EXPECT_EQ(test, *word(child, 2, 0), 0ULL);
	fed_child_lock(child, child->vm->vp);
	hvp_synic_deliver(child->vp);
	fed_child_unlock(child);
	KUNIT_EXPECT_EQ(test, slot(child, 2)->type, 1U);
	KUNIT_EXPECT_EQ(test, *word(child, 2, 0), BIT_ULL(9));
	KUNIT_EXPECT_FALSE(test, hvp_synic_has_work(synic));
}

static void statuses_of_a_post(struct kunit *test)
{
	struct fed_child *child = test->priv;
	struct hv_post_message_direct in;
	u32 i;

	EXPECT(test, post_number(child, 0), INVALID_SYNIC_STATE);
	enable(child);
	in = message_to(0x999, 0);
	EXPECT(test, post(child->vm, &in), INVALID_PARTITION_ID);
	in = message_to(child->id, 0);
	in.vp = 1;
	EXPECT(test, post(child->vm, &in), INVALID_VP_INDEX);
	in.vp = HV_VP_INDEX_SELF;
	EXPECT(test, post(child->vm, &in), INVALID_VP_INDEX);
	in = message_to(child->id, 0);
	in.vtl = 1;
	EXPECT(test, post(child->vm, &in), INVALID_VTL_STATE);
	in = message_to(child->id, 0);
	in.sint = 16;
	EXPECT(test, post(child->vm, &in), INVALID_PARAMETER);
	in = message_to(child->id, 0);
	memset(in.message, 0, 4);
	EXPECT(test, post(child->vm, &in), INVALID_PARAMETER);
	in = message_to(child->id, 0);
	in.message[4] = 241;
	EXPECT(test, post(child->vm, &in), INVALID_PARAMETER);
	KUNIT_EXPECT_EQ(test, slot(child, 2)->type, 0U);

	/* One is in the slot */
	for (i = 0; i <= HVP_DIRECT_BUFFERS; i++)
		EXPECT(test, post_number(child, i), SUCCESS);
	EXPECT(test, post_number(child, i), INSUFFICIENT_BUFFERS);
	slot(child, 2)->type = 0;
	set_register(child, HV_REG_EOM, 0);
	EXPECT(test, post_number(child, i), SUCCESS);
	/* Padding, and what is behind the size of the payload, may hold anything */
	slot(child, 2)->type = 0;
	set_register(child, HV_REG_EOM, 0);
	in = message_to(child->id, 0);
	memset(in.rsvd, 0xff, sizeof(in.rsvd));
	in.rsvd2 = ~0U;
	EXPECT(test, post(child->vm, &in), SUCCESS);
}

static void statuses_of_a_signal(struct kunit *test)
{
	struct fed_child *child = test->priv;
	struct hv_signal_event_direct in = { .partition = child->id, .sint = 2 };
	bool newly;

	EXPECT(test, signal_to(child->vm, &in, &newly), INVALID_SYNIC_STATE);
	enable(child);
	in.partition = 0x999;
	EXPECT(test, signal_to(child->vm, &in, &newly), INVALID_PARTITION_ID);
	in.partition = child->id;
	in.vp = 1;
	EXPECT(test, signal_to(child->vm, &in, &newly), INVALID_VP_INDEX);
	in.vp = 0;
	in.vtl = 1;
	EXPECT(test, signal_to(child->vm, &in, &newly), INVALID_VTL_STATE);
	in.vtl = 0;
	in.sint = 16;
	EXPECT(test, signal_to(child->vm, &in, &newly), INVALID_PARAMETER);
	in.sint = 2;
	in.flag = 2048;
	EXPECT(test, signal_to(child->vm, &in, &newly), INVALID_PARAMETER);
	in.flag = 0;
	/* All SINTs but this one are masked after reset */
	in.sint = 3;
	EXPECT(test, signal_to(child->vm, &in, &newly), INVALID_SYNIC_STATE);
	set_register(child, HV_REG_SINT0 + 3, HV_SINT_MASKED | HV_SINT_POLLING | 0x43);
	EXPECT(test, signal_to(child->vm, &in, &newly), SUCCESS);
	set_register(child, HV_REG_SIEFP, SIEF << PAGE_SHIFT);
	EXPECT(test, signal_to(child->vm, &in, &newly), INVALID_SYNIC_STATE);
	set_register(child, HV_REG_SIEFP, SIEF << PAGE_SHIFT | HV_SYNIC_ENABLE);
	set_register(child, HV_REG_SCONTROL, 0);
	EXPECT(test, signal_to(child->vm, &in, &newly), INVALID_SYNIC_STATE);
}

/* NewlySignaled: 1 if the flag was clear before */
static void child_flag_is_newly_signaled(struct kunit *test)
{
	struct fed_child *child = test->priv;
	bool newly;

	enable(child);
	EXPECT(test, signal_flag(child, 2047, &newly), SUCCESS);
	KUNIT_EXPECT_TRUE(test, newly);
	KUNIT_EXPECT_EQ(test, *word(child, 2, 31), BIT_ULL(63));
	EXPECT(test, signal_flag(child, 2047, &newly), SUCCESS);
	KUNIT_EXPECT_FALSE(test, newly);
	*word(child, 2, 31) = 0;
	EXPECT(test, signal_flag(child, 2047, &newly), SUCCESS);
	KUNIT_EXPECT_TRUE(test, newly);
	/* Set by the child itself */
	*word(child, 2, 0) = BIT_ULL(1);
	EXPECT(test, signal_flag(child, 1, &newly), SUCCESS);
	KUNIT_EXPECT_FALSE(test, newly);
}

/* A page that is out of reach: the flag waits, and is known to have been signaled */
static void flag_waits_for_the_childs_page(struct kunit *test)
{
	struct fed_child *child = test->priv;
	bool newly;

	enable(child);
	set_register(child, HV_REG_SIEFP, 99 << PAGE_SHIFT | HV_SYNIC_ENABLE);
	EXPECT(test, signal_flag(child, 70, &newly), SUCCESS);
	KUNIT_EXPECT_TRUE(test, newly);
	EXPECT(test, signal_flag(child, 70, &newly), SUCCESS);
	KUNIT_EXPECT_FALSE(test, newly);
	set_register(child, HV_REG_SIEFP, SIEF << PAGE_SHIFT | HV_SYNIC_ENABLE);
	KUNIT_EXPECT_EQ(test, *word(child, 2, 1), BIT_ULL(6));
	EXPECT(test, signal_flag(child, 70, &newly), SUCCESS);
	KUNIT_EXPECT_FALSE(test, newly);
}

/* The register form of 0x00c0 */
static void signal_may_be_fast(struct kunit *test)
{
	struct fed_child *child = test->priv;
	const struct hv_signal_event_direct in = { .partition = child->id, .sint = 2, .flag = 3 };
	u64 newly = 0;

	enable(child);
	KUNIT_EXPECT_EQ(test, fake_call_fast(child->vm, SIGNAL, &in, sizeof(in), &newly, 8), 0ULL);
	KUNIT_EXPECT_EQ(test, newly, 1ULL);
	KUNIT_EXPECT_EQ(test, *word(child, 2, 0), BIT_ULL(3));
}

/* A root sends to a VP of its own: that VP's thread has the interrupt */
static void root_signals_itself(struct kunit *test)
{
	struct fed_child *child = test->priv;
	struct hv_signal_event_direct in = {
		.partition = HV_PARTITION_ID_SELF, .vp = 1, .sint = 5, .flag = 64,
	};
	struct fake_vp *fvp = &child->vm->vps[1];
	bool newly;

	EXPECT(test, signal_to(child->vm, &in, &newly), INVALID_SYNIC_STATE);
	fake_synic_enable(fvp);
	EXPECT(test, signal_to(child->vm, &in, &newly), SUCCESS);
	KUNIT_EXPECT_TRUE(test, newly);
	KUNIT_EXPECT_EQ(test, fake_read64(child->vm, FAKE_SIEF(1) + 5 * 256 + 8), 1ULL);
	KUNIT_EXPECT_EQ(test, atomic_read(&fvp->kicks), 1);
	KUNIT_EXPECT_EQ(test, fvp->irq_count, 0U);
	EXPECT(test, signal_to(child->vm, &in, &newly), SUCCESS);
	KUNIT_EXPECT_FALSE(test, newly);
	hvp_synic_deliver(fvp->vp);
	KUNIT_EXPECT_EQ(test, fvp->irq_count, 1U);
	KUNIT_EXPECT_EQ(test, fvp->irqs[0], FAKE_VECTOR(5));
	KUNIT_EXPECT_FALSE(test, hvp_synic_has_work(fvp->vp->synic[0]));

	/* One that waits to be delivered has been signaled */
	in.flag = 3;
	KUNIT_EXPECT_EQ(test, (u32)hvp_synic_signal(fvp->vp->synic[0], 5, 3, &newly), 0U);
	EXPECT(test, signal_to(child->vm, &in, &newly), SUCCESS);
	KUNIT_EXPECT_FALSE(test, newly);
	/* A page that another VP changes all the time */
	in.flag = 4;
	child->vm->cmpxchg_races = U32_MAX;
	EXPECT(test, signal_to(child->vm, &in, &newly), SUCCESS);
	KUNIT_EXPECT_TRUE(test, newly);
	child->vm->cmpxchg_races = 0;
	hvp_synic_deliver(fvp->vp);
	KUNIT_EXPECT_EQ(test, fake_read64(child->vm, FAKE_SIEF(1) + 5 * 256), 0x18ULL);
	KUNIT_EXPECT_EQ(test, fvp->irq_count, 2U);
	in.flag = 5;
	EXPECT(test, signal_to(child->vm, &in, &newly), SUCCESS);
	fvp->synic.control = 0;
	hvp_synic_deliver(fvp->vp);
	KUNIT_EXPECT_EQ(test, fvp->irq_count, 2U);
}

static void root_posts_to_itself(struct kunit *test)
{
	struct fed_child *child = test->priv;
	struct hv_post_message_direct in = message_to(HV_PARTITION_ID_SELF, 8);
	struct fake_vp *fvp = &child->vm->vps[0];
	struct hvp_hv_message *at;

	in.vp = HV_VP_INDEX_SELF;
	EXPECT(test, post(child->vm, &in), INVALID_SYNIC_STATE);
	fake_synic_enable(fvp);
	EXPECT(test, post(child->vm, &in), SUCCESS);
	at = (void *)(child->vm->ram + FAKE_SIM(0) + 2 * HV_MESSAGE_SIZE);
	KUNIT_EXPECT_EQ(test, at->type, 0U);
	KUNIT_EXPECT_EQ(test, atomic_read(&fvp->kicks), 1);
	hvp_synic_deliver(fvp->vp);
	KUNIT_EXPECT_EQ(test, at->type, (u32)HV_MESSAGE_X64_IO_PORT_INTERCEPT);
	KUNIT_EXPECT_EQ(test, number_in(at), 8U);
	KUNIT_EXPECT_EQ(test, fvp->irqs[0], FAKE_VECTOR(2));
}

static void no_call_reaches_ones_own(struct kunit *test)
{
	struct fake_vm *vm = fake_vm_create(test, HVPERSONA_ROLE_GUEST,
					    HV_PRIV(CREATE_PARTITIONS), 1);
	const struct hv_signal_event_direct in = { .partition = HV_PARTITION_ID_SELF };
	struct hv_post_message_direct message = message_to(HV_PARTITION_ID_SELF, 0);
	bool newly;

	fake_synic_enable(&vm->vps[0]);
	EXPECT(test, signal_to(vm, &in, &newly), ACCESS_DENIED);
	EXPECT(test, post(vm, &message), ACCESS_DENIED);
	fake_vm_destroy(vm);
}

static void count_done(struct hvp_message *message)
{
	message->message.rsvd++;
}

/* A child's VP that is deleted, or that goes with its partition */
static void child_vp_dies_with_messages(struct kunit *test)
{
	struct hvp_message message = { .done = count_done, .message.type = 1 };
	struct fed_child *child = test->priv;
	const struct { u64 id; u32 vp, rsvd; } vp = { child->id };
	u64 charged = child->pt->pool.charged;

	enable(child);
	KUNIT_EXPECT_EQ(test, (u32)hvp_synic_post(child->vp->synic[0], 2, &message), 0U);
	EXPECT(test, HV_STATUS(fake_call(child->vm, DELETE_VP, &vp, sizeof(vp), NULL, 0)),
	       SUCCESS);
	KUNIT_EXPECT_EQ(test, message.message.rsvd, 1);
	hvp_synic_unqueue(&message);
	KUNIT_EXPECT_LT(test, child->pt->pool.charged + 3 * SZ_4K, charged);
}

static struct kunit_case synic_calls_cases[] = {
	HVP_CASE(message_reaches_a_child, 0x00c1),
	HVP_CASE(child_ends_its_messages, 0x00c1, 0x0051),
	HVP_CASE(message_waits_for_the_childs_page, 0x00c1),
	KUNIT_CASE(message_waits_for_an_actor),
	HVP_CASE(statuses_of_a_post, 0x00c1),
	HVP_CASE(statuses_of_a_signal, 0x00c0),
	HVP_CASE(child_flag_is_newly_signaled, 0x00c0),
	HVP_CASE(flag_waits_for_the_childs_page, 0x00c0),
	HVP_CASE(signal_may_be_fast, 0x00c0),
	HVP_CASE(root_signals_itself, 0x00c0),
	HVP_CASE(root_posts_to_itself, 0x00c1),
	HVP_CASE(no_call_reaches_ones_own, 0x00c0, 0x00c1),
	HVP_CASE(child_vp_dies_with_messages, 0x004f),
	{}
};

static struct kunit_suite synic_calls_suite = {
	.name = "hvpersona_synic_calls",
	.init = init,
	.exit = end,
	.test_cases = synic_calls_cases,
};

kunit_test_suites(&synic_calls_suite);
