// SPDX-License-Identifier: GPL-2.0
/*
 * Threads that send to a SynIC while others deliver and play the guest. Every wait ends by an
 * interrupt, a kick or a buffer that gets free: what is lost on the way lets a case time out.
 * Where there is one processor, threads take turns at each access to guest memory.
 */
#include <linux/hrtimer.h>
#include <linux/kthread.h>
#include <linux/sched/task.h>
#include <linux/slab.h>

#include "../hvpersona/hv_abi/synic.h"
#include "../hvpersona/synic/message.h"
#include "fake_backend.h"

#define MESSAGES	20000
#define ROUNDS		5000
#define BUFFERS		16
#define SINT		2
#define PATIENCE	(20 * HZ)

/**
 * struct race - What the threads of a case share
 * @test: The case
 * @fvp: Receiver
 * @synic: Its SynIC
 * @free: Bit b is set if the buffer b is free. Atomic
 * @buffers: Message buffers
 * @seen: Times that the guest has found each of two flags set
 * @refused: Status that ended a thread
 * @stop: Threads that do not end by themselves are to
 * @timer: Interrupts a case
 */
struct race {
	struct kunit *test;
	struct fake_vp *fvp;
	struct hvp_synic *synic;
	unsigned long free;
	struct hvp_message *buffers;
	u32 seen[2];
	u32 refused;
	bool stop;
	struct hrtimer timer;
};

/* A thread of a case */
struct runner {
	struct race *race;
	void (*run)(struct runner *runner);
	struct task_struct *task;
	u32 number;
};

/* Only one test is running */
static struct race *now;

static int run(void *data)
{
	struct runner *runner = data;

	runner->run(runner);
	return 0;
}

static void start(struct runner *runner, struct race *race, void (*fn)(struct runner *runner))
{
	runner->race = race;
	runner->run = fn;
	runner->task = kthread_create(run, runner, "hvp-race");
	KUNIT_ASSERT_FALSE(race->test, IS_ERR(runner->task));
	get_task_struct(runner->task);
	wake_up_process(runner->task);
}

/* Wait for a thread to end, which it does */
static void finish(struct runner *runner)
{
	kthread_stop(runner->task);
	put_task_struct(runner->task);
}

#define wait_for(race, condition) \
	wait_event_timeout((race)->fvp->vm->events, condition, PATIENCE)

static void buffer_done(struct hvp_message *message)
{
	set_bit(message - now->buffers, &now->free);
	wake_up_all(&now->fvp->vm->events);
}

static struct race *new_race(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	struct race *race = kunit_kzalloc(test, sizeof(*race), GFP_KERNEL);
	u32 i;

	KUNIT_ASSERT_NOT_NULL(test, race);
	race->test = test;
	race->fvp = &vm->vps[0];
	race->synic = race->fvp->vp->synic[0];
	race->buffers = kunit_kcalloc(test, BUFFERS, sizeof(*race->buffers), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, race->buffers);
	for (i = 0; i < BUFFERS; i++)
		race->buffers[i].done = buffer_done;
	race->free = GENMASK(BUFFERS - 1, 0);
	fake_synic_enable(race->fvp);
	vm->yields = true;
	now = race;
	return race;
}

/* The thread of the VP: whenever it was kicked it delivers */
static void vp_thread(struct runner *runner)
{
	struct race *race = runner->race;
	struct fake_vp *fvp = race->fvp;

	while (!READ_ONCE(race->stop)) {
		if (!wait_for(race, atomic_read(&fvp->kicks) || READ_ONCE(race->stop)))
			return;
		/* What comes from now on is kicked again */
		atomic_xchg(&fvp->kicks, 0);
		hvp_synic_deliver(fvp->vp);
	}
}

static void write_eom(struct race *race)
{
	atomic_inc(&race->fvp->kicks);
	wake_up_all(&race->fvp->vm->events);
}

static void stop_vp_thread(struct race *race, struct runner *runner)
{
	WRITE_ONCE(race->stop, true);
	wake_up_all(&race->fvp->vm->events);
	finish(runner);
}

static struct hvp_message *take_buffer(struct race *race)
{
	u32 at;

	if (!wait_for(race, READ_ONCE(race->free)))
		return NULL;
	at = __ffs(READ_ONCE(race->free));
	clear_bit(at, &race->free);
	return &race->buffers[at];
}

static enum hv_status post(struct race *race, u32 number)
{
	struct hvp_message *message = take_buffer(race);

	if (!message)
		return HV_STATUS_OPERATION_FAILED;
	message->message.type = 1 + number;
	message->message.size = sizeof(number);
	memcpy(message->message.payload, &number, sizeof(number));
	return hvp_synic_post(race->synic, SINT, message);
}

static void poster(struct runner *runner)
{
	u32 i;

	for (i = 0; i < MESSAGES && !runner->race->refused; i++)
		runner->race->refused = post(runner->race, i);
}

/* A guest as the sheet has it, section 10: copy, free the slot, barrier, EOM if one waits */
static bool take_message(struct race *race, u32 *type, u32 *number)
{
	struct hvp_hv_message *slot = (void *)(race->fvp->vm->ram + FAKE_SIM(0) +
					       SINT * HV_MESSAGE_SIZE);

	/* Orders the payload behind the type, as all that follows orders the way back */
	if (!wait_for(race, smp_load_acquire(&slot->type)))
		return false;
	*type = slot->type;
	memcpy(number, slot->payload, sizeof(*number));
	/* Others may look at it, and post, before it is free and after that */
	if (*number % 3)
		cond_resched();
	xchg(&slot->type, 0);
	if (*number % 5 == 0)
		cond_resched();
	if (READ_ONCE(slot->flags) & HV_MESSAGE_PENDING)
		write_eom(race);
	return true;
}

/* The next message, which is to be this one */
static bool take_numbered(struct race *race, u32 expected)
{
	u32 type, number;

	if (!take_message(race, &type, &number))
		return false;
	KUNIT_EXPECT_EQ(race->test, type, 1 + expected);
	KUNIT_EXPECT_EQ(race->test, number, expected);
	return number == expected;
}

/* None is lost, none comes twice, all come in order */
static void numbered_messages_arrive_in_order(struct kunit *test)
{
	struct race *race = new_race(test);
	struct runner vp, sender;
	u32 i;

	start(&vp, race, vp_thread);
	start(&sender, race, poster);
	for (i = 0; i < MESSAGES && take_numbered(race, i); i++)
		;
	KUNIT_EXPECT_EQ(test, i, MESSAGES);
	finish(&sender);
	stop_vp_thread(race, &vp);
	KUNIT_EXPECT_EQ(test, race->refused, 0U);
	KUNIT_EXPECT_EQ(test, race->free, GENMASK(BUFFERS - 1, 0));
	KUNIT_EXPECT_EQ(test, race->fvp->irq_count, MESSAGES);
	KUNIT_EXPECT_FALSE(test, hvp_synic_has_work(race->synic));
}

static u64 *flag_word(struct race *race)
{
	return (u64 *)(race->fvp->vm->ram + FAKE_SIEF(0) + SINT * 256);
}

static u32 flag_of(u32 number)
{
	return 7 + 40 * number;
}

/* Set a flag, and wait until the guest has seen it */
static void signaller(struct runner *runner)
{
	struct race *race = runner->race;
	u32 i, *seen = &race->seen[runner->number];
	bool newly;

	for (i = 0; i < ROUNDS; i++) {
		KUNIT_EXPECT_EQ(race->test,
				(u32)hvp_synic_signal(race->synic, SINT, flag_of(runner->number),
						      &newly), 0U);
		KUNIT_EXPECT_TRUE(race->test, newly);
		if (!wait_for(race, READ_ONCE(*seen) == i + 1))
			return;
	}
}

/* A guest that looks only after an interrupt, and clears what it has found */
static bool take_flags(struct race *race, u32 *irqs)
{
	u32 i, count;
	u64 found;

	if (!wait_for(race, READ_ONCE(race->fvp->irq_count) != *irqs))
		return false;
	*irqs = READ_ONCE(race->fvp->irq_count);
	cond_resched();
	/* After the count: an interrupt that comes now is taken next time */
	found = xchg(flag_word(race), 0);
	for (i = 0; i < 2; i++) {
		count = race->seen[i] + !!(found & BIT_ULL(flag_of(i)));
		WRITE_ONCE(race->seen[i], count);
	}
	wake_up_all(&race->fvp->vm->events);
	return true;
}

/* Two threads set two flags of the same word. Each time a flag is set the guest sees it */
static void every_edge_is_seen(struct kunit *test)
{
	struct race *race = new_race(test);
	struct runner vp, senders[2];
	u32 irqs = 0, i;

	start(&vp, race, vp_thread);
	for (i = 0; i < 2; i++) {
		senders[i].number = i;
		start(&senders[i], race, signaller);
	}
	while (race->seen[0] + race->seen[1] < 2 * ROUNDS && take_flags(race, &irqs))
		;
	for (i = 0; i < 2; i++) {
		KUNIT_EXPECT_EQ(test, race->seen[i], ROUNDS);
		finish(&senders[i]);
	}
	stop_vp_thread(race, &vp);
	KUNIT_EXPECT_FALSE(test, hvp_synic_has_work(race->synic));
}

/* A sender that only stops when it is refused */
static void endless_poster(struct runner *runner)
{
	struct race *race = runner->race;
	u32 i;

	for (i = 0; !race->refused; i++) {
		race->refused = post(race, i);
		cond_resched();
	}
}

/* Delivery stops, then the VP dies under its sender: all buffers come back but the last one */
static void vp_dies_while_it_is_sent_to(struct kunit *test)
{
	struct race *race = new_race(test);
	struct runner vp, sender;
	u32 i;

	start(&vp, race, vp_thread);
	start(&sender, race, endless_poster);
	for (i = 0; i < 500 && take_numbered(race, i); i++)
		;
	KUNIT_EXPECT_EQ(test, i, 500U);
	stop_vp_thread(race, &vp);
	hvp_synic_stop(race->fvp->vp);
	finish(&sender);
	KUNIT_EXPECT_EQ(test, race->refused, (u32)HV_STATUS_INVALID_VP_INDEX);
	KUNIT_EXPECT_EQ(test, hweight_long(race->free), BUFFERS - 1);
	KUNIT_EXPECT_FALSE(test, hvp_synic_has_work(race->synic));
}

/* A port that goes while its messages are delivered: afterwards nobody touches its buffers */
static void buffers_can_be_freed_at_any_time(struct kunit *test)
{
	struct race *race = new_race(test);
	u32 round, i, type, number;
	struct runner vp;

	start(&vp, race, vp_thread);
	for (round = 0; round < 1000; round++) {
		for (i = 0; i < BUFFERS; i++)
			KUNIT_EXPECT_EQ(test, (u32)post(race, i), 0U);
		for (i = 0; i < round % 4; i++)
			KUNIT_ASSERT_TRUE(test, take_message(race, &type, &number));
		for (i = 0; i < BUFFERS; i++)
			hvp_synic_unqueue(&race->buffers[i]);
		memset(race->buffers, FAKE_POISON, BUFFERS * sizeof(*race->buffers));
		cond_resched();
		for (i = 0; i < BUFFERS; i++)
			race->buffers[i] = (struct hvp_message) { .done = buffer_done };
		race->free = GENMASK(BUFFERS - 1, 0);
	}
	stop_vp_thread(race, &vp);
	KUNIT_EXPECT_FALSE(test, hvp_synic_has_work(race->synic));
}

/* Sets a flag from an interrupt, at any point of what runs meanwhile */
static enum hrtimer_restart signal_again(struct hrtimer *timer)
{
	bool newly;

	hvp_synic_signal(now->synic, SINT, flag_of(0), &newly);
	hrtimer_forward_now(timer, 20 * NSEC_PER_USEC);
	return HRTIMER_RESTART;
}

/* A flag that waits unseen would never be set again: senders find it set already */
static bool flag_waits_unseen(const struct race *race)
{
	return test_bit(SINT * HVP_EVENT_FLAGS + flag_of(0), race->synic->flags) &&
	       !test_bit(SINT, &race->synic->signaled);
}

/* Flags that are set while a VP is reset go with it or arrive */
static void reset_loses_no_later_flag(struct kunit *test)
{
	struct race *race = new_race(test);
	u32 i;

	hrtimer_init(&race->timer, CLOCK_MONOTONIC, HRTIMER_MODE_REL);
	race->timer.function = signal_again;
	hrtimer_start(&race->timer, 0, HRTIMER_MODE_REL);
	for (i = 0; i < MESSAGES && !flag_waits_unseen(race); i++)
		hvp_synic_reset(race->fvp->vp);
	hrtimer_cancel(&race->timer);
	KUNIT_EXPECT_FALSE(test, flag_waits_unseen(race));
	hvp_synic_reset(race->fvp->vp);
}

static struct kunit_case synic_race_cases[] = {
	KUNIT_CASE_SLOW(numbered_messages_arrive_in_order),
	KUNIT_CASE_SLOW(every_edge_is_seen),
	KUNIT_CASE(vp_dies_while_it_is_sent_to),
	KUNIT_CASE(buffers_can_be_freed_at_any_time),
	KUNIT_CASE(reset_loses_no_later_flag),
	{}
};

static struct kunit_suite synic_race_suite = {
	.name = "hvpersona_synic_race",
	.init = fake_init,
	.exit = fake_exit,
	.test_cases = synic_race_cases,
};

kunit_test_suites(&synic_race_suite);
