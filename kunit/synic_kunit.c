// SPDX-License-Identifier: GPL-2.0
/*
 * The synthetic interrupt controller: queues, slots and the EOM handshake, event flags. TLFS,
 * "Inter-Partition Communication"; the sheet, section 10.
 */
#include <linux/err.h>
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

#define EXPECT_SIGNAL(test, fvp, sint, flag, status) ({				\
	bool newly;								\
	KUNIT_EXPECT_EQ(test, (u32)hvp_synic_signal((fvp)->vp->synic[0], sint,	\
						    flag, &newly),		\
			(u32)HV_STATUS_##status);				\
})

/* A word of a SINT's flags */
static u64 word(struct fake_vp *fvp, u32 sint, u32 at)
{
	return fake_read64(fvp->vm, FAKE_SIEF(fvp->index) + sint * 256 + at * 8);
}

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

	fvp->synic.simp &= ~HV_SYNIC_ENABLE;
	EXPECT_POST(test, fvp, 2, one, INVALID_SYNIC_STATE);
	fvp->synic.simp |= HV_SYNIC_ENABLE;
	fvp->synic.control = 0;
	EXPECT_POST(test, fvp, 2, one, INVALID_SYNIC_STATE);
	EXPECT_SIGNAL(test, fvp, 2, 0, INVALID_SYNIC_STATE);
	fvp->synic.control = HV_SYNIC_ENABLE;
	fvp->no_synic = true;
	EXPECT_POST(test, fvp, 2, one, INVALID_SYNIC_STATE);
	EXPECT_SIGNAL(test, fvp, 2, 0, INVALID_SYNIC_STATE);
	KUNIT_EXPECT_EQ(test, atomic_read(&fvp->kicks), 0);
	KUNIT_EXPECT_EQ(test, one->done, 0U);
}

static void numbers_are_checked(struct kunit *test)
{
	struct fake_vp *fvp = enabled_vp(test);
	struct buffer *one = buffers(test, 1);
	bool newly;

	EXPECT_POST(test, fvp, 16, one, INVALID_PARAMETER);
	EXPECT_POST(test, fvp, U32_MAX, one, INVALID_PARAMETER);
	EXPECT_SIGNAL(test, fvp, 16, 0, INVALID_PARAMETER);
	EXPECT_SIGNAL(test, fvp, 0, 2048, INVALID_PARAMETER);
	EXPECT_SIGNAL(test, fvp, U32_MAX, U32_MAX, INVALID_PARAMETER);
	KUNIT_EXPECT_EQ(test, (u32)hvp_synic_post_direct(fvp->vp->synic[0], 16,
							 &one->message.message),
			(u32)HV_STATUS_INVALID_PARAMETER);
	KUNIT_EXPECT_EQ(test, (u32)hvp_synic_signal_at_once(fvp->vp->synic[0], fvp->vp, 16, 0,
							    &newly),
			(u32)HV_STATUS_INVALID_PARAMETER);
	KUNIT_EXPECT_FALSE(test, hvp_synic_has_work(fvp->vp->synic[0]));
}

/* A payload never leaves its slot, whatever its owner says */
static void payload_stays_in_its_slot(struct kunit *test)
{
	struct fake_vp *fvp = enabled_vp(test);
	struct buffer *one = buffers(test, 1);

	one->message.message.size = 255;
	memset(one->message.message.payload, FAKE_POISON, HV_MESSAGE_PAYLOAD);
	EXPECT_POST(test, fvp, 15, one, SUCCESS);
	hvp_synic_deliver(fvp->vp);
	KUNIT_EXPECT_EQ(test, slot(fvp, 15)->payload[239], FAKE_POISON);
	/* The next page is the SIEF page */
	KUNIT_EXPECT_EQ(test, fake_read64(fvp->vm, FAKE_SIEF(0)), 0ULL);
}

/* Each SINT has its own queue and slot */
static void slots_are_independent(struct kunit *test)
{
	struct fake_vp *fvp = enabled_vp(test);
	struct buffer *some = buffers(test, HVP_SINTS);
	u32 sint;

	slot(fvp, 7)->type = 99;
	for (sint = 0; sint < HVP_SINTS; sint++)
		EXPECT_POST(test, fvp, sint, &some[sint], SUCCESS);
	hvp_synic_deliver(fvp->vp);
	for (sint = 0; sint < HVP_SINTS; sint++) {
		KUNIT_EXPECT_EQ(test, slot(fvp, sint)->type, sint == 7 ? 99U : 1U);
		KUNIT_EXPECT_EQ(test, slot(fvp, sint)->flags,
				sint == 7 ? HV_MESSAGE_PENDING : 0);
		KUNIT_EXPECT_EQ(test, some[sint].done, sint == 7 ? 0U : 1U);
	}
	KUNIT_EXPECT_EQ(test, fvp->irq_count, HVP_SINTS - 1);
}

/* TLFS, "Messages": if the SINT is masked the interrupt is lost; "SINTx Registers": polling */
static void masked_message_has_no_interrupt(struct kunit *test)
{
	const u64 quiet[] = { HV_SINT_MASKED, HV_SINT_POLLING, HV_SINT_MASKED | HV_SINT_POLLING };
	struct fake_vp *fvp = enabled_vp(test);
	struct buffer *some = buffers(test, ARRAY_SIZE(quiet));
	u32 i;

	for (i = 0; i < ARRAY_SIZE(quiet); i++) {
		fvp->sints[i] |= quiet[i];
		EXPECT_POST(test, fvp, i, &some[i], SUCCESS);
	}
	hvp_synic_deliver(fvp->vp);
	for (i = 0; i < ARRAY_SIZE(quiet); i++) {
		KUNIT_EXPECT_EQ(test, slot(fvp, i)->type, 1U);
		KUNIT_EXPECT_EQ(test, some[i].done, 1U);
	}
	KUNIT_EXPECT_EQ(test, fvp->irq_count, 0U);
}

/* TLFS, "Event Flag Delivery": INVALID_SYNIC_STATE if masked */
static void masked_event_is_refused(struct kunit *test)
{
	struct fake_vp *fvp = enabled_vp(test);

	fvp->sints[1] |= HV_SINT_MASKED;
	EXPECT_SIGNAL(test, fvp, 1, 0, INVALID_SYNIC_STATE);
	fvp->sints[1] |= HV_SINT_POLLING;
	EXPECT_SIGNAL(test, fvp, 1, 0, SUCCESS);
	fvp->sints[2] |= HV_SINT_POLLING;
	EXPECT_SIGNAL(test, fvp, 2, 0, SUCCESS);
	hvp_synic_deliver(fvp->vp);
	KUNIT_EXPECT_EQ(test, word(fvp, 1, 0), 1ULL);
	KUNIT_EXPECT_EQ(test, word(fvp, 2, 0), 1ULL);
	KUNIT_EXPECT_EQ(test, fvp->irq_count, 0U);
	fvp->synic.siefp &= ~HV_SYNIC_ENABLE;
	EXPECT_SIGNAL(test, fvp, 2, 1, INVALID_SYNIC_STATE);
}

/* TLFS, "Messages": if the SIM page is disabled the message remains queued */
static void message_waits_until_its_page_is_enabled(struct kunit *test)
{
	struct fake_vp *fvp = enabled_vp(test);
	u64 *const switches[] = { &fvp->synic.simp, &fvp->synic.control };
	struct buffer *some = buffers(test, ARRAY_SIZE(switches));
	u32 i;

	for (i = 0; i < ARRAY_SIZE(switches); i++) {
		EXPECT_POST(test, fvp, i, &some[i], SUCCESS);
		*switches[i] &= ~HV_SYNIC_ENABLE;
		hvp_synic_deliver(fvp->vp);
		KUNIT_EXPECT_EQ(test, slot(fvp, i)->type, 0U);
		KUNIT_EXPECT_EQ(test, some[i].done, 0U);
		KUNIT_EXPECT_EQ(test, fvp->irq_count, i);
		*switches[i] |= HV_SYNIC_ENABLE;
		hvp_synic_deliver(fvp->vp);
		KUNIT_EXPECT_EQ(test, slot(fvp, i)->type, 1U);
		KUNIT_EXPECT_EQ(test, some[i].done, 1U);
		KUNIT_EXPECT_EQ(test, fvp->irq_count, i + 1);
	}
}

/* A page that is no memory, or cannot be written: the message waits */
static void message_waits_for_memory(struct kunit *test)
{
	const u64 bad[] = { FAKE_HOLE, FAKE_ROM, ~0xfffULL };
	struct fake_vp *fvp = enabled_vp(test);
	struct buffer *one = buffers(test, 1);
	u32 i;

	EXPECT_POST(test, fvp, 4, one, SUCCESS);
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		fvp->synic.simp = bad[i] | HV_SYNIC_ENABLE;
		hvp_synic_deliver(fvp->vp);
		KUNIT_EXPECT_EQ(test, one->done, 0U);
	}
	KUNIT_EXPECT_EQ(test, fvp->irq_count, 0U);
	KUNIT_EXPECT_EQ(test, atomic_read(&fvp->kicks), 1);
	fvp->synic.simp = FAKE_SIM(0) | HV_SYNIC_ENABLE;
	hvp_synic_deliver(fvp->vp);
	KUNIT_EXPECT_EQ(test, slot(fvp, 4)->type, 1U);
	KUNIT_EXPECT_EQ(test, one->done, 1U);
}

/* An occupied slot in a page that cannot be written: nothing to be done */
static void occupied_slot_in_rom(struct kunit *test)
{
	struct fake_vp *fvp = enabled_vp(test);
	struct buffer *one = buffers(test, 1);

	fvp->vm->ram[FAKE_ROM + 5 * HV_MESSAGE_SIZE] = 1;
	fvp->synic.simp = FAKE_ROM | HV_SYNIC_ENABLE;
	EXPECT_POST(test, fvp, 5, one, SUCCESS);
	hvp_synic_deliver(fvp->vp);
	KUNIT_EXPECT_EQ(test, one->done, 0U);
	KUNIT_EXPECT_EQ(test, atomic_read(&fvp->kicks), 1);
}

/* What the guest does when its memory is written next, once */
static void (*guest_step)(struct fake_vp *fvp);
static struct buffer *guest_buffer;

static void step(struct fake_vm *vm, u64 gpa)
{
	void (*todo)(struct fake_vp *fvp) = guest_step;

	guest_step = NULL;
	if (todo)
		todo(&vm->vps[0]);
}

static void at_next_write(struct fake_vp *fvp, void (*todo)(struct fake_vp *fvp))
{
	guest_step = todo;
	fvp->vm->on_write = step;
}

static void free_slot(struct fake_vp *fvp)
{
	slot(fvp, 6)->type = 0;
}

static void take_slot(struct fake_vp *fvp)
{
	slot(fvp, 6)->type = 77;
}

/* The guest frees the slot before it can see that a message waits: it will write no EOM */
static void no_message_is_lost_when_the_slot_gets_free(struct kunit *test)
{
	struct fake_vp *fvp = enabled_vp(test);
	struct buffer *one = buffers(test, 1);

	slot(fvp, 6)->type = 77;
	EXPECT_POST(test, fvp, 6, one, SUCCESS);
	at_next_write(fvp, free_slot);
	hvp_synic_deliver(fvp->vp);
	KUNIT_EXPECT_EQ(test, slot(fvp, 6)->type, 1U);
	KUNIT_EXPECT_EQ(test, slot(fvp, 6)->flags, 0);
	KUNIT_EXPECT_EQ(test, one->done, 1U);
	KUNIT_EXPECT_EQ(test, fvp->irq_count, 1U);
}

/* A guest that writes to a free slot itself gets the message later */
static void slot_taken_meanwhile(struct kunit *test)
{
	struct fake_vp *fvp = enabled_vp(test);
	struct buffer *one = buffers(test, 1);

	EXPECT_POST(test, fvp, 6, one, SUCCESS);
	at_next_write(fvp, take_slot);
	hvp_synic_deliver(fvp->vp);
	KUNIT_EXPECT_EQ(test, slot(fvp, 6)->type, 77U);
	KUNIT_EXPECT_EQ(test, one->done, 0U);
	KUNIT_EXPECT_EQ(test, fvp->irq_count, 0U);
	KUNIT_EXPECT_EQ(test, atomic_read(&fvp->kicks), 2);
	hvp_synic_deliver(fvp->vp);
	KUNIT_EXPECT_EQ(test, slot(fvp, 6)->flags, HV_MESSAGE_PENDING);
	slot(fvp, 6)->type = 0;
	hvp_synic_deliver(fvp->vp);
	KUNIT_EXPECT_EQ(test, number_in(slot(fvp, 6)), 0U);
	KUNIT_EXPECT_EQ(test, one->done, 1U);
}

static void unqueue_it(struct fake_vp *fvp)
{
	hvp_synic_unqueue(&guest_buffer->message);
}

static void unqueue_and_post_again(struct fake_vp *fvp)
{
	hvp_synic_unqueue(&guest_buffer->message);
	EXPECT_POST(fvp->vm->test, fvp, 6, guest_buffer, SUCCESS);
}

/* Its port is deleted while it is written: it is delivered, its buffer is not touched */
static void unqueued_while_it_is_delivered(struct kunit *test)
{
	struct fake_vp *fvp = enabled_vp(test);
	struct buffer *two = buffers(test, 2);

	EXPECT_POST(test, fvp, 6, &two[0], SUCCESS);
	EXPECT_POST(test, fvp, 6, &two[1], SUCCESS);
	guest_buffer = &two[0];
	at_next_write(fvp, unqueue_it);
	hvp_synic_deliver(fvp->vp);
	KUNIT_EXPECT_EQ(test, number_in(slot(fvp, 6)), 0U);
	KUNIT_EXPECT_EQ(test, fvp->irq_count, 1U);
	KUNIT_EXPECT_EQ(test, two[0].done, 0U);
	KUNIT_EXPECT_EQ(test, two[1].done, 0U);
	slot(fvp, 6)->type = 0;
	hvp_synic_deliver(fvp->vp);
	KUNIT_EXPECT_EQ(test, number_in(slot(fvp, 6)), 1U);
	KUNIT_EXPECT_EQ(test, two[1].done, 1U);
}

/* The same buffer with another message is not taken for the one that was written */
static void posted_again_while_it_is_delivered(struct kunit *test)
{
	struct fake_vp *fvp = enabled_vp(test);
	struct buffer *one = buffers(test, 1);

	EXPECT_POST(test, fvp, 6, one, SUCCESS);
	guest_buffer = one;
	at_next_write(fvp, unqueue_and_post_again);
	hvp_synic_deliver(fvp->vp);
	KUNIT_EXPECT_EQ(test, one->done, 0U);
	KUNIT_EXPECT_TRUE(test, hvp_synic_has_work(fvp->vp->synic[0]));
	slot(fvp, 6)->type = 0;
	hvp_synic_deliver(fvp->vp);
	KUNIT_EXPECT_EQ(test, slot(fvp, 6)->type, 1U);
	KUNIT_EXPECT_EQ(test, one->done, 1U);
	KUNIT_EXPECT_EQ(test, fvp->irq_count, 2U);
}

static void unqueued_message_is_gone(struct kunit *test)
{
	struct fake_vp *fvp = enabled_vp(test);
	struct buffer *four = buffers(test, 4);
	u32 i;

	/* In no queue yet */
	hvp_synic_unqueue(&four[0].message);
	for (i = 0; i < 4; i++)
		EXPECT_POST(test, fvp, 8, &four[i], SUCCESS);
	hvp_synic_unqueue(&four[0].message);
	hvp_synic_unqueue(&four[2].message);
	hvp_synic_unqueue(&four[2].message);
	memset(&four[0], FAKE_POISON, sizeof(four[0]));
	memset(&four[2], FAKE_POISON, sizeof(four[2]));
	for (i = 1; i < 4; i += 2) {
		hvp_synic_deliver(fvp->vp);
		KUNIT_EXPECT_EQ(test, number_in(slot(fvp, 8)), i);
		KUNIT_EXPECT_EQ(test, four[i].done, 1U);
		slot(fvp, 8)->type = 0;
	}
	KUNIT_EXPECT_FALSE(test, hvp_synic_has_work(fvp->vp->synic[0]));

	EXPECT_POST(test, fvp, 8, &four[1], SUCCESS);
	hvp_synic_unqueue(&four[1].message);
	KUNIT_EXPECT_FALSE(test, hvp_synic_has_work(fvp->vp->synic[0]));
}

/* Buffers of the SynIC, for all SINTs, free again after delivery */
static void direct_buffers_are_limited(struct kunit *test)
{
	struct fake_vp *fvp = enabled_vp(test);
	struct hvp_hv_message message = { .type = HV_MESSAGE_GPA_INTERCEPT, .flags = 0xff };
	struct hvp_synic *synic = fvp->vp->synic[0];
	u32 i;

	slot(fvp, 1)->type = 77;
	for (i = 0; i < HVP_DIRECT_BUFFERS; i++)
		KUNIT_EXPECT_EQ(test, (u32)hvp_synic_post_direct(synic, i & 1, &message), 0U);
	KUNIT_EXPECT_EQ(test, (u32)hvp_synic_post_direct(synic, 2, &message),
			(u32)HV_STATUS_INSUFFICIENT_BUFFERS);
	hvp_synic_deliver(fvp->vp);
	KUNIT_EXPECT_EQ(test, slot(fvp, 0)->type, (u32)HV_MESSAGE_GPA_INTERCEPT);
	KUNIT_EXPECT_EQ(test, slot(fvp, 0)->flags, HV_MESSAGE_PENDING);
	KUNIT_EXPECT_EQ(test, (u32)hvp_synic_post_direct(synic, 2, &message), 0U);
	KUNIT_EXPECT_EQ(test, (u32)hvp_synic_post_direct(synic, 2, &message),
			(u32)HV_STATUS_INSUFFICIENT_BUFFERS);
	fvp->synic.simp = 0;
	KUNIT_EXPECT_EQ(test, (u32)hvp_synic_post_direct(synic, 2, &message),
			(u32)HV_STATUS_INVALID_SYNIC_STATE);
	fvp->synic.simp = FAKE_SIM(0) | HV_SYNIC_ENABLE;
	hvp_synic_stop(fvp->vp);
	KUNIT_EXPECT_EQ(test, (u32)hvp_synic_post_direct(synic, 2, &message),
			(u32)HV_STATUS_INVALID_VP_INDEX);
}

/* TLFS, "Event Flag Delivery": an interrupt if the flag was clear */
static void flag_is_set(struct kunit *test)
{
	struct fake_vp *fvp = enabled_vp(test);

	EXPECT_SIGNAL(test, fvp, 15, 2047, SUCCESS);
	KUNIT_EXPECT_EQ(test, atomic_read(&fvp->kicks), 1);
	hvp_synic_deliver(fvp->vp);
	KUNIT_EXPECT_EQ(test, word(fvp, 15, 31), BIT_ULL(63));
	KUNIT_EXPECT_EQ(test, fvp->irq_count, 1U);
	KUNIT_EXPECT_EQ(test, fvp->irqs[0], FAKE_VECTOR(15));
	KUNIT_EXPECT_FALSE(test, hvp_synic_has_work(fvp->vp->synic[0]));

	/* It is set already */
	EXPECT_SIGNAL(test, fvp, 15, 2047, SUCCESS);
	hvp_synic_deliver(fvp->vp);
	KUNIT_EXPECT_EQ(test, fvp->irq_count, 1U);
	/* The guest has taken it */
	fake_write(fvp->vm, FAKE_SIEF(0) + 15 * 256 + 31 * 8, &(u64) { 0 }, 8);
	EXPECT_SIGNAL(test, fvp, 15, 2047, SUCCESS);
	hvp_synic_deliver(fvp->vp);
	KUNIT_EXPECT_EQ(test, fvp->irq_count, 2U);
}

/* A flag that waits to be set is set once, and the VP kicked once */
static void signals_coalesce(struct kunit *test)
{
	struct fake_vp *fvp = enabled_vp(test);
	bool newly = false;

	KUNIT_EXPECT_EQ(test, (u32)hvp_synic_signal(fvp->vp->synic[0], 2, 65, &newly), 0U);
	KUNIT_EXPECT_TRUE(test, newly);
	KUNIT_EXPECT_EQ(test, (u32)hvp_synic_signal(fvp->vp->synic[0], 2, 65, &newly), 0U);
	KUNIT_EXPECT_FALSE(test, newly);
	KUNIT_EXPECT_EQ(test, atomic_read(&fvp->kicks), 1);
	hvp_synic_deliver(fvp->vp);
	hvp_synic_deliver(fvp->vp);
	KUNIT_EXPECT_EQ(test, word(fvp, 2, 1), 2ULL);
	KUNIT_EXPECT_EQ(test, fvp->irq_count, 1U);
}

/* Sheet, section 10: 16 times 2048 flags; the interrupt is the SINT's */
static void every_flag_has_its_place(struct kunit *test)
{
	struct fake_vp *fvp = enabled_vp(test);
	u32 sint, flag;

	for (sint = 0; sint < HVP_SINTS; sint++) {
		for (flag = 0; flag < HVP_EVENT_FLAGS; flag++) {
			EXPECT_SIGNAL(test, fvp, sint, flag, SUCCESS);
			if (flag % 64 != 63)
				continue;
			hvp_synic_deliver(fvp->vp);
			KUNIT_ASSERT_EQ(test, word(fvp, sint, flag / 64), U64_MAX);
			if (flag / 64 < 31)
				KUNIT_ASSERT_EQ(test, word(fvp, sint, flag / 64 + 1), 0ULL);
		}
		if (sint < 15)
			KUNIT_EXPECT_EQ(test, word(fvp, sint + 1, 0), 0ULL);
		KUNIT_EXPECT_EQ(test, fvp->irq_count, 32 * (sint + 1));
	}
	KUNIT_EXPECT_EQ(test, fvp->irqs[0], FAKE_VECTOR(0));
	KUNIT_EXPECT_EQ(test, fvp->irqs[32], FAKE_VECTOR(1));
}

/* Single bits, one at a time */
static void flags_do_not_touch_others(struct kunit *test)
{
	struct fake_vp *fvp = enabled_vp(test);
	u64 value = 0xdeadbeef00000000;
	u32 flag;

	for (flag = 0; flag < HVP_EVENT_FLAGS; flag++) {
		fake_write(fvp->vm, FAKE_SIEF(0) + 256 + flag / 64 * 8, &value, 8);
		EXPECT_SIGNAL(test, fvp, 1, flag, SUCCESS);
		hvp_synic_deliver(fvp->vp);
		KUNIT_ASSERT_EQ(test, word(fvp, 1, flag / 64), value | BIT_ULL(flag % 64));
	}
}

/* The page is disabled before the flags are in it: lost, as nobody is a target any more */
static void flags_for_a_disabled_page_are_dropped(struct kunit *test)
{
	struct fake_vp *fvp = enabled_vp(test);
	u64 *const switches[] = { &fvp->synic.siefp, &fvp->synic.control };
	u32 i;

	for (i = 0; i < ARRAY_SIZE(switches); i++) {
		EXPECT_SIGNAL(test, fvp, 1, i, SUCCESS);
		*switches[i] &= ~HV_SYNIC_ENABLE;
		hvp_synic_deliver(fvp->vp);
		*switches[i] |= HV_SYNIC_ENABLE;
		KUNIT_EXPECT_FALSE(test, hvp_synic_has_work(fvp->vp->synic[0]));
		hvp_synic_deliver(fvp->vp);
	}
	KUNIT_EXPECT_EQ(test, word(fvp, 1, 0), 0ULL);
	KUNIT_EXPECT_EQ(test, fvp->irq_count, 0U);
}

static void flags_wait_for_memory(struct kunit *test)
{
	struct fake_vp *fvp = enabled_vp(test);
	const u64 bad[] = { FAKE_HOLE, FAKE_ROM };
	u32 i;

	EXPECT_SIGNAL(test, fvp, 1, 0, SUCCESS);
	EXPECT_SIGNAL(test, fvp, 1, 2047, SUCCESS);
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		fvp->synic.siefp = bad[i] | HV_SYNIC_ENABLE;
		hvp_synic_deliver(fvp->vp);
		KUNIT_EXPECT_TRUE(test, hvp_synic_has_work(fvp->vp->synic[0]));
	}
	KUNIT_EXPECT_EQ(test, fvp->irq_count, 0U);
	fvp->synic.siefp = FAKE_SIEF(0) | HV_SYNIC_ENABLE;
	hvp_synic_deliver(fvp->vp);
	KUNIT_EXPECT_EQ(test, word(fvp, 1, 0), 1ULL);
	KUNIT_EXPECT_EQ(test, word(fvp, 1, 31), BIT_ULL(63));
	KUNIT_EXPECT_EQ(test, fvp->irq_count, 1U);
}

/* A guest that changes its pages meanwhile is not waited for */
static void races_are_bounded(struct kunit *test)
{
	struct fake_vp *fvp = enabled_vp(test);
	struct buffer *one = buffers(test, 1);

	slot(fvp, 3)->type = 77;
	EXPECT_POST(test, fvp, 3, one, SUCCESS);
	EXPECT_SIGNAL(test, fvp, 4, 5, SUCCESS);
	fvp->vm->cmpxchg_races = U32_MAX;
	hvp_synic_deliver(fvp->vp);
	KUNIT_EXPECT_LT(test, U32_MAX - fvp->vm->cmpxchg_races, 1000);
	KUNIT_EXPECT_EQ(test, slot(fvp, 3)->flags, 0);
	KUNIT_EXPECT_EQ(test, word(fvp, 4, 0), 0ULL);
	/* Two by the senders, two for another attempt */
	KUNIT_EXPECT_EQ(test, atomic_read(&fvp->kicks), 4);

	fvp->vm->cmpxchg_races = 3;
	hvp_synic_deliver(fvp->vp);
	KUNIT_EXPECT_EQ(test, slot(fvp, 3)->flags, HV_MESSAGE_PENDING);
	KUNIT_EXPECT_EQ(test, word(fvp, 4, 0), BIT_ULL(5));
	KUNIT_EXPECT_EQ(test, fvp->irq_count, 1U);
	fvp->vm->cmpxchg_races = 3;
	EXPECT_SIGNAL(test, fvp, 4, 6, SUCCESS);
	hvp_synic_deliver(fvp->vp);
	KUNIT_EXPECT_EQ(test, word(fvp, 4, 0), BIT_ULL(5) | BIT_ULL(6));
	KUNIT_EXPECT_EQ(test, fvp->irq_count, 2U);
}

/* TLFS, "Message Buffer Queues": freed with the VP, each once */
static void death_drops_what_waits(struct kunit *test)
{
	struct fake_vp *fvp = enabled_vp(test);
	struct buffer *some = buffers(test, 100);
	u32 i;

	for (i = 0; i < 99; i++)
		EXPECT_POST(test, fvp, i % HVP_SINTS, &some[i], SUCCESS);
	EXPECT_SIGNAL(test, fvp, 3, 3, SUCCESS);
	hvp_synic_deliver(fvp->vp);
	for (i = 0; i < 99; i++)
		KUNIT_EXPECT_EQ(test, some[i].done, i < HVP_SINTS ? 1U : 0U);
	EXPECT_SIGNAL(test, fvp, 3, 4, SUCCESS);
	hvp_synic_stop(fvp->vp);
	for (i = 0; i < 99; i++)
		KUNIT_EXPECT_EQ(test, some[i].done, 1U);
	KUNIT_EXPECT_FALSE(test, hvp_synic_has_work(fvp->vp->synic[0]));
	EXPECT_POST(test, fvp, 0, &some[99], INVALID_VP_INDEX);
	EXPECT_SIGNAL(test, fvp, 0, 0, INVALID_VP_INDEX);
	KUNIT_EXPECT_EQ(test, some[99].done, 0U);
	/* Their buffers can be used elsewhere, or freed */
	hvp_synic_unqueue(&some[0].message);
	hvp_synic_unqueue(&some[98].message);
}

/* A VP that is deleted gives its messages back, and what it was sent meanwhile is refused */
static void machine_dies_with_messages(struct kunit *test)
{
	struct fake_vm *vm = fake_vm_create(test, HVPERSONA_ROLE_GUEST, 0, 2);
	struct buffer *two = buffers(test, 2);
	u32 i;

	for (i = 0; i < 2; i++) {
		fake_synic_enable(&vm->vps[i]);
		EXPECT_POST(test, &vm->vps[i], 1, &two[i], SUCCESS);
	}
	fake_vm_destroy(vm);
	KUNIT_EXPECT_EQ(test, two[0].done, 1U);
	KUNIT_EXPECT_EQ(test, two[1].done, 1U);
	/* The queue that it was in is gone */
	hvp_synic_unqueue(&two[0].message);
}

/* TLFS, "Message Buffer Queues": empty after a reset; but the VP lives */
static void reset_drops_what_waits(struct kunit *test)
{
	struct fake_vp *fvp = enabled_vp(test);
	struct buffer *two = buffers(test, 2);

	EXPECT_POST(test, fvp, 3, &two[0], SUCCESS);
	EXPECT_SIGNAL(test, fvp, 3, 3, SUCCESS);
	hvp_partition_reset(fvp->vm->pt);
	KUNIT_EXPECT_EQ(test, two[0].done, 1U);
	hvp_synic_deliver(fvp->vp);
	KUNIT_EXPECT_EQ(test, slot(fvp, 3)->type, 0U);
	KUNIT_EXPECT_EQ(test, word(fvp, 3, 0), 0ULL);
	KUNIT_EXPECT_EQ(test, fvp->irq_count, 0U);
	EXPECT_POST(test, fvp, 3, &two[1], SUCCESS);
	hvp_synic_deliver(fvp->vp);
	KUNIT_EXPECT_EQ(test, two[1].done, 1U);
}

/* A monitor that delivers as soon as it is told to */
static void kick_delivers(struct kunit *test)
{
	struct fake_vp *fvp = enabled_vp(test);
	struct buffer *one = buffers(test, 1);

	fvp->deliver_at_once = true;
	EXPECT_POST(test, fvp, 9, one, SUCCESS);
	KUNIT_EXPECT_EQ(test, one->done, 1U);
	EXPECT_SIGNAL(test, fvp, 9, 9, SUCCESS);
	KUNIT_EXPECT_EQ(test, word(fvp, 9, 0), BIT_ULL(9));
	KUNIT_EXPECT_EQ(test, fvp->irq_count, 2U);
}

/* VPs are made or not, and nothing is left over */
static void synic_needs_memory(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	struct hvp_vp *vp;
	u32 nth;

	for (nth = 1;; nth++) {
		fake_fail_nth(nth);
		vp = hvp_vp_create(vm->pt, 100, &vm->vps[0]);
		if (!fake_has_failed())
			break;
		KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(vp), -ENOMEM);
	}
	fake_fail_nth(0);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, vp);
	KUNIT_EXPECT_NOT_NULL(test, vp->synic[0]);
}

static struct kunit_case synic_cases[] = {
	KUNIT_CASE(message_is_delivered),
	KUNIT_CASE(messages_wait_in_order),
	KUNIT_CASE(disabled_synic_takes_nothing),
	KUNIT_CASE(numbers_are_checked),
	KUNIT_CASE(payload_stays_in_its_slot),
	KUNIT_CASE(slots_are_independent),
	KUNIT_CASE(masked_message_has_no_interrupt),
	KUNIT_CASE(masked_event_is_refused),
	KUNIT_CASE(message_waits_until_its_page_is_enabled),
	KUNIT_CASE(message_waits_for_memory),
	KUNIT_CASE(occupied_slot_in_rom),
	KUNIT_CASE(no_message_is_lost_when_the_slot_gets_free),
	KUNIT_CASE(slot_taken_meanwhile),
	KUNIT_CASE(unqueued_while_it_is_delivered),
	KUNIT_CASE(posted_again_while_it_is_delivered),
	KUNIT_CASE(unqueued_message_is_gone),
	KUNIT_CASE(direct_buffers_are_limited),
	KUNIT_CASE(flag_is_set),
	KUNIT_CASE(signals_coalesce),
	KUNIT_CASE(every_flag_has_its_place),
	KUNIT_CASE(flags_do_not_touch_others),
	KUNIT_CASE(flags_for_a_disabled_page_are_dropped),
	KUNIT_CASE(flags_wait_for_memory),
	KUNIT_CASE(races_are_bounded),
	KUNIT_CASE(death_drops_what_waits),
	KUNIT_CASE(machine_dies_with_messages),
	KUNIT_CASE(reset_drops_what_waits),
	KUNIT_CASE(kick_delivers),
	KUNIT_CASE(synic_needs_memory),
	{}
};

static struct kunit_suite synic_suite = {
	.name = "hvpersona_synic",
	.init = fake_init,
	.exit = fake_exit,
	.test_cases = synic_cases,
};

kunit_test_suites(&synic_suite);
