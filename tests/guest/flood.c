// SPDX-License-Identifier: GPL-2.0
/*
 * A guest sends messages and events to another as fast as it can, until that one is gone:
 * killed, detached, or at its end after some resets, as run.sh says. The receiver's processors
 * halt all the time, and one interrupts the other meanwhile.
 *
 * Most events find their flag set: they wake a processor for which there is nothing to do.
 *
 * Run only when it is named: on an emulated 6.1 host it ends in about half of the runs with a
 * CPU of the host that takes the same page fault for ever, cause unknown.
 */
/* run: --role guest --privileges +create-port,+connect-port,+post-messages,+signal-events,+access-partition-id; smp 2; append sender; killed; peer receiver */
/* run: --role guest --privileges +create-port,+connect-port,+post-messages,+signal-events,+access-partition-id; smp 2; append sender; detached; peer receiver */
/* run: --role guest --privileges +create-port,+connect-port,+post-messages,+signal-events,+access-partition-id; smp 2; append sender; qemu -action reboot=reset; peer receiver resets */
#include "port.h"

#define SINT_MESSAGES	3
#define SINT_EVENTS	4
#define VECTOR(sint)	(0x60 + (sint))

enum { PORT_MESSAGES = 0x100, PORT_EVENTS };

/* Messages until the receiver resets its machine, and how often it does */
#define MESSAGES	300u
#define RESETS		3

/* It outlives a reset */
#define NOTE		0x68767072657365ull
static struct {
	u64 note, resets;
} *const kept = (void *)0x2000000ull;

static u64 self, other;

/* The receiver */

static u64 create_port(u32 id, u32 type, u32 sint, u32 vp)
{
	struct create_port in = { SELF, id, 0, 0, 0, other, type, 0, { { sint, vp, 0, 0, 0 } }, 0 };

	if (type == PORT_EVENT)
		in.count = 64;
	return hv_create_port(&in);
}

static void synic_on(void *arg)
{
	(void)arg;
	wrmsr(MSR_SINT0 + SINT_MESSAGES, VECTOR(SINT_MESSAGES));
	wrmsr(MSR_SINT0 + SINT_EVENTS, VECTOR(SINT_EVENTS));
	hv_synic_on();
}

static void take_events(void *arg)
{
	(void)arg;
	__atomic_store_n(&hv_siefp[1][SINT_EVENTS][0], 0, __ATOMIC_SEQ_CST);
}

static bool create_ports(void)
{
	u64 status = HV_INVALID_PARTITION_ID;

	/* The sender has to be there, and the host has to feed the pool */
	for (u32 i = 0; i < 6000 && (status == HV_INVALID_PARTITION_ID ||
				     status == HV_INSUFFICIENT_MEMORY); i++) {
		status = create_port(PORT_MESSAGES, PORT_MESSAGE, SINT_MESSAGES, 0);
		delay(1);
	}
	return !status && !create_port(PORT_EVENTS, PORT_EVENT, SINT_EVENTS, 1);
}

/* Is this to be the machine's last guest? */
static bool is_last(void)
{
	if (!cmdline_has("resets"))
		return true;
	if (kept->note != NOTE) {
		kept->note = NOTE;
		kept->resets = 0;
	}
	return kept->resets++ == RESETS;
}

static void receiver(void)
{
	bool resets = cmdline_has("resets"), last = is_last(), ok = create_ports();
	struct hv_message message;
	u32 n = 0;

	while (ok && n < MESSAGES && hv_receive(SINT_MESSAGES, &message)) {
		cpu_call(1, take_events, NULL);
		/* Without end if it is to be killed */
		n += resets;
	}
	/* Only the last guest counts */
	if (!last && ok && n == MESSAGES)
		outb(0xcf9, 6);
	TEST(0x0095, ok, "both ports");
	TEST(0x005c, n == MESSAGES, "%u messages", n);
}

/* The sender */

static bool accepted(u64 status)
{
	return status == HV_SUCCESS || status == HV_INSUFFICIENT_BUFFERS ||
	       status == HV_INVALID_SYNIC_STATE || status == HV_INVALID_VP_INDEX;
}

static u64 connect_to(u32 id, u32 type)
{
	struct connect_port in = { SELF, id, 0, {}, other, id, 0, type, 0, {}, 0 };

	return hv_connect_port(&in);
}

/* Until the port is there; false if the other side is not (any more) */
static bool connected(u32 id, u32 type, bool first)
{
	u64 status = HV_INVALID_PORT_ID;

	for (u32 i = 0; i < 60000; i++) {
		status = connect_to(id, type);
		if (status != HV_INVALID_PORT_ID && status != HV_INSUFFICIENT_MEMORY &&
		    (status != HV_INVALID_PARTITION_ID || !first))
			break;
		delay(1);
	}
	if (status != HV_INVALID_PARTITION_ID)
		TEST_EQUAL(0x0096, status, HV_SUCCESS, "connection");
	return status == HV_SUCCESS;
}

static u64 last_signal;

static void signal_all(void *arg)
{
	(void)arg;
	for (u32 i = 0; ; i++) {
		last_signal = hv_signal(PORT_EVENTS, i % 64);
		if (!accepted(last_signal))
			return;
	}
}

static void post_all(void)
{
	static u64 posted;
	u64 status;

	do {
		status = hv_post(PORT_MESSAGES, 1, posted, 16);
		if (status == HV_SUCCESS && ++posted == 100)
			printf("ready\n");
	} while (accepted(status));
	TEST_EQUAL(0x005c, status, HV_INVALID_PORT_ID, "%lu messages until the port is gone",
		   (unsigned long)posted);
}

static void sender(void)
{
	bool first = true;

	while (connected(PORT_MESSAGES, PORT_MESSAGE, first) &&
	       connected(PORT_EVENTS, PORT_EVENT, false)) {
		first = false;
		cpu_run(1, signal_all, NULL);
		post_all();
		cpu_wait(1);
		TEST_EQUAL(0x005d, last_signal, HV_INVALID_PORT_ID, "event to a port that is gone");
		hv_fast(DISCONNECT_PORT, SELF, PORT_MESSAGES);
		hv_fast(DISCONNECT_PORT, SELF, PORT_EVENTS);
	}
	hv_fast(DISCONNECT_PORT, SELF, PORT_MESSAGES);
	TEST(NO_CALL, !first, "the receiver was there");
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
	if (cmdline_has("receiver"))
		receiver();
	else
		sender();
}
