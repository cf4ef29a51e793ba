// SPDX-License-Identifier: GPL-2.0
/*
 * The synthetic interrupt controller: queues, slots and the EOM handshake, event flags, and
 * threads that send while another plays the guest. TLFS, "Inter-Partition Communication"; the
 * sheet, section 10.
 */
#include <linux/kthread.h>
#include <linux/slab.h>

#include "../hvpersona/hv_abi/synic.h"
#include "../hvpersona/synic/message.h"
#include "fake_backend.h"

/* A buffer of a test and what became of it */
struct buffer {
	struct hvp_message message;
	u32 done;
};

static void count_done(struct hvp_message *message)
{
	container_of(message, struct buffer, message)->done++;
}

static void fill(struct buffer *buffer, u32 number)
{
	struct hvp_hv_message *message = &buffer->message.message;

	*buffer = (struct buffer) { .message.done = count_done };
	message->type = 1;
	message->size = sizeof(number);
	message->port = 0x1234;
	memcpy(message->payload, &number, sizeof(number));
}

static struct buffer *buffers(struct kunit *test, u32 count)
{
	struct buffer *some = kunit_kcalloc(test, count, sizeof(*some), GFP_KERNEL);
	u32 i;

	KUNIT_ASSERT_NOT_NULL(test, some);
	for (i = 0; i < count; i++)
		fill(&some[i], i);
	return some;
}

static struct hvp_hv_message *slot(struct fake_vp *fvp, u32 sint)
{
	return (void *)(fvp->vm->ram + FAKE_SIM(fvp->index) + sint * HV_MESSAGE_SIZE);
}

static u32 number_in(const struct hvp_hv_message *message)
{
	u32 number;

	memcpy(&number, message->payload, sizeof(number));
	return number;
}

static struct fake_vp *enabled_vp(struct kunit *test)
{
	struct fake_vm *vm = test->priv;

	fake_synic_enable(&vm->vps[0]);
	return &vm->vps[0];
}

#define EXPECT_POST(test, fvp, sint, buffer, status)				\
	KUNIT_EXPECT_EQ(test, (u32)hvp_synic_post((fvp)->vp->synic[0], sint,	\
						  &(buffer)->message),		\
			(u32)HV_STATUS_##status)

/* Sheet, section 10: HV_MESSAGE, and the delivery rules */
static void message_is_delivered(struct kunit *test)
{
	struct fake_vp *fvp = enabled_vp(test);
	struct buffer *one = buffers(test, 1);
	struct hvp_hv_message *at = slot(fvp, 3);

	at->payload[4] = FAKE_POISON;
	EXPECT_POST(test, fvp, 3, one, SUCCESS);
	KUNIT_EXPECT_EQ(test, atomic_read(&fvp->kicks), 1);
	KUNIT_EXPECT_EQ(test, at->type, 0U);
	KUNIT_EXPECT_EQ(test, one->done, 0U);
	KUNIT_EXPECT_TRUE(test, hvp_synic_has_work(fvp->vp->synic[0]));

	hvp_synic_deliver(fvp->vp);
	KUNIT_EXPECT_EQ(test, at->type, 1U);
	KUNIT_EXPECT_EQ(test, at->size, 4);
	KUNIT_EXPECT_EQ(test, at->flags, 0);
	KUNIT_EXPECT_EQ(test, at->port, 0x1234ULL);
	/* Only the bytes of the payload are copied */
	KUNIT_EXPECT_EQ(test, at->payload[4], FAKE_POISON);
	KUNIT_EXPECT_EQ(test, one->done, 1U);
	KUNIT_EXPECT_EQ(test, fvp->irq_count, 1U);
	KUNIT_EXPECT_EQ(test, fvp->irqs[0], FAKE_VECTOR(3));
	KUNIT_EXPECT_FALSE(test, hvp_synic_has_work(fvp->vp->synic[0]));
}

/* TLFS, "Messages": the first is delivered, the others wait for EOM, in order */
static void messages_wait_in_order(struct kunit *test)
{
	struct fake_vp *fvp = enabled_vp(test);
	struct buffer *three = buffers(test, 3);
	struct hvp_hv_message *at = slot(fvp, 2);
	u32 i;

	for (i = 0; i < 3; i++) {
		EXPECT_POST(test, fvp, 2, &three[i], SUCCESS);
		hvp_synic_deliver(fvp->vp);
	}
	for (i = 0; i < 3; i++) {
		KUNIT_EXPECT_EQ(test, number_in(at), i);
		KUNIT_EXPECT_EQ(test, at->flags, i < 2 ? HV_MESSAGE_PENDING : 0);
		KUNIT_EXPECT_EQ(test, three[i].done, 1U);
		KUNIT_EXPECT_EQ(test, fvp->irq_count, i + 1);
		at->type = 0;
		hvp_synic_deliver(fvp->vp);
	}
	KUNIT_EXPECT_EQ(test, at->type, 0U);
}

static void disabled_synic_takes_nothing(struct kunit *test)
{
	struct fake_vp *fvp = enabled_vp(test);
	struct buffer *one = buffers(test, 1);
	bool newly;

	fvp->synic.simp &= ~HV_SYNIC_ENABLE;
	EXPECT_POST(test, fvp, 2, one, INVALID_SYNIC_STATE);
	fvp->synic.simp |= HV_SYNIC_ENABLE;
	fvp->synic.control = 0;
	EXPECT_POST(test, fvp, 2, one, INVALID_SYNIC_STATE);
	KUNIT_EXPECT_EQ(test, (u32)hvp_synic_signal(fvp->vp->synic[0], 2, 0, &newly),
			(u32)HV_STATUS_INVALID_SYNIC_STATE);
	fvp->synic.control = HV_SYNIC_ENABLE;
	fvp->no_synic = true;
	EXPECT_POST(test, fvp, 2, one, INVALID_SYNIC_STATE);
	KUNIT_EXPECT_EQ(test, atomic_read(&fvp->kicks), 0);
	KUNIT_EXPECT_EQ(test, one->done, 0U);
}

static void flag_is_set(struct kunit *test)
{
	struct fake_vp *fvp = enabled_vp(test);
	bool newly = false;

	KUNIT_EXPECT_EQ(test, (u32)hvp_synic_signal(fvp->vp->synic[0], 15, 2047, &newly),
			(u32)HV_STATUS_SUCCESS);
	KUNIT_EXPECT_TRUE(test, newly);
	hvp_synic_deliver(fvp->vp);
	KUNIT_EXPECT_EQ(test, fake_read64(fvp->vm, FAKE_SIEF(0) + SZ_4K - 8), BIT_ULL(63));
	KUNIT_EXPECT_EQ(test, fvp->irq_count, 1U);
	KUNIT_EXPECT_EQ(test, fvp->irqs[0], FAKE_VECTOR(15));
}

static void death_drops_what_waits(struct kunit *test)
{
	struct fake_vp *fvp = enabled_vp(test);
	struct buffer *two = buffers(test, 2);

	EXPECT_POST(test, fvp, 0, &two[0], SUCCESS);
	hvp_synic_stop(fvp->vp);
	KUNIT_EXPECT_EQ(test, two[0].done, 1U);
	EXPECT_POST(test, fvp, 0, &two[1], INVALID_VP_INDEX);
	KUNIT_EXPECT_EQ(test, two[1].done, 0U);
}

static struct kunit_case synic_cases[] = {
	KUNIT_CASE(message_is_delivered),
	KUNIT_CASE(messages_wait_in_order),
	KUNIT_CASE(disabled_synic_takes_nothing),
	KUNIT_CASE(flag_is_set),
	KUNIT_CASE(death_drops_what_waits),
	{}
};

static struct kunit_suite synic_suite = {
	.name = "hvpersona_synic",
	.init = fake_init,
	.exit = fake_exit,
	.test_cases = synic_cases,
};

kunit_test_suites(&synic_suite);
