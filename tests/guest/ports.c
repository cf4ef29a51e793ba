// SPDX-License-Identifier: GPL-2.0
/*
 * Two guests of one instance talk through ports: messages, numbered, to a receiver that
 * halts, dawdles or spins; event flags and their edges; and the statuses of the calls as
 * each side sees them. Sheet §15.9, §10; TLFS "Inter-Partition Communication".
 *
 * Each side has a port for messages of the other, by which they take turns.
 */
/* run: --role guest --privileges +create-port,+connect-port,+post-messages,+signal-events,+access-partition-id; smp 2; append sender; peer receiver */
#include "port.h"

#define MESSAGES	20000

/* SINTs and vectors of a side; TURNS is that of its port for taking turns */
#define SINT_TURNS	2
#define SINT_NUMBERED	3
#define SINT_EVENTS	4
#define SINT_QUIET	5
#define SINT_ANY	6
#define SINT_POLLED	7
#define VECTOR(sint)	(0x60 + (sint))

/* Ports of the receiver, but for TURNS, which both have; connections have the same ids */
enum {
	PORT_TURNS = 0x100, PORT_NUMBERED, PORT_EVENTS, PORT_MASKED, PORT_ANY, PORT_POLLED, PORT_QUIET
};
#define BASE_FLAG	100
#define FLAGS		20

static u64 self, other;

/* Until the other side is so far, or the host; but so that run.sh sees what did not come */
#define PATIENTLY(status, call, again)				\
({								\
	u64 _status, _start = rdtsc();				\
								\
	for (;;) {						\
		_status = (call);				\
		if ((_status != HV_##again &&			\
		     _status != HV_INSUFFICIENT_MEMORY) ||	\
		    rdtsc() - _start > 3 * TIMEOUT_TICKS)	\
			break;					\
		delay(1);					\
	}							\
	TEST_EQUAL(NO_CALL, _status, HV_##status, "%s", #call);	\
})

static void synic_on(void *arg)
{
	(void)arg;
	for (unsigned int sint = SINT_TURNS; sint <= SINT_POLLED; sint++)
		wrmsr(MSR_SINT0 + sint, VECTOR(sint) | (sint == SINT_QUIET ? SINT_MASKED : 0) |
		      (sint == SINT_POLLED ? SINT_POLLING : 0));
	hv_synic_on();
}

static u64 create_message_port(u32 id, u32 sint, u32 vp)
{
	struct create_port in = { SELF, id, 0, 0, 0, other, PORT_MESSAGE, 0, { { sint, vp, 0, 0, 0 } }, 0 };

	return hv_create_port(&in);
}

static u64 create_event_port(u32 id, u32 sint, u32 vp)
{
	struct create_port in = { SELF, id, 0, 0, 0, other, PORT_EVENT, 0,
				  { { sint, vp, BASE_FLAG, FLAGS, 0 } }, 0 };

	return hv_create_port(&in);
}

static u64 connect_to(u32 id, u32 type)
{
	struct connect_port in = { SELF, id, 0, {}, other, id, 0, type, 0, {}, 0 };

	return hv_connect_port(&in);
}

/* Turns: the number must be the one that is expected */
static void my_turn(u64 number)
{
	struct hv_message message = {};

	hv_receive(SINT_TURNS, &message);
	TEST(0x005c, message.payload[0] == number && message.payload[1] == ~number &&
	     message.port == PORT_TURNS && message.size == 16, "turn %lu comes, from the port",
	     (unsigned long)number);
}

static void your_turn(u64 number)
{
	PATIENTLY(SUCCESS, hv_post(PORT_TURNS, 1, number, 16), INSUFFICIENT_BUFFERS);
}

/* The receiver */

static void receive_numbered(void)
{
	u64 expected = 0, wrong = 0, broken = 0;
	struct hv_message message;

	while (expected < MESSAGES && hv_receive(SINT_NUMBERED, &message)) {
		if (message.payload[0] != expected)
			wrong++;
		if (message.payload[1] != ~message.payload[0] || message.type != 0x123 ||
		    message.port != PORT_NUMBERED || message.size != 16)
			broken++;
		expected = message.payload[0] + 1;
		/* Now and then all buffers of the port fill up */
		if (expected % 1000 < 3)
			delay(2);
	}
	TEST_EQUAL(0x005c, expected, MESSAGES, "messages received");
	TEST_EQUAL(0x005c, wrong, 0, "messages lost, doubled or out of order");
	TEST_EQUAL(0x005c, broken, 0, "messages with wrong content");
}

static u32 taken_by_any;

static void take_any(void *arg)
{
	struct hv_message message;

	(void)arg;
	if (hv_take(SINT_ANY, &message) && message.payload[0] == 77)
		taken_by_any++;
}

static void test_events(void)
{
	volatile u64 *row = hv_siefp[1][SINT_EVENTS];
	volatile u32 *count = &irq_count[1][VECTOR(SINT_EVENTS)];

	TEST_EQUAL(0x005d, row[1], (BIT(FLAGS) - 1) << (BASE_FLAG - 64),
		   "all flags of the port are set, and no other");
	TEST(0x005d, *count >= 1 && *count <= FLAGS, "%u interrupts for %u flags", *count, FLAGS);
	row[1] = BIT(BASE_FLAG - 64);
}

static void receiver(void)
{
	u32 before;

	TEST_EQUAL(0x0095, create_message_port(PORT_NUMBERED, SINT_NUMBERED, 0), HV_SUCCESS,
		   "message port");
	TEST_EQUAL(0x0095, create_event_port(PORT_EVENTS, SINT_EVENTS, 1), HV_SUCCESS, "event port");
	TEST_EQUAL(0x0095, create_event_port(PORT_MASKED, SINT_QUIET, 1), HV_SUCCESS,
		   "event port, masked SINT");
	TEST_EQUAL(0x0095, create_event_port(PORT_POLLED, SINT_POLLED, 1), HV_SUCCESS,
		   "event port, polled SINT");
	TEST_EQUAL(0x0095, create_message_port(PORT_ANY, SINT_ANY, VP_ANY), HV_SUCCESS,
		   "message port of any VP");
	TEST_EQUAL(0x0095, create_message_port(PORT_QUIET, SINT_QUIET, 0), HV_SUCCESS,
		   "message port, masked SINT");
	TEST_STATUS(0x0095, create_message_port(PORT_QUIET, 5, 0), INVALID_PORT_ID, "id in use");
	TEST_STATUS(0x0095, create_message_port(0x1000000, 5, 0), INVALID_PORT_ID, "id of 25 bits");
	TEST_STATUS(0x0095, create_message_port(1, 0, 0), INVALID_PARAMETER, "SINT 0");
	TEST_STATUS(0x0095, create_message_port(1, 16, 0), INVALID_PARAMETER, "SINT 16");
	TEST_STATUS(0x0095, create_message_port(1, 5, 2), INVALID_VP_INDEX, "VP that is not there");

	your_turn(1);
	receive_numbered();
	my_turn(2);
	test_events();
	before = irq_count[1][VECTOR(SINT_EVENTS)];
	your_turn(3);

	/* The other signals a flag that is set and one that is not */
	my_turn(4);
	TEST_EQUAL(0x005d, irq_count[1][VECTOR(SINT_EVENTS)], before + 1, "one edge, one interrupt");
	TEST_EQUAL(0x005d, hv_siefp[1][SINT_EVENTS][1], 3ull << (BASE_FLAG - 64), "both flags");
	TEST_EQUAL(0x005d, hv_siefp[1][SINT_POLLED][1], BIT(BASE_FLAG - 64 + 5), "flag of a polled SINT");
	TEST_EQUAL(0x005d, irq_count[1][VECTOR(SINT_POLLED)], 0, "but no interrupt");
	TEST_EQUAL(0x005d, hv_siefp[1][SINT_QUIET][1], 0, "no flag of a masked SINT");
	TEST_EQUAL(0x005c, hv_simp[0][SINT_QUIET].payload[0], 88, "message to a masked SINT");
	TEST_EQUAL(0x005c, irq_count[0][VECTOR(SINT_QUIET)], 0, "but no interrupt");
	take_any(NULL);
	cpu_call(1, take_any, NULL);
	TEST_EQUAL(0x005c, taken_by_any, 1, "message to any VP");

	/* Without SynIC, until the other has seen it and says so to VP 1 */
	wrmsr(MSR_SCONTROL, 0);
	your_turn(5);
	while (!(*(volatile u64 *)&hv_siefp[1][SINT_EVENTS][1] & 4ull << (BASE_FLAG - 64)))
		delay(1);
	wrmsr(MSR_SCONTROL, 1);
	my_turn(6);
	TEST_STATUS(0x0058, hv_fast(DELETE_PORT, SELF, PORT_NUMBERED), SUCCESS, "delete");
	TEST_STATUS(0x0058, hv_fast(DELETE_PORT, SELF, PORT_NUMBERED), INVALID_PORT_ID, "delete twice");
	your_turn(7);
	my_turn(8);
}

/* The sender */

static void post_numbered(void)
{
	u64 status = HV_SUCCESS, full = 0;

	for (u64 i = 0, start = rdtsc(); i < MESSAGES && !status; i++)
		do {
			status = hv_post(PORT_NUMBERED, 0x123, i, 16);
			full += status == HV_INSUFFICIENT_BUFFERS;
			if (status == HV_INSUFFICIENT_BUFFERS)
				pause();
		} while (status == HV_INSUFFICIENT_BUFFERS && rdtsc() - start < 6 * TIMEOUT_TICKS);
	TEST_EQUAL(0x005c, status, HV_SUCCESS, "status of %u messages", MESSAGES);
	TEST(0x005c, full > 0, "%lu times all buffers were in use", (unsigned long)full);
}

static void sender(void)
{
	struct connect_port in = { SELF, 1, 0, {}, other, PORT_EVENTS, 0, PORT_MESSAGE, 0, {}, 0 };

	my_turn(1);
	TEST_STATUS(0x0096, connect_to(PORT_NUMBERED, PORT_MESSAGE), SUCCESS, "message port");
	in.connection = PORT_NUMBERED;
	in.type = PORT_EVENT;
	TEST_STATUS(0x0096, hv_connect_port(&in), INVALID_CONNECTION_ID, "id in use");
	in.connection = 1;
	in.type = PORT_MESSAGE;
	TEST_STATUS(0x0096, hv_connect_port(&in), INVALID_PARAMETER, "type of another port");
	in.port = 0x999;
	TEST_STATUS(0x0096, hv_connect_port(&in), INVALID_PORT_ID, "port that is not there");
	in.port_partition = 0x4242;
	TEST_STATUS(0x0096, hv_connect_port(&in), INVALID_PARTITION_ID, "partition that is not there");
	TEST_STATUS(0x0096, connect_to(PORT_EVENTS, PORT_EVENT), SUCCESS, "event port");
	TEST_STATUS(0x0096, connect_to(PORT_MASKED, PORT_EVENT), SUCCESS, "event port, masked SINT");
	TEST_STATUS(0x0096, connect_to(PORT_POLLED, PORT_EVENT), SUCCESS, "event port, polled SINT");
	TEST_STATUS(0x0096, connect_to(PORT_ANY, PORT_MESSAGE), SUCCESS, "message port of any VP");
	TEST_STATUS(0x0096, connect_to(PORT_QUIET, PORT_MESSAGE), SUCCESS, "message port, masked SINT");
	in.port_partition = other;
	in.port = PORT_EVENTS;
	in.type = PORT_EVENT;
	TEST_STATUS(0x0096, hv_connect_port(&in), INVALID_PORT_ID, "port that is connected");

	post_numbered();
	for (u32 flag = 0; flag < FLAGS; flag++)
		TEST_EQUAL(0x005d, hv_signal(PORT_EVENTS, flag), HV_SUCCESS, "flag %u", flag);
	TEST_STATUS(0x005d, hv_signal(PORT_EVENTS, FLAGS), INVALID_PARAMETER, "flag beyond the port's");
	TEST_STATUS(0x005d, hv_signal(PORT_NUMBERED, 0), INVALID_PORT_ID, "event to a message port");
	TEST_STATUS(0x005c, hv_post(PORT_EVENTS, 1, 0, 8), INVALID_PORT_ID, "message to an event port");
	your_turn(2);
	my_turn(3);
	TEST_EQUAL(0x005d, hv_signal(PORT_EVENTS, 0), HV_SUCCESS, "flag that is set");
	TEST_EQUAL(0x005d, hv_signal(PORT_EVENTS, 1), HV_SUCCESS, "flag that is not set");
	TEST_EQUAL(0x005d, hv_signal(PORT_POLLED, 5), HV_SUCCESS, "polled SINT");
	TEST_STATUS(0x005d, hv_signal(PORT_MASKED, 0), INVALID_SYNIC_STATE, "masked SINT");
	TEST_EQUAL(0x005c, hv_post(PORT_QUIET, 1, 88, 8), HV_SUCCESS, "message to a masked SINT");
	TEST_EQUAL(0x005c, hv_post(PORT_ANY, 1, 77, 8), HV_SUCCESS, "message to any VP");
	TEST_STATUS(0x005c, hv_post(PORT_ANY, 0, 0, 8), INVALID_PARAMETER, "type 0");
	TEST_STATUS(0x005c, hv_post(PORT_ANY, BIT(31), 0, 8), INVALID_PARAMETER, "type of the hypervisor");
	TEST_STATUS(0x005c, hv_post(PORT_ANY, 1, 0, 241), INVALID_PARAMETER, "241 bytes");
	your_turn(4);

	my_turn(5);
	TEST_STATUS(0x005c, hv_post(PORT_NUMBERED, 1, 0, 8), INVALID_SYNIC_STATE, "SynIC is disabled");
	TEST_EQUAL(0x005d, hv_signal(PORT_EVENTS, 2), HV_SUCCESS, "that of another VP is not");
	PATIENTLY(SUCCESS, hv_post(PORT_TURNS, 1, 6, 16), INVALID_SYNIC_STATE);
	my_turn(7);
	TEST_STATUS(0x005c, hv_post(PORT_NUMBERED, 1, 0, 8), INVALID_PORT_ID, "port is deleted");
	TEST_STATUS(0x005b, hv_fast(DISCONNECT_PORT, SELF, PORT_NUMBERED), SUCCESS, "disconnect");
	TEST_STATUS(0x005b, hv_fast(DISCONNECT_PORT, SELF, PORT_NUMBERED), INVALID_CONNECTION_ID,
		    "disconnect twice");
	TEST_STATUS(0x005c, hv_post(PORT_NUMBERED, 1, 0, 8), INVALID_CONNECTION_ID, "disconnected");
	your_turn(8);
}

void test_main(void)
{
	hv_init();
	hv_do(MEMORY, GET_PARTITION_ID, NULL, 0, &self, sizeof(self));
	/* Guests of a host that has no others */
	other = 5 - self;
	cpu_start(1);
	synic_on(NULL);
	cpu_call(1, synic_on, NULL);
	/* The host has to feed the pool first, and the other side has to be there */
	PATIENTLY(SUCCESS, create_message_port(PORT_TURNS, SINT_TURNS, 0), INVALID_PARTITION_ID);
	PATIENTLY(SUCCESS, connect_to(PORT_TURNS, PORT_MESSAGE), INVALID_PORT_ID);
	if (cmdline_has("receiver"))
		receiver();
	else
		sender();
}
