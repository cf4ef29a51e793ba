// SPDX-License-Identifier: GPL-2.0
/*
 * 0x005c and 0x005d (sheet §15.9, §10) on ports of the VMM: QEMU's
 * hyperv-testdev sends messages back to a SINT and turns events into flags.
 * Connections that nobody owns are refused.
 */
/* run: --role guest; smp 1; qemu -device hyperv-testdev */
/* run: --role root; smp 1; qemu -device hyperv-testdev */
/* run: --role guest --privileges -post-messages,-signal-events; smp 1 */
#include "hv.h"

struct message {
	u32 connection, reserved, type, size;
	u8 payload[240];
};

_Static_assert(sizeof(struct message) == 256, "0x005c input");

static const struct {
	unsigned int code;
	const char *what;
	u32 connection, type, size;
	enum hv_status want;
} messages[] = {
#define POST(what, connection, type, size, want)	{ CASE(0x005c), what, connection, type, size, HV_##want }
	POST("unknown connection", 0x1234, 1, 240, INVALID_CONNECTION_ID),
	POST("VMBus connection without a VMBus", 1, 1, 16, INVALID_CONNECTION_ID),
	POST("empty message to an unknown connection", 0x1234, 1, 0, INVALID_CONNECTION_ID),
	POST("connection id with bits 31:24", 0x1001234, 1, 8, INVALID_CONNECTION_ID),
};

static const struct {
	unsigned int code;
	const char *what;
	u32 connection;
	u16 flag;
	enum hv_status want;
} events[] = {
#define SIGNAL(what, connection, flag, want)	{ CASE(0x005d), what, connection, flag, HV_##want }
	SIGNAL("unknown connection", 0x1234, 0, INVALID_CONNECTION_ID),
	SIGNAL("VMBus connection without a VMBus", 2, 0, INVALID_CONNECTION_ID),
	SIGNAL("highest connection id", 0xffffff, 0, INVALID_CONNECTION_ID),
};

/* hyperv-testdev: sint, VP, command and connection, a byte each. */
#define TESTDEV		0x3000
#define ROUTE_CREATE	1
#define ROUTE_DESTROY	2
#define MSG_CREATE	4
#define MSG_DESTROY	5
#define EVENT_CREATE	6
#define EVENT_DESTROY	7

static void testdev(u32 command, u32 sint, u32 connection)
{
	asm volatile("outl %0, %w1" :: "a"(sint | command << 16 | connection << 24), "d"(TESTDEV));
}

#define SINT		2
#define VECTOR		0x62
#define MSG_CONNECTION	0x21
#define EVENT_CONNECTION 0x42
#define PAYLOAD		239		/* the device takes no more */

static struct hv_message {
	u32 type;
	u8 size, flags;
	u16 reserved;
	u64 sender;
	u8 payload[240];
} simp[16] PAGE_ALIGNED;
static u8 siefp[16][256] PAGE_ALIGNED;

static void test_ports(void)
{
	struct message m = { MSG_CONNECTION, 0, 0x1234567, PAYLOAD, {} };
	volatile struct hv_message *slot = &simp[SINT];
	volatile u8 *flags = siefp[SINT];
	u32 event = EVENT_CONNECTION;

	wrmsr(MSR_SIMP, (u64)simp | 1);
	wrmsr(MSR_SIEFP, (u64)siefp | 1);
	wrmsr(MSR_SCONTROL, 1);
	wrmsr(MSR_SINT0 + SINT, VECTOR);
	testdev(ROUTE_CREATE, SINT, 0);
	testdev(MSG_CREATE, SINT, MSG_CONNECTION);
	testdev(EVENT_CREATE, SINT, EVENT_CONNECTION);

	for (unsigned int i = 0; i < PAYLOAD; i++)
		m.payload[i] = 3 * i;
	for (unsigned int round = 1; round <= 2; round++) {
		TEST_EQUAL(0x005c, hv_do(MEMORY, POST_MESSAGE, &m, sizeof(m), NULL, 0), HV_SUCCESS,
			   "message %u to a port of the VMM: status", round);
		TEST(0x005c, wait_until(&irq_count[0][VECTOR], round), "message %u: interrupt", round);
		TEST(0x005c, slot->type == m.type && slot->size == PAYLOAD &&
		     !memcmp((void *)slot->payload, m.payload, PAYLOAD), "message %u: content", round);
		slot->type = 0;
		wrmsr(MSR_EOM, 0);
	}
	m.connection++;
	TEST_STATUS(0x005c, hv_do(MEMORY, POST_MESSAGE, &m, sizeof(m), NULL, 0), INVALID_CONNECTION_ID,
		    "connection beside a known one");

	for (enum hv_form form = MEMORY; form < FORMS; form++) {
		u32 before = irq_count[0][VECTOR];
		u64 in = event;

		TEST_EQUAL(0x005d, hv_do(form, SIGNAL_EVENT, &in, 8, NULL, 0), HV_SUCCESS,
			   "event to a port of the VMM: status (%s)", FORM_NAME(form));
		TEST(0x005d, wait_until(&irq_count[0][VECTOR], before + 1), "event: interrupt (%s)",
		     FORM_NAME(form));
		TEST_EQUAL(0x005d, flags[EVENT_CONNECTION / 8], 1 << EVENT_CONNECTION % 8, "event: flag (%s)",
			   FORM_NAME(form));
		flags[EVENT_CONNECTION / 8] = 0;
	}
	testdev(EVENT_DESTROY, SINT, EVENT_CONNECTION);
	testdev(MSG_DESTROY, SINT, MSG_CONNECTION);
	testdev(ROUTE_DESTROY, SINT, 0);
	TEST_STATUS(0x005d, hv_fast(SIGNAL_EVENT, event, 0), INVALID_CONNECTION_ID, "port is gone");
}

void test_main(void)
{
	bool post = hv_may(PRIV_POST_MESSAGES), signal = hv_may(PRIV_SIGNAL_EVENTS);

	hv_init();
	for (unsigned int i = 0; i < ARRAY_SIZE(messages); i++) {
		struct message m = { messages[i].connection, 0, messages[i].type, messages[i].size, {} };

		tap_status(messages[i].code, hv_do(MEMORY, POST_MESSAGE, &m, sizeof(m), NULL, 0),
			   post ? messages[i].want : HV_ACCESS_DENIED, "%s", messages[i].what);
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(events); i++)
		for (enum hv_form form = MEMORY; form < FORMS; form++) {
			u64 in = events[i].connection | (u64)events[i].flag << 32;

			u64 status = STATUS(hv_do(form, SIGNAL_EVENT, &in, 8, NULL, 0));
			enum hv_status want = signal ? events[i].want : HV_ACCESS_DENIED;

			/* KVM gives QEMU the word in place of its address, so QEMU complains of that. */
			if (form == MEMORY && signal && status == HV_INVALID_ALIGNMENT)
				want = HV_INVALID_ALIGNMENT;
			tap_status(events[i].code, status, want, "%s (%s)", events[i].what,
				   FORM_NAME(form));
		}
	if (post && signal) {
		test_ports();
		static const struct message bad[] = {
			{ 0x1234, 0, 0, 8, {} }, { 0x1234, 0, BIT(31), 8, {} }, { 0x1234, 0, 1, 241, {} },
		};

		/*
		 * Which of two errors comes first is not defined. QEMU has a third
		 * for a payload that does not fit.
		 */
		for (unsigned int i = 0; i < ARRAY_SIZE(bad); i++) {
			u64 status = STATUS(hv_do(MEMORY, POST_MESSAGE, &bad[i], sizeof(bad[i]), NULL, 0));

			TEST(0x005c, status == HV_INVALID_PARAMETER || status == HV_INVALID_CONNECTION_ID ||
			     (bad[i].size > 240 && status == HV_INVALID_HYPERCALL_INPUT),
			     "type 0x%x, size %u (%s)", bad[i].type, bad[i].size, hv_status_name(status));
		}
		TEST_STATUS(0x005c, hv_fast(POST_MESSAGE, 0x1234, 1), INVALID_HYPERCALL_INPUT,
			    "block too large for registers");
	}
}
