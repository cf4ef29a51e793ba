// SPDX-License-Identifier: GPL-2.0
/*
 * The receiving end of the host's ports. What a descriptor does is promised in
 * include/uapi/linux/hvpersona.h, "Ports and connections"; the size of a message and the
 * number of a port's buffers are the sheet's, sections 10 and 15.9.
 */
#include <linux/bitmap.h>
#include <linux/completion.h>
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/mman.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/uio.h>

#include "../hvpersona/synic/port.h"
#include "fake_backend.h"

#define BUFFERS		16
#define MESSAGE		256
#define FLAGS		2048

/**
 * struct receiver - A port of the host's and what was read from it
 * @host: Its receiving end, as the descriptor holds it
 * @port: What senders know of it
 * @in: What was read
 */
struct receiver {
	struct hvp_host_port *host;
	struct hvp_port *port;
	union {
		struct hvp_hv_message messages[BUFFERS + 1];
		u16 flags[FLAGS];
	} in;
};

static void buffer_done(struct hvp_message *message)
{
	struct hvp_port *port = message->port;

	lockdep_assert_held(&port->host->lock);
	clear_bit_unlock(message - port->buffers, &port->busy);
}

static struct receiver *new_receiver(struct kunit *test, u32 flag_count)
{
	struct receiver *receiver = kunit_kzalloc(test, sizeof(*receiver), GFP_KERNEL);
	u32 i;

	KUNIT_ASSERT_NOT_NULL(test, receiver);
	receiver->port = kunit_kzalloc(test, struct_size(receiver->port, buffers, BUFFERS),
				       GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, receiver->port);
	receiver->host = hvp_host_port_create(7, flag_count, NULL);
	KUNIT_ASSERT_NOT_NULL(test, receiver->host);
	receiver->port->host = hvp_host_port_get(receiver->host);
	for (i = 0; i < BUFFERS; i++) {
		receiver->port->buffers[i].port = receiver->port;
		receiver->port->buffers[i].done = buffer_done;
	}
	return receiver;
}

/* The descriptor is closed; with it the port goes unless that is gone */
static void drop(struct receiver *receiver)
{
	if (!receiver->host->gone)
		hvp_host_port_gone(receiver->host);
	hvp_host_port_put(receiver->host);
}

static u32 post(struct receiver *receiver, u32 buffer, u8 text)
{
	struct hvp_message *message = &receiver->port->buffers[buffer];
	enum hv_status status;

	message->message.type = 1;
	message->message.size = 1;
	message->message.flags = HV_MESSAGE_PENDING;
	message->message.port = 7;
	message->message.payload[0] = text;
	set_bit(buffer, &receiver->port->busy);
	rcu_read_lock();
	status = hvp_host_port_post(receiver->port, message);
	rcu_read_unlock();
	return status;
}

static u32 signal(struct receiver *receiver, u32 flag)
{
	enum hv_status status;

	rcu_read_lock();
	status = hvp_host_port_signal(receiver->port, flag);
	rcu_read_unlock();
	return status;
}

static ssize_t read_some(struct receiver *receiver, size_t size, bool wait)
{
	struct kvec vec = { &receiver->in, size };
	struct iov_iter to;

	memset(&receiver->in, 0xa5, sizeof(receiver->in));
	iov_iter_kvec(&to, ITER_DEST, &vec, 1, size);
	return hvp_host_port_read(receiver->host, &to, wait);
}

/* A read into memory that is not there */
static ssize_t read_nowhere(struct receiver *receiver, unsigned long address, size_t size)
{
	struct iov_iter to;

	iov_iter_ubuf(&to, ITER_DEST, (void __user *)address, size);
	return hvp_host_port_read(receiver->host, &to, false);
}

static void messages_are_read_whole_and_in_order(struct kunit *test)
{
	struct receiver *receiver = new_receiver(test, 0);
	u32 i;

	KUNIT_EXPECT_FALSE(test, hvp_host_port_ready(receiver->host));
	KUNIT_EXPECT_EQ(test, read_some(receiver, MESSAGE, false), -EAGAIN);
	for (i = 0; i < 5; i++)
		KUNIT_EXPECT_EQ(test, post(receiver, 4 - i, 'a' + i), 0U);
	KUNIT_EXPECT_TRUE(test, hvp_host_port_ready(receiver->host));
	KUNIT_EXPECT_EQ(test, read_some(receiver, MESSAGE - 1, false), -EMSGSIZE);
	KUNIT_EXPECT_EQ(test, read_some(receiver, 0, false), -EMSGSIZE);
	KUNIT_EXPECT_EQ(test, receiver->port->busy, GENMASK(4, 0));

	KUNIT_EXPECT_EQ(test, read_some(receiver, 2 * MESSAGE - 1, false), MESSAGE);
	KUNIT_EXPECT_EQ(test, receiver->in.messages[0].payload[0], 'a');
	KUNIT_EXPECT_EQ(test, receiver->in.messages[0].type, 1U);
	KUNIT_EXPECT_EQ(test, receiver->in.messages[0].port, 7ULL);
	/* No slot, so no other one waits for an EOM */
	KUNIT_EXPECT_EQ(test, receiver->in.messages[0].flags, 0);
	KUNIT_EXPECT_EQ(test, receiver->port->busy, GENMASK(3, 0));

	KUNIT_EXPECT_EQ(test, read_some(receiver, sizeof(receiver->in.messages), false),
			4 * MESSAGE);
	for (i = 0; i < 4; i++)
		KUNIT_EXPECT_EQ(test, receiver->in.messages[i].payload[0], 'b' + i);
	KUNIT_EXPECT_EQ(test, receiver->port->busy, 0UL);
	KUNIT_EXPECT_FALSE(test, hvp_host_port_ready(receiver->host));
	KUNIT_EXPECT_EQ(test, read_some(receiver, MESSAGE, false), -EAGAIN);
	drop(receiver);
}

static void one_read_takes_no_more_than_all_buffers(struct kunit *test)
{
	struct receiver *receiver = new_receiver(test, 0);
	u32 i;

	for (i = 0; i < BUFFERS; i++)
		KUNIT_EXPECT_EQ(test, post(receiver, i, i), 0U);
	KUNIT_EXPECT_EQ(test, read_some(receiver, sizeof(receiver->in.messages), true),
			BUFFERS * MESSAGE);
	KUNIT_EXPECT_EQ(test, receiver->port->busy, 0UL);
	drop(receiver);
}

static void flags_are_read_once_in_ascending_order(struct kunit *test)
{
	struct receiver *receiver = new_receiver(test, FLAGS);
	static const u32 set[] = { 2047, 3, 64, 0 };
	u32 i;

	KUNIT_EXPECT_EQ(test, read_some(receiver, 2, false), -EAGAIN);
	for (i = 0; i < ARRAY_SIZE(set); i++)
		KUNIT_EXPECT_EQ(test, signal(receiver, set[i]), 0U);
	/* Set already: it stays one */
	KUNIT_EXPECT_EQ(test, signal(receiver, 64), 0U);
	KUNIT_EXPECT_EQ(test, read_some(receiver, 1, false), -EMSGSIZE);
	KUNIT_EXPECT_EQ(test, read_some(receiver, 5, false), 4);
	KUNIT_EXPECT_EQ(test, receiver->in.flags[0], 0);
	KUNIT_EXPECT_EQ(test, receiver->in.flags[1], 3);
	KUNIT_EXPECT_TRUE(test, hvp_host_port_ready(receiver->host));
	KUNIT_EXPECT_EQ(test, read_some(receiver, 100, false), 4);
	KUNIT_EXPECT_EQ(test, receiver->in.flags[0], 64);
	KUNIT_EXPECT_EQ(test, receiver->in.flags[1], 2047);
	KUNIT_EXPECT_EQ(test, read_some(receiver, 100, false), -EAGAIN);
	KUNIT_EXPECT_EQ(test, signal(receiver, 64), 0U);
	KUNIT_EXPECT_EQ(test, read_some(receiver, 100, false), 2);
	drop(receiver);
}

static void all_flags_are_read_in_pieces(struct kunit *test)
{
	struct receiver *receiver = new_receiver(test, FLAGS);
	u32 i, next = 0;
	ssize_t ret;

	for (i = 0; i < FLAGS; i++)
		KUNIT_EXPECT_EQ(test, signal(receiver, i), 0U);
	while ((ret = read_some(receiver, sizeof(receiver->in), false)) > 0)
		for (i = 0; i < ret / 2; i++)
			KUNIT_EXPECT_EQ(test, receiver->in.flags[i], next++);
	KUNIT_EXPECT_EQ(test, next, FLAGS);
	KUNIT_EXPECT_EQ(test, ret, -EAGAIN);
	drop(receiver);
}

static void what_cannot_be_copied_is_not_lost(struct kunit *test)
{
	unsigned long address = kunit_vm_mmap(test, NULL, 0, PAGE_SIZE, PROT_NONE,
					      MAP_ANONYMOUS | MAP_PRIVATE, 0);
	struct receiver *receiver = new_receiver(test, 0);
	static const char text[] = "abc";
	u32 i;

	KUNIT_ASSERT_NE(test, address, 0UL);
	for (i = 0; i < 3; i++)
		KUNIT_EXPECT_EQ(test, post(receiver, i, text[i]), 0U);
	KUNIT_EXPECT_EQ(test, read_nowhere(receiver, address, 3 * MESSAGE), -EFAULT);
	KUNIT_EXPECT_EQ(test, receiver->port->busy, GENMASK(2, 0));
	KUNIT_EXPECT_EQ(test, read_some(receiver, 3 * MESSAGE, false), 3 * MESSAGE);
	for (i = 0; i < 3; i++)
		KUNIT_EXPECT_EQ(test, receiver->in.messages[i].payload[0], text[i]);
	drop(receiver);

	receiver = new_receiver(test, FLAGS);
	signal(receiver, 5);
	signal(receiver, 9);
	KUNIT_EXPECT_EQ(test, read_nowhere(receiver, address, 16), -EFAULT);
	KUNIT_EXPECT_EQ(test, read_some(receiver, 16, false), 4);
	KUNIT_EXPECT_EQ(test, receiver->in.flags[0], 5);
	KUNIT_EXPECT_EQ(test, receiver->in.flags[1], 9);
	drop(receiver);
}

static void port_that_is_gone_takes_nothing(struct kunit *test)
{
	struct receiver *receiver = new_receiver(test, 0);

	KUNIT_EXPECT_EQ(test, post(receiver, 0, 'a'), 0U);
	KUNIT_EXPECT_EQ(test, post(receiver, 1, 'b'), 0U);
	hvp_host_port_gone(receiver->host);
	/* Unread messages are lost, their buffers the port's again */
	KUNIT_EXPECT_EQ(test, receiver->port->busy, 0UL);
	KUNIT_EXPECT_TRUE(test, hvp_host_port_ready(receiver->host));
	KUNIT_EXPECT_EQ(test, read_some(receiver, MESSAGE, false), -ENODEV);
	KUNIT_EXPECT_EQ(test, read_some(receiver, MESSAGE, true), -ENODEV);
	KUNIT_EXPECT_EQ(test, post(receiver, 2, 'c'), (u32)HV_STATUS_INVALID_PORT_ID);
	KUNIT_EXPECT_TRUE(test, list_empty(&receiver->host->queue));
	drop(receiver);

	receiver = new_receiver(test, FLAGS);
	signal(receiver, 1);
	hvp_host_port_gone(receiver->host);
	KUNIT_EXPECT_EQ(test, signal(receiver, 2), (u32)HV_STATUS_INVALID_PORT_ID);
	KUNIT_EXPECT_EQ(test, read_some(receiver, 2, true), -ENODEV);
	drop(receiver);
}

static void making_one_may_fail(struct kunit *test)
{
	fake_fail_nth(1);
	KUNIT_EXPECT_NULL(test, hvp_host_port_create(1, FLAGS, NULL));
	fake_fail_nth(0);
}

/* Threads */

/**
 * struct reader - A thread that reads until the port is gone
 * @receiver: What it reads from
 * @seen: Bit b is set if it has read payload, or flag, b
 * @twice: How many it has read a second time
 * @ret: How its last read ended
 * @finished: It is done
 */
struct reader {
	struct receiver *receiver;
	DECLARE_BITMAP(seen, FLAGS);
	u32 twice;
	ssize_t ret;
	struct completion finished;
};

static void note(struct reader *reader, u32 number)
{
	reader->twice += test_and_set_bit(number, reader->seen);
}

static int read_until_gone(void *data)
{
	struct reader *reader = data;
	struct hvp_host_port *host = reader->receiver->host;
	struct hvp_hv_message message;
	u16 *numbers = (u16 *)&message;
	struct kvec vec = { &message, sizeof(message) };
	struct iov_iter to;
	u32 i;

	for (;;) {
		iov_iter_kvec(&to, ITER_DEST, &vec, 1, sizeof(message));
		reader->ret = hvp_host_port_read(host, &to, true);
		if (reader->ret < 0)
			break;
		if (!host->flag_count)
			note(reader, message.payload[0]);
		for (i = 0; host->flag_count && i < reader->ret / 2; i++)
			note(reader, numbers[i]);
	}
	complete(&reader->finished);
	return 0;
}

static void start_reader(struct kunit *test, struct reader *reader, struct receiver *receiver)
{
	struct task_struct *task;

	reader->receiver = receiver;
	init_completion(&reader->finished);
	task = kthread_run(read_until_gone, reader, "hvpersona_reader");
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, task);
}

/* Every message once, by one of two readers, though a buffer is used again as soon as it is free */
static void readers_share_what_arrives(struct kunit *test)
{
	struct receiver *receiver = new_receiver(test, 0);
	struct reader *readers = kunit_kcalloc(test, 2, sizeof(*readers), GFP_KERNEL);
	u32 i, buffer;

	KUNIT_ASSERT_NOT_NULL(test, readers);
	start_reader(test, &readers[0], receiver);
	start_reader(test, &readers[1], receiver);
	for (i = 0; i < 256; i++) {
		while ((buffer = find_first_zero_bit(&receiver->port->busy, BUFFERS)) == BUFFERS)
			usleep_range(500, 1000);
		KUNIT_EXPECT_EQ(test, post(receiver, buffer, i), 0U);
	}
	while (READ_ONCE(receiver->port->busy))
		usleep_range(500, 1000);
	hvp_host_port_gone(receiver->host);
	for (i = 0; i < 2; i++) {
		wait_for_completion(&readers[i].finished);
		KUNIT_EXPECT_EQ(test, readers[i].ret, -ENODEV);
		KUNIT_EXPECT_EQ(test, readers[i].twice, 0U);
	}
	KUNIT_EXPECT_FALSE(test, bitmap_intersects(readers[0].seen, readers[1].seen, 256));
	bitmap_or(readers[0].seen, readers[0].seen, readers[1].seen, 256);
	KUNIT_EXPECT_EQ(test, bitmap_weight(readers[0].seen, 256), 256);
	drop(receiver);
}

static void flags_wake_a_reader(struct kunit *test)
{
	struct receiver *receiver = new_receiver(test, FLAGS);
	struct reader *reader = kunit_kzalloc(test, sizeof(*reader), GFP_KERNEL);
	u32 i;

	KUNIT_ASSERT_NOT_NULL(test, reader);
	start_reader(test, reader, receiver);
	for (i = 0; i < FLAGS; i++) {
		KUNIT_EXPECT_EQ(test, signal(receiver, i), 0U);
		if (i % 100 == 0)
			usleep_range(500, 1000);
	}
	/* What it has taken last it notes before it ends */
	while (hvp_host_port_ready(receiver->host))
		usleep_range(500, 1000);
	hvp_host_port_gone(receiver->host);
	wait_for_completion(&reader->finished);
	KUNIT_EXPECT_EQ(test, reader->ret, -ENODEV);
	KUNIT_EXPECT_EQ(test, bitmap_weight(reader->seen, FLAGS), FLAGS);
	KUNIT_EXPECT_EQ(test, reader->twice, 0U);
	drop(receiver);
}

static void sleeping_reader_is_told_that_the_port_goes(struct kunit *test)
{
	struct receiver *receiver = new_receiver(test, 0);
	struct reader *reader = kunit_kzalloc(test, sizeof(*reader), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, reader);
	start_reader(test, reader, receiver);
	msleep(20);
	KUNIT_EXPECT_FALSE(test, completion_done(&reader->finished));
	hvp_host_port_gone(receiver->host);
	wait_for_completion(&reader->finished);
	KUNIT_EXPECT_EQ(test, reader->ret, -ENODEV);
	drop(receiver);
}

static int read_with_a_signal(void *data)
{
	allow_signal(SIGUSR1);
	return read_until_gone(data);
}

static void signal_ends_a_read(struct kunit *test)
{
	struct receiver *receiver = new_receiver(test, 0);
	struct reader *reader = kunit_kzalloc(test, sizeof(*reader), GFP_KERNEL);
	struct task_struct *task;

	KUNIT_ASSERT_NOT_NULL(test, reader);
	reader->receiver = receiver;
	init_completion(&reader->finished);
	task = kthread_run(read_with_a_signal, reader, "hvpersona_reader");
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, task);
	get_task_struct(task);
	msleep(20);
	send_sig(SIGUSR1, task, 1);
	wait_for_completion(&reader->finished);
	put_task_struct(task);
	KUNIT_EXPECT_EQ(test, reader->ret, -ERESTARTSYS);
	drop(receiver);
}

static struct kunit_case host_port_cases[] = {
	HVP_CASE(messages_are_read_whole_and_in_order, 0x005c),
	HVP_CASE(one_read_takes_no_more_than_all_buffers, 0x005c),
	HVP_CASE(flags_are_read_once_in_ascending_order, 0x005d),
	HVP_CASE(all_flags_are_read_in_pieces, 0x005d),
	KUNIT_CASE(what_cannot_be_copied_is_not_lost),
	HVP_CASE(port_that_is_gone_takes_nothing, 0x005c, 0x005d),
	KUNIT_CASE(making_one_may_fail),
	KUNIT_CASE(readers_share_what_arrives),
	KUNIT_CASE(flags_wake_a_reader),
	KUNIT_CASE(sleeping_reader_is_told_that_the_port_goes),
	KUNIT_CASE(signal_ends_a_read),
	{}
};

static struct kunit_suite host_port_suite = {
	.name = "hvpersona_host_port",
	.test_cases = host_port_cases,
};

kunit_test_suites(&host_port_suite);
