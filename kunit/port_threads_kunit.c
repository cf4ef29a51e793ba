// SPDX-License-Identifier: GPL-2.0
/*
 * Ports and connections under fire: messages from two threads to a guest that takes its time, of
 * which none may be lost, doubled or late; and ends of channels that go while they are used.
 */
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/sched/task.h>
#include <linux/wait.h>

#include "port_pair.h"

#define SENDERS		2
#define MESSAGES	100000
#define SHARE		(MESSAGES / SENDERS)
#define DEATHS		300

/* What threads and the test share */
struct traffic {
	struct port_pair *pair;
	wait_queue_head_t wait;
	u32 received;
	atomic_t sent;
	atomic_t refused;
	atomic_t unexpected;
};

struct sender {
	struct traffic *traffic;
	struct task_struct *task;
	u32 number;
};

static void traffic_init(struct traffic *traffic, struct kunit *test)
{
	*traffic = (struct traffic) { .pair = test->priv };
	init_waitqueue_head(&traffic->wait);
}

static void sender_start(struct kunit *test, struct sender *sender, int (*run)(void *))
{
	sender->task = kthread_create(run, sender, "hvpersona_send");
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, sender->task);
	get_task_struct(sender->task);
	wake_up_process(sender->task);
}

static void sender_stop(struct sender *sender)
{
	kthread_stop(sender->task);
	put_task_struct(sender->task);
}

static enum hv_status post_once(struct traffic *traffic, u32 number)
{
	const struct hv_post_message in = a_message(CONNECTION, number);

	return hvp_post_message(hvp_host_instance(), traffic->pair->from->pt, NULL, &in);
}

/* Linux tries again when there is no buffer */
static int send_all(void *data)
{
	struct sender *sender = data;
	struct traffic *traffic = sender->traffic;
	enum hv_status status;
	u32 seen, i = 0;

	while (i < SHARE && !kthread_should_stop()) {
		seen = READ_ONCE(traffic->received);
		status = post_once(traffic, sender->number << 24 | i);
		if (status == HV_STATUS_INSUFFICIENT_BUFFERS) {
			atomic_inc(&traffic->refused);
			wait_event_timeout(traffic->wait, READ_ONCE(traffic->received) != seen, HZ);
			continue;
		}
		if (status)
			atomic_inc(&traffic->unexpected);
		i++;
		wake_up(&traffic->wait);
	}
	return 0;
}

/* TLFS, "Recommended Message Handling": copy, free the slot, EOM if another message waits */
static u32 take(struct fake_vp *fvp, struct hvp_hv_message *slot)
{
	u32 number = number_in(slot);

	/* What was in the slot has been read by now */
	smp_store_release(&slot->type, 0);
	/* The module marks it before it looks again whether the slot is free */
	smp_mb();
	if (READ_ONCE(slot->flags) & HV_MESSAGE_PENDING)
		hvp_synic_deliver(fvp->vp);
	return number;
}

/* The guest looks at the slot after an interrupt only */
static bool wait_for_message(struct traffic *traffic, struct fake_vp *fvp,
			     struct hvp_hv_message *slot)
{
	/* The rest of the message is written before its type */
	while (!smp_load_acquire(&slot->type)) {
		if (!wait_event_timeout(traffic->wait, atomic_read(&fvp->kicks), 10 * HZ))
			return false;
		atomic_set(&fvp->kicks, 0);
		hvp_synic_deliver(fvp->vp);
	}
	return true;
}

static void receive_all(struct kunit *test, struct traffic *traffic)
{
	struct fake_vp *fvp = &traffic->pair->to->vps[0];
	struct hvp_hv_message *slot = slot_of(fvp, SINT);
	u32 next[SENDERS] = {}, number, i;

	for (i = 0; i < MESSAGES; i++) {
		KUNIT_ASSERT_TRUE_MSG(test, wait_for_message(traffic, fvp, slot),
				      "nothing after %u messages", i);
		number = take(fvp, slot);
		KUNIT_ASSERT_LT(test, number >> 24, (u32)SENDERS);
		KUNIT_ASSERT_EQ(test, number & 0xffffff, next[number >> 24]++);
		WRITE_ONCE(traffic->received, i + 1);
		wake_up(&traffic->wait);
		if (!(i % 1000))
			usleep_range(50, 100);
	}
}

static void no_message_is_lost(struct kunit *test)
{
	struct sender senders[SENDERS];
	struct traffic traffic;
	u64 posts;
	u32 i;

	traffic_init(&traffic, test);
	make_simple_channel(test, HV_PORT_MESSAGE);
	for (i = 0; i < SENDERS; i++) {
		senders[i] = (struct sender) { .traffic = &traffic, .number = i };
		sender_start(test, &senders[i], send_all);
	}
	receive_all(test, &traffic);
	for (i = 0; i < SENDERS; i++)
		sender_stop(&senders[i]);
	KUNIT_EXPECT_EQ(test, atomic_read(&traffic.unexpected), 0);
	KUNIT_EXPECT_GT(test, atomic_read(&traffic.refused), 0);
	EXPECT(test, hvp_port_property_get(hvp_host_instance(), traffic.pair->to->pt, PORT,
					   HV_PORT_PROPERTY_POST_COUNT, &posts), SUCCESS);
	KUNIT_EXPECT_EQ(test, posts, (u64)MESSAGES);
	kunit_info(test, "%u messages, %u times no buffer", MESSAGES,
		   atomic_read(&traffic.refused));
}

static bool expected_of_the_dying(enum hv_status status)
{
	switch ((u32)status) {
	case HV_STATUS_SUCCESS:
	case HV_STATUS_INSUFFICIENT_BUFFERS:
	case HV_STATUS_INVALID_PORT_ID:
	case HV_STATUS_INVALID_VP_INDEX:
	case HVP_STATUS_UNKNOWN_CONNECTION:
		return true;
	default:
		return false;
	}
}

static int send_anyway(void *data)
{
	struct sender *sender = data;
	struct traffic *traffic = sender->traffic;
	enum hv_status status;
	u32 i;

	for (i = 0; !kthread_should_stop(); i++) {
		if (i & 1)
			status = post_once(traffic, i);
		else
			status = hvp_signal_event(hvp_host_instance(), traffic->pair->from->pt,
						  NULL, CONNECTION + 1, i / 2 % FLAGS);
		if (!expected_of_the_dying(status))
			atomic_inc(&traffic->unexpected);
		atomic_inc(&traffic->sent);
		wake_up(&traffic->wait);
		cond_resched();
	}
	return 0;
}

/* A message port and an event port, for any VP, with the connections to them */
static void make_both(struct kunit *test)
{
	struct port_pair *pair = test->priv;
	struct hv_create_port port = a_port(HV_PORT_MESSAGE, pair->from->pt->id);
	struct hv_connect_port connection = a_connection(HV_PORT_MESSAGE, pair->to->pt->id);

	port.info.vp = HV_VP_INDEX_ANY;
	KUNIT_ASSERT_EQ(test, create_port(pair->to, &port), 0U);
	KUNIT_ASSERT_EQ(test, connect_port(pair->from, &connection), 0U);
	port = a_port(HV_PORT_EVENT, pair->from->pt->id);
	port.info.vp = HV_VP_INDEX_ANY;
	port.port++;
	KUNIT_ASSERT_EQ(test, create_port(pair->to, &port), 0U);
	connection = a_connection(HV_PORT_EVENT, pair->to->pt->id);
	connection.connection++;
	connection.port++;
	KUNIT_ASSERT_EQ(test, connect_port(pair->from, &connection), 0U);
}

/* One end of the channels goes in one of all ways */
static void end_somehow(struct kunit *test, u32 how)
{
	struct port_pair *pair = test->priv;

	switch (how % 5) {
	case 0:
		pair_destroy(pair->to);
		pair->to = pair_guest(test);
		break;
	case 1:
		hvp_partition_reset(pair->to->pt);
		break;
	case 2:
		delete_port(pair->to, SELF, PORT);
		break;
	case 3:
		disconnect_port(pair->from, SELF, CONNECTION);
		break;
	case 4:
		hvp_partition_reset(pair->from->pt);
		break;
	}
	/* What is left of it */
	disconnect_port(pair->from, SELF, CONNECTION);
	disconnect_port(pair->from, SELF, CONNECTION + 1);
	delete_port(pair->to, SELF, PORT);
	delete_port(pair->to, SELF, PORT + 1);
}

static void ends_go_while_they_are_used(struct kunit *test)
{
	struct sender senders[SENDERS];
	struct traffic traffic;
	u32 i, round;
	int sent;

	traffic_init(&traffic, test);
	for (i = 0; i < SENDERS; i++) {
		senders[i] = (struct sender) { .traffic = &traffic, .number = i };
		sender_start(test, &senders[i], send_anyway);
	}
	for (round = 0; round < DEATHS; round++) {
		make_both(test);
		sent = atomic_read(&traffic.sent);
		wait_event_timeout(traffic.wait,
				   atomic_read(&traffic.sent) - sent > (int)(round % 40), HZ);
		if (round % 3)
			hvp_synic_deliver(traffic.pair->to->vp);
		end_somehow(test, round);
	}
	for (i = 0; i < SENDERS; i++)
		sender_stop(&senders[i]);
	KUNIT_EXPECT_EQ(test, atomic_read(&traffic.unexpected), 0);
}

static struct kunit_case port_threads_cases[] = {
	HVP_CASE(no_message_is_lost, 0x005c),
	HVP_CASE(ends_go_while_they_are_used, 0x0058, 0x005b, 0x005c, 0x005d),
	{}
};

static struct kunit_suite port_threads_suite = {
	.name = "hvpersona_ports_threads",
	.init = pair_init,
	.exit = pair_exit,
	.test_cases = port_threads_cases,
};

kunit_test_suites(&port_threads_suite);
