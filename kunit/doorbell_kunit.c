// SPDX-License-Identifier: GPL-2.0
/*
 * Doorbells: which writes of a child ring, what gets into the parent's event ring, and how the
 * parent is told. The sheet, sections 10 ("Event ring") and 15.9; linux-clients.md 6.6
 * ("Doorbells"). take() reads the ring as Linux's synic_event_ring_get_queued_port() does.
 */
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/slab.h>

#include "../hvpersona/synic/port.h"
#include "fed_child.h"

#define RING_EMPTY	0x008b
#define CONNECT		0x0096

#define SINT		5	/* Linux's doorbells */
#define RINGS(index)	(0x28000ULL + SZ_4K * (index))
#define GPA		0xfe003000ULL
#define ANY_VALUE	HV_DOORBELL_ANY_VALUE

/**
 * struct bell_test - A root with a child
 * @vm: The root; VP 0 has all enabled that a doorbell needs
 * @child: Its child
 * @tail: Where the guest reads next
 */
struct bell_test {
	struct fake_vm *vm;
	struct fed_child child;
	u32 tail;
};

static void ring_page_enable(struct fake_vp *fvp)
{
	fake_synic_enable(fvp);
	memset(fvp->vm->ram + RINGS(fvp->index), 0, SZ_4K);
	fvp->sirbp = RINGS(fvp->index) | HV_SYNIC_ENABLE;
	fvp->sints[SINT] = FAKE_VECTOR(SINT) | HV_SINT_AS_INTERCEPT;
	hvp_rings_reset(fvp->vp);
}

static int bell_init(struct kunit *test)
{
	struct bell_test *t = kunit_kzalloc(test, sizeof(*t), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, t);
	t->vm = fake_vm_create(test, HVPERSONA_ROLE_ROOT, HV_PRIVILEGES_DEFINED, FAKE_VPS);
	fed_child_create(t->vm, &t->child, 0);
	ring_page_enable(&t->vm->vps[0]);
	test->priv = t;
	return 0;
}

static void bell_exit(struct kunit *test)
{
	struct bell_test *t = test->priv;

	if (t)
		fake_vm_destroy(t->vm);
}

static enum hv_status make_port(struct bell_test *t, u32 id, u32 sint, u32 vp)
{
	const struct hv_create_port in = {
		.port = id,
		.connection_partition = t->child.id,
		.info = { .type = HV_PORT_DOORBELL, .sint = sint, .vp = vp },
	};
	const struct hvp_port_request request = { .in = &in };
	struct hvp_port *port;

	return hvp_port_create(t->vm->pt->instance, t->vm->pt, &request, &port);
}

static enum hv_status connect(struct bell_test *t, u32 id, u64 gpa, u64 trigger, u64 flags)
{
	const struct hv_connect_port in = {
		.connection = id,
		.port_partition = t->vm->pt->id,
		.port = id,
		.info = {
			.type = HV_PORT_DOORBELL, .gpa = gpa, .trigger = trigger, .flags = flags,
		},
	};

	return hvp_port_connect(t->vm->pt->instance, t->child.pt, &in, false);
}

/* A doorbell with the same id for its port and its connection, as Linux makes them */
static void make_bell(struct kunit *test, u32 id, u32 sint, u64 gpa, u64 trigger, u64 flags)
{
	struct bell_test *t = test->priv;

	KUNIT_ASSERT_EQ(test, (u32)make_port(t, id, sint, HV_VP_INDEX_ANY), 0U);
	KUNIT_ASSERT_EQ(test, (u32)connect(t, id, gpa, trigger, flags), 0U);
}

static void delete_port(struct bell_test *t, u32 id)
{
	KUNIT_EXPECT_EQ(t->vm->test,
			(u32)hvp_port_delete(t->vm->pt->instance, t->vm->pt, id), 0U);
}

static void disconnect(struct bell_test *t, u32 id)
{
	KUNIT_EXPECT_EQ(t->vm->test,
			(u32)hvp_port_disconnect(t->vm->pt->instance, t->child.pt, id), 0U);
}

static bool write_to(struct bell_test *t, u64 gpa, u64 value, u32 size)
{
	return hvp_doorbell_ring(t->child.vp, gpa, value, size);
}

static void deliver(struct bell_test *t)
{
	hvp_synic_deliver(t->vm->vp);
}

static struct hvp_event_ring *ring_of(struct bell_test *t, u32 sint)
{
	return (void *)(t->vm->ram + RINGS(0) + sint * sizeof(struct hvp_event_ring));
}

static struct hvp_hv_message *slot(struct bell_test *t)
{
	return (void *)(t->vm->ram + FAKE_SIM(0));
}

static u64 ring_empty(struct bell_test *t, u32 sint)
{
	const struct hv_notify_port_ring_empty in = { .sint = sint };

	return fake_call_fast(t->vm, RING_EMPTY, &in, sizeof(in), NULL, 0);
}

/* The next port in the ring, 0 if there is none */
static u32 take(struct bell_test *t)
{
	struct hvp_event_ring *ring = ring_of(t, SINT);
	u32 port = ring->data[t->tail];

	if (!port) {
		if (ring->ring_full) {
			ring->ring_full = 0;
			KUNIT_EXPECT_EQ(t->vm->test, ring_empty(t, SINT), 0ULL);
			port = ring->data[t->tail];
		}
		if (!port) {
			ring->signal_masked = 0;
			return 0;
		}
		ring->signal_masked = 1;
	}
	ring->data[t->tail] = 0;
	t->tail = (t->tail + 1) % HV_EVENT_RING_ENTRIES;
	return port;
}

/* 1 if the slot of SINT0 tells of the ring of @sint; it is free then */
static u32 told(struct bell_test *t, u32 sint)
{
	struct hvp_hv_message *message = slot(t);
	u32 payload;

	if (!message->type)
		return 0;
	memcpy(&payload, message->payload, sizeof(payload));
	/* linux-clients.md 6.6: 0x80000061, payload the SINT */
	KUNIT_EXPECT_EQ(t->vm->test, message->type, 0x80000061U);
	KUNIT_EXPECT_EQ(t->vm->test, (u32)message->size, 4U);
	KUNIT_EXPECT_EQ(t->vm->test, payload, sint);
	message->type = 0;
	return 1;
}

/* 15.9: bits 2:0 size, 0 to 4; bit 31 any value; 0x96: "doorbell crossing a page" */
static void info_is_checked(struct kunit *test)
{
	struct hv_connection_info info = { .type = HV_PORT_DOORBELL };
	u32 bit, code;

	for (bit = 0; bit < 64; bit++) {
		info = (struct hv_connection_info) { .gpa = GPA, .flags = BIT_ULL(bit) };
		KUNIT_EXPECT_EQ_MSG(test, (u32)hvp_doorbell_check(&info),
				    bit < 3 || bit == 31 ? 0U : HV_STATUS_INVALID_PARAMETER,
				    "bit %u", bit);
	}
	for (code = 0; code < 8; code++) {
		info = (struct hv_connection_info) { .gpa = GPA, .flags = code };
		KUNIT_EXPECT_EQ_MSG(test, (u32)hvp_doorbell_check(&info),
				    code <= 4 ? 0U : HV_STATUS_INVALID_PARAMETER, "code %u", code);
	}
	for (code = 0; code <= 4; code++) {
		u32 bytes = code ? BIT(code - 1) : 1;

		info = (struct hv_connection_info) { .gpa = GPA + SZ_4K - bytes, .flags = code };
		KUNIT_EXPECT_EQ(test, (u32)hvp_doorbell_check(&info), 0U);
		info.gpa++;
		/* What is in the next page does not cross */
		KUNIT_EXPECT_EQ(test, (u32)hvp_doorbell_check(&info),
				bytes == 1 ? 0U : HV_STATUS_INVALID_PARAMETER);
	}
}

static void connecting_checks(struct kunit *test)
{
	struct bell_test *t = test->priv;
	struct hv_connect_port in = {
		.connection = 1, .port_partition = t->vm->pt->id, .port = 7,
		.info = { .type = HV_PORT_DOORBELL, .gpa = GPA, .flags = 5 },
	};
	u64 out;

	KUNIT_ASSERT_EQ(test, (u32)make_port(t, 7, SINT, HV_VP_INDEX_ANY), 0U);
	in.partition = t->child.id;
	EXPECT_STATUS(test, fake_call(t->vm, CONNECT, &in, sizeof(in), &out, 0),
		      INVALID_PARAMETER);
	in.info.flags = 4;
	in.info.gpa = GPA + SZ_4K - 4;
	EXPECT_STATUS(test, fake_call(t->vm, CONNECT, &in, sizeof(in), &out, 0),
		      INVALID_PARAMETER);
	in.info.gpa = GPA;
	EXPECT_STATUS(test, fake_call(t->vm, CONNECT, &in, sizeof(in), &out, 0), SUCCESS);
	KUNIT_EXPECT_TRUE(test, write_to(t, GPA, 0, 8));
	deliver(t);
	KUNIT_EXPECT_EQ(test, take(t), 7U);
}

/* Only a child's writes are seen */
static void sender_is_a_child(struct kunit *test)
{
	struct bell_test *t = test->priv;
	struct hvp_connection connection = { .partition = t->vm->pt };

	KUNIT_EXPECT_EQ(test, (u32)hvp_doorbell_connected(&connection),
			(u32)HV_STATUS_INVALID_PARTITION_ID);
	hvp_doorbell_disconnected(&connection);
}

static void sizes_match(struct kunit *test)
{
	static const u32 sizes[] = { 1, 2, 4, 8 };
	struct bell_test *t = test->priv;
	u32 code, i;

	for (code = 0; code <= 4; code++) {
		make_bell(test, 1 + code, SINT, GPA + 64 * code, 0x42, code);
		for (i = 0; i < ARRAY_SIZE(sizes); i++)
			KUNIT_EXPECT_EQ_MSG(test, write_to(t, GPA + 64 * code, 0x42, sizes[i]),
					    !code || code == i + 1, "code %u size %u", code,
					    sizes[i]);
	}
	for (i = 0; i < 20; i++)
		if (i != 1 && i != 2 && i != 4 && i != 8)
			KUNIT_EXPECT_FALSE(test, write_to(t, GPA, 0x42, i));
	deliver(t);
	for (code = 0; code <= 4; code++)
		KUNIT_EXPECT_EQ(test, take(t), 1 + code);
	KUNIT_EXPECT_EQ(test, take(t), 0U);
}

static void values_match(struct kunit *test)
{
	struct bell_test *t = test->priv;

	make_bell(test, 1, SINT, GPA, 0x1234, 2);
	make_bell(test, 2, SINT, GPA, ~0ULL, 4);
	make_bell(test, 3, SINT, GPA + 8, 0, 3 | ANY_VALUE);
	make_bell(test, 4, SINT, GPA + 16, 0x10001, 2);
	KUNIT_EXPECT_TRUE(test, write_to(t, GPA, 0x1234, 2));
	/* The rest of the register is not written */
	KUNIT_EXPECT_TRUE(test, write_to(t, GPA, 0xdead1234, 2));
	KUNIT_EXPECT_FALSE(test, write_to(t, GPA, 0x1235, 2));
	KUNIT_EXPECT_FALSE(test, write_to(t, GPA, 0x1234, 4));
	KUNIT_EXPECT_TRUE(test, write_to(t, GPA, ~0ULL, 8));
	KUNIT_EXPECT_TRUE(test, write_to(t, GPA + 8, 0, 4));
	KUNIT_EXPECT_TRUE(test, write_to(t, GPA + 8, ~0ULL, 4));
	/* Two bytes never hold this */
	KUNIT_EXPECT_FALSE(test, write_to(t, GPA + 16, 0x10001, 2));
	deliver(t);
	KUNIT_EXPECT_EQ(test, take(t), 1U);
	KUNIT_EXPECT_EQ(test, take(t), 2U);
	KUNIT_EXPECT_EQ(test, take(t), 3U);
	KUNIT_EXPECT_EQ(test, take(t), 0U);
}

static void other_writes_are_intercepts(struct kunit *test)
{
	struct bell_test *t = test->priv;

	KUNIT_EXPECT_FALSE(test, write_to(t, GPA, 0, 4));
	make_bell(test, 1, SINT, GPA, 0, ANY_VALUE);
	KUNIT_EXPECT_FALSE(test, write_to(t, GPA + 1, 0, 1));
	KUNIT_EXPECT_FALSE(test, write_to(t, GPA - 1, 0, 2));
	KUNIT_EXPECT_FALSE(test, write_to(t, GPA ^ BIT_ULL(63), 0, 2));
	KUNIT_EXPECT_EQ(test, atomic_read(&t->vm->vps[0].kicks), 0);
	disconnect(t, 1);
	KUNIT_EXPECT_FALSE(test, write_to(t, GPA, 0, 4));
	make_bell(test, 2, SINT, GPA, 0, ANY_VALUE);
	delete_port(t, 2);
	KUNIT_EXPECT_FALSE(test, write_to(t, GPA, 0, 4));
}

static void value_comes_before_any(struct kunit *test)
{
	struct bell_test *t = test->priv;

	make_bell(test, 1, SINT, GPA, 0, ANY_VALUE);
	make_bell(test, 2, SINT, GPA, 5, 0);
	KUNIT_EXPECT_TRUE(test, write_to(t, GPA, 5, 4));
	deliver(t);
	KUNIT_EXPECT_EQ(test, take(t), 2U);
	KUNIT_EXPECT_EQ(test, take(t), 0U);
	/* Without a port the one that waits for the value is nothing */
	delete_port(t, 2);
	KUNIT_EXPECT_TRUE(test, write_to(t, GPA, 5, 4));
	deliver(t);
	KUNIT_EXPECT_EQ(test, take(t), 1U);
}

static void ring_keeps_order_and_wraps(struct kunit *test)
{
	struct bell_test *t = test->priv;
	u32 i, j;

	for (i = 1; i <= 5; i++)
		make_bell(test, i, SINT, GPA, i, 3);
	for (i = 0; i < 40; i++) {
		for (j = 0; j < 5; j++)
			KUNIT_ASSERT_TRUE(test, write_to(t, GPA, 1 + (i + j) % 5, 4));
		deliver(t);
		for (j = 0; j < 5; j++)
			KUNIT_ASSERT_EQ(test, take(t), 1 + (i + j) % 5);
		KUNIT_ASSERT_EQ(test, take(t), 0U);
	}
}

/* A doorbell says that there is something to do, not how often it was told */
static void port_is_queued_once(struct kunit *test)
{
	struct bell_test *t = test->priv;
	u32 i;

	make_bell(test, 9, SINT, GPA, 0, ANY_VALUE);
	for (i = 0; i < 3; i++)
		KUNIT_EXPECT_TRUE(test, write_to(t, GPA, i, 4));
	KUNIT_EXPECT_EQ(test, atomic_read(&t->vm->vps[0].kicks), 3);
	deliver(t);
	/* The entry is there, but nothing says that the guest takes it after this */
	KUNIT_EXPECT_TRUE(test, write_to(t, GPA, i, 4));
	deliver(t);
	KUNIT_EXPECT_EQ(test, take(t), 9U);
	KUNIT_EXPECT_EQ(test, take(t), 9U);
	KUNIT_EXPECT_EQ(test, take(t), 0U);
}

/* Section 10: "When the ring is full the hypervisor sets ring full and waits for 0x008b" */
static void full_ring_waits(struct kunit *test)
{
	struct bell_test *t = test->priv;
	u32 i;

	for (i = 1; i <= 150; i++) {
		make_bell(test, i, SINT, GPA, i, 3);
		KUNIT_ASSERT_TRUE(test, write_to(t, GPA, i, 4));
		if (i == HV_EVENT_RING_ENTRIES) {
			deliver(t);
			KUNIT_EXPECT_EQ(test, ring_of(t, SINT)->ring_full, 0);
		}
	}
	deliver(t);
	KUNIT_EXPECT_EQ(test, ring_of(t, SINT)->ring_full, 1);
	/* Room is not enough */
	KUNIT_EXPECT_EQ(test, take(t), 1U);
	deliver(t);
	KUNIT_EXPECT_EQ(test, ring_of(t, SINT)->data[0], 0U);
	KUNIT_EXPECT_FALSE(test, hvp_synic_has_work(t->vm->vp->synic[0]));
	/* The guest finds the flag when it has read all, see take() */
	for (i = 2; i <= 150; i++)
		KUNIT_ASSERT_EQ(test, take(t), i);
	KUNIT_EXPECT_EQ(test, take(t), 0U);
	KUNIT_EXPECT_EQ(test, ring_of(t, SINT)->ring_full, 0);
	KUNIT_EXPECT_TRUE(test, write_to(t, GPA, 3, 4));
	deliver(t);
	KUNIT_EXPECT_EQ(test, take(t), 3U);
}

/* linux-clients.md 6.6: the message, and signal_masked is set until the guest has read */
static void guest_is_told_once(struct kunit *test)
{
	struct bell_test *t = test->priv;

	make_bell(test, 1, SINT, GPA, 1, 3);
	make_bell(test, 2, SINT, GPA, 2, 3);
	KUNIT_EXPECT_TRUE(test, write_to(t, GPA, 1, 4));
	deliver(t);
	KUNIT_EXPECT_EQ(test, told(t, SINT), 1U);
	KUNIT_EXPECT_EQ(test, t->vm->vps[0].irqs[0], FAKE_VECTOR(0));
	KUNIT_EXPECT_EQ(test, ring_of(t, SINT)->signal_masked, 1);
	KUNIT_EXPECT_TRUE(test, write_to(t, GPA, 2, 4));
	deliver(t);
	KUNIT_EXPECT_EQ(test, told(t, SINT), 0U);
	KUNIT_EXPECT_EQ(test, take(t), 1U);
	KUNIT_EXPECT_EQ(test, take(t), 2U);
	KUNIT_EXPECT_EQ(test, take(t), 0U);
	KUNIT_EXPECT_TRUE(test, write_to(t, GPA, 2, 4));
	deliver(t);
	KUNIT_EXPECT_EQ(test, told(t, SINT), 1U);
	/* All by messages in SINT0 */
	KUNIT_EXPECT_EQ(test, t->vm->vps[0].irq_count, 2U);
}

static void plain_sint_is_raised(struct kunit *test)
{
	struct bell_test *t = test->priv;
	struct fake_vp *fvp = &t->vm->vps[0];

	fvp->sints[SINT] = FAKE_VECTOR(SINT);
	make_bell(test, 1, SINT, GPA, 0, ANY_VALUE);
	KUNIT_EXPECT_TRUE(test, write_to(t, GPA, 0, 4));
	deliver(t);
	KUNIT_EXPECT_EQ(test, told(t, SINT), 0U);
	KUNIT_EXPECT_EQ(test, fvp->irq_count, 1U);
	KUNIT_EXPECT_EQ(test, fvp->irqs[0], FAKE_VECTOR(SINT));
	KUNIT_EXPECT_EQ(test, ring_of(t, SINT)->signal_masked, 0);
	ring_of(t, SINT)->signal_masked = 1;
	KUNIT_EXPECT_TRUE(test, write_to(t, GPA, 0, 4));
	deliver(t);
	KUNIT_EXPECT_EQ(test, fvp->irq_count, 1U);
	ring_of(t, SINT)->signal_masked = 0;
	fvp->sints[SINT] |= HV_SINT_MASKED | HV_SINT_POLLING;
	KUNIT_EXPECT_TRUE(test, write_to(t, GPA, 0, 4));
	deliver(t);
	KUNIT_EXPECT_EQ(test, fvp->irq_count, 1U);
	KUNIT_EXPECT_EQ(test, ring_of(t, SINT)->data[2], 1U);
	/* Masked after it rang */
	fvp->sints[SINT] = FAKE_VECTOR(SINT);
	KUNIT_EXPECT_TRUE(test, write_to(t, GPA, 0, 4));
	fvp->sints[SINT] |= HV_SINT_MASKED;
	deliver(t);
	KUNIT_EXPECT_EQ(test, fvp->irq_count, 1U);
}

static void sints_have_rings_of_their_own(struct kunit *test)
{
	struct bell_test *t = test->priv;

	make_bell(test, 1, SINT, GPA, 1, 0);
	make_bell(test, 2, SINT, GPA, 2, 0);
	make_bell(test, 3, 15, GPA, 3, 0);
	KUNIT_EXPECT_TRUE(test, write_to(t, GPA, 3, 1));
	KUNIT_EXPECT_TRUE(test, write_to(t, GPA, 2, 1));
	KUNIT_EXPECT_TRUE(test, write_to(t, GPA, 1, 1));
	deliver(t);
	KUNIT_EXPECT_EQ(test, ring_of(t, SINT)->data[0], 2U);
	KUNIT_EXPECT_EQ(test, ring_of(t, SINT)->data[1], 1U);
	KUNIT_EXPECT_EQ(test, ring_of(t, 15)->data[0], 3U);
	KUNIT_EXPECT_EQ(test, t->vm->vps[0].irqs[0], FAKE_VECTOR(15));
	KUNIT_EXPECT_EQ(test, told(t, SINT), 1U);
}

static void full_slots_are_waited_for(struct kunit *test)
{
	const struct hvp_hv_message message = { .type = HV_MESSAGE_X64_HALT };
	struct bell_test *t = test->priv;
	struct hvp_synic *synic = t->vm->vp->synic[0];
	u32 i;

	for (i = 0; i < HVP_DIRECT_BUFFERS; i++)
		KUNIT_ASSERT_EQ(test, (u32)hvp_synic_post_direct(synic, 0, &message), 0U);
	make_bell(test, 1, SINT, GPA, 0, ANY_VALUE);
	KUNIT_EXPECT_TRUE(test, write_to(t, GPA, 0, 4));
	hvp_rings_deliver(t->vm->vp);
	/* The entry is there, the message could not be posted and is not forgotten */
	KUNIT_EXPECT_EQ(test, ring_of(t, SINT)->data[0], 1U);
	KUNIT_EXPECT_EQ(test, ring_of(t, SINT)->signal_masked, 0);
	KUNIT_EXPECT_NE(test, synic->rings, 0UL);
	for (i = 0; i < HVP_DIRECT_BUFFERS; i++) {
		deliver(t);
		KUNIT_EXPECT_EQ(test, slot(t)->type, (u32)HV_MESSAGE_X64_HALT);
		slot(t)->type = 0;
	}
	deliver(t);
	KUNIT_EXPECT_EQ(test, told(t, SINT), 1U);
	KUNIT_EXPECT_EQ(test, synic->rings, 0UL);
}

static void port_takes_its_ring_along(struct kunit *test)
{
	struct bell_test *t = test->priv;
	u32 i;

	for (i = 1; i <= 3; i++) {
		make_bell(test, i, SINT, GPA, i, 0);
		KUNIT_EXPECT_TRUE(test, write_to(t, GPA, i, 1));
	}
	delete_port(t, 2);
	/* What has rung arrives although the connection is gone */
	disconnect(t, 3);
	deliver(t);
	KUNIT_EXPECT_EQ(test, take(t), 1U);
	KUNIT_EXPECT_EQ(test, take(t), 3U);
	KUNIT_EXPECT_EQ(test, take(t), 0U);
	KUNIT_EXPECT_TRUE(test, write_to(t, GPA, 1, 1));
	delete_port(t, 1);
	deliver(t);
	KUNIT_EXPECT_EQ(test, take(t), 0U);
}

/* A port that is going is not rung by who has found it before */
static void port_that_is_gone_is_not_rung(struct kunit *test)
{
	struct bell_test *t = test->priv;
	struct hvp_port *port;

	make_bell(test, 1, SINT, GPA, 1, 0);
	port = xa_load(&t->vm->pt->ports, 1);
	KUNIT_ASSERT_NOT_NULL(test, port);
	hvp_doorbell_port_gone(port);
	KUNIT_EXPECT_FALSE(test, write_to(t, GPA, 1, 1));
	KUNIT_EXPECT_FALSE(test, hvp_synic_has_work(t->vm->vp->synic[0]));
}

static void reset_forgets_what_rang(struct kunit *test)
{
	struct bell_test *t = test->priv;

	make_bell(test, 1, SINT, GPA, 1, 0);
	KUNIT_EXPECT_TRUE(test, write_to(t, GPA, 1, 1));
	hvp_synic_reset(t->vm->vp);
	deliver(t);
	KUNIT_EXPECT_EQ(test, take(t), 0U);
	KUNIT_EXPECT_TRUE(test, write_to(t, GPA, 1, 1));
	hvp_synic_stop(t->vm->vp);
	KUNIT_EXPECT_FALSE(test, write_to(t, GPA, 1, 1));
	KUNIT_EXPECT_FALSE(test, hvp_synic_has_work(t->vm->vp->synic[0]));
}

/* A write that cannot be recorded is an intercept */
static void deaf_vps_are_not_rung(struct kunit *test)
{
	struct bell_test *t = test->priv;
	struct fake_vp *fvp = &t->vm->vps[0];

	make_bell(test, 1, SINT, GPA, 1, 0);
	fvp->sirbp &= ~HV_SYNIC_ENABLE;
	KUNIT_EXPECT_FALSE(test, write_to(t, GPA, 1, 1));
	fvp->sirbp |= HV_SYNIC_ENABLE;
	fvp->synic.control = 0;
	KUNIT_EXPECT_FALSE(test, write_to(t, GPA, 1, 1));
	fvp->synic.control = HV_SYNIC_ENABLE;
	fvp->sints[SINT] |= HV_SINT_MASKED;
	KUNIT_EXPECT_FALSE(test, write_to(t, GPA, 1, 1));
	fvp->sints[SINT] |= HV_SINT_POLLING;
	KUNIT_EXPECT_TRUE(test, write_to(t, GPA, 1, 1));
	fvp->sints[SINT] &= ~HV_SINT_MASKED;
	fvp->no_synic = true;
	make_bell(test, 2, SINT, GPA, 2, 0);
	KUNIT_EXPECT_FALSE(test, write_to(t, GPA, 2, 1));
}

static void preferred_vp_is_rung_first(struct kunit *test)
{
	struct bell_test *t = test->priv;
	u32 i;

	make_bell(test, 1, SINT, GPA, 1, 0);
	ring_page_enable(&t->vm->vps[1]);
	ring_page_enable(&t->vm->vps[3]);
	KUNIT_ASSERT_EQ(test, (u32)hvp_port_property_set(t->vm->pt->instance, t->vm->pt, 1,
							 HV_PORT_PROPERTY_PREFERRED_TARGET_VP, 3),
			0U);
	KUNIT_EXPECT_TRUE(test, write_to(t, GPA, 1, 1));
	hvp_synic_deliver(t->vm->vps[3].vp);
	KUNIT_EXPECT_EQ(test, *(u32 *)(t->vm->ram + RINGS(3) + SINT * 256 + 4), 1U);
	t->vm->vps[3].sirbp = 0;
	t->vm->vps[0].sirbp = 0;
	KUNIT_EXPECT_TRUE(test, write_to(t, GPA, 1, 1));
	/* It is queued there, and nowhere else */
	t->vm->vps[0].sirbp = RINGS(0) | HV_SYNIC_ENABLE;
	KUNIT_EXPECT_TRUE(test, write_to(t, GPA, 1, 1));
	for (i = 0; i < FAKE_VPS; i++)
		KUNIT_EXPECT_EQ(test, hvp_synic_has_work(t->vm->vps[i].vp->synic[0]), i == 1);
	hvp_synic_deliver(t->vm->vps[1].vp);
	KUNIT_EXPECT_EQ(test, *(u32 *)(t->vm->ram + RINGS(1) + SINT * 256 + 4), 1U);
}

static void named_vp_is_rung_only(struct kunit *test)
{
	struct bell_test *t = test->priv;

	KUNIT_ASSERT_EQ(test, (u32)make_port(t, 1, SINT, 2), 0U);
	KUNIT_ASSERT_EQ(test, (u32)connect(t, 1, GPA, 0, ANY_VALUE), 0U);
	KUNIT_EXPECT_FALSE(test, write_to(t, GPA, 1, 1));
	ring_page_enable(&t->vm->vps[2]);
	KUNIT_EXPECT_TRUE(test, write_to(t, GPA, 1, 1));
	KUNIT_EXPECT_EQ(test, atomic_read(&t->vm->vps[2].kicks), 1);
	KUNIT_EXPECT_EQ(test, atomic_read(&t->vm->vps[0].kicks), 0);
}

static void ring_waits_for_its_page(struct kunit *test)
{
	struct bell_test *t = test->priv;
	struct fake_vp *fvp = &t->vm->vps[0];
	u64 sirbp = fvp->sirbp;

	make_bell(test, 1, SINT, GPA, 1, 0);
	KUNIT_EXPECT_TRUE(test, write_to(t, GPA, 1, 1));
	fvp->sirbp = 0;
	deliver(t);
	KUNIT_EXPECT_FALSE(test, hvp_synic_has_work(t->vm->vp->synic[0]));
	fvp->sirbp = FAKE_HOLE | HV_SYNIC_ENABLE;
	hvp_rings_reset(t->vm->vp);
	KUNIT_EXPECT_TRUE(test, hvp_synic_has_work(t->vm->vp->synic[0]));
	deliver(t);
	/* The next ring is another attempt */
	fvp->sirbp = FAKE_ROM | HV_SYNIC_ENABLE;
	KUNIT_EXPECT_TRUE(test, write_to(t, GPA, 1, 1));
	deliver(t);
	KUNIT_EXPECT_FALSE(test, hvp_synic_has_work(t->vm->vp->synic[0]));
	KUNIT_EXPECT_EQ(test, fvp->irq_count, 0U);
	fvp->sirbp = sirbp;
	atomic_set(&fvp->kicks, 0);
	hvp_rings_reset(t->vm->vp);
	/* Nobody else would have it deliver */
	KUNIT_EXPECT_EQ(test, atomic_read(&fvp->kicks), 1);
	deliver(t);
	KUNIT_EXPECT_EQ(test, take(t), 1U);
	KUNIT_EXPECT_EQ(test, take(t), 0U);
	atomic_set(&fvp->kicks, 0);
	hvp_rings_reset(t->vm->vp);
	KUNIT_EXPECT_EQ(test, atomic_read(&fvp->kicks), 0);
}

/* A VP that has rung but listens no more keeps nobody from ringing another one */
static void ring_moves_to_who_listens(struct kunit *test)
{
	struct bell_test *t = test->priv;
	struct fake_vp *deaf = &t->vm->vps[0], *other = &t->vm->vps[2];
	struct hvp_event_ring *ring = (void *)(t->vm->ram + RINGS(2) + SINT * sizeof(*ring));

	make_bell(test, 1, SINT, GPA, 1, 0);
	KUNIT_EXPECT_TRUE(test, write_to(t, GPA, 1, 1));
	deaf->sirbp = 0;
	hvp_rings_reset(deaf->vp);
	deliver(t);
	KUNIT_EXPECT_FALSE(test, write_to(t, GPA, 1, 1));
	ring_page_enable(other);
	KUNIT_EXPECT_TRUE(test, write_to(t, GPA, 1, 1));
	hvp_synic_deliver(other->vp);
	KUNIT_EXPECT_EQ(test, ring->data[0], 1U);
	/* It has left the queue at the first */
	ring_page_enable(deaf);
	deliver(t);
	KUNIT_EXPECT_EQ(test, take(t), 0U);
}

/* Whoever enables a page begins to read at its first entry */
static void new_page_begins_anew(struct kunit *test)
{
	struct bell_test *t = test->priv;

	make_bell(test, 1, SINT, GPA, 1, 0);
	KUNIT_EXPECT_TRUE(test, write_to(t, GPA, 1, 1));
	deliver(t);
	KUNIT_EXPECT_EQ(test, take(t), 1U);
	ring_page_enable(&t->vm->vps[0]);
	t->tail = 0;
	KUNIT_EXPECT_TRUE(test, write_to(t, GPA, 1, 1));
	deliver(t);
	KUNIT_EXPECT_EQ(test, take(t), 1U);
	/* A VP without a SynIC */
	hvp_synic_free(t->vm->vps[3].vp);
	hvp_rings_reset(t->vm->vps[3].vp);
	hvp_rings_deliver(t->vm->vps[3].vp);
	KUNIT_EXPECT_EQ(test, (u32)hvp_ring_emptied(t->vm->vps[3].vp, 1), 0U);
}

/* A ring with anything in it that the hypervisor has not written */
static void hostile_ring_hurts_nobody(struct kunit *test)
{
	struct bell_test *t = test->priv;
	u32 i;

	memset(ring_of(t, 0), 0xff, SZ_4K);
	ring_of(t, SINT)->signal_masked = 0;
	make_bell(test, 1, SINT, GPA, 1, 0);
	for (i = 0; i < 3; i++) {
		KUNIT_EXPECT_TRUE(test, write_to(t, GPA, 1, 1));
		deliver(t);
		KUNIT_EXPECT_FALSE(test, hvp_synic_has_work(t->vm->vp->synic[0]));
	}
	/* It is told, so that it can say that there is room */
	KUNIT_EXPECT_EQ(test, told(t, SINT), 1U);
	for (i = 0; i < 3; i++)
		KUNIT_EXPECT_EQ(test, ring_empty(t, SINT), 0ULL);
	memset(ring_of(t, 0), 0, SZ_4K);
	KUNIT_EXPECT_EQ(test, ring_empty(t, SINT), 0ULL);
	KUNIT_EXPECT_EQ(test, take(t), 1U);
	KUNIT_EXPECT_EQ(test, take(t), 0U);
}

static void emptied_is_for_the_root(struct kunit *test)
{
	struct bell_test *t = test->priv;
	struct hv_notify_port_ring_empty in = {};
	struct fake_vm *guest;
	u32 sint;

	for (sint = 0; sint < 16; sint++)
		KUNIT_EXPECT_EQ(test, ring_empty(t, sint), 0ULL);
	EXPECT_STATUS(test, ring_empty(t, 16), INVALID_PARAMETER);
	EXPECT_STATUS(test, ring_empty(t, U32_MAX), INVALID_PARAMETER);
	in.rsvd = 1;
	EXPECT_STATUS(test, fake_call(t->vm, RING_EMPTY, &in, sizeof(in), &sint, 0),
		      INVALID_PARAMETER);
	in.rsvd = 0;
	guest = fake_vm_create(test, HVPERSONA_ROLE_GUEST, HV_PRIVILEGES_DEFINED, 1);
	EXPECT_STATUS(test, fake_call(guest, RING_EMPTY, &in, sizeof(in), &sint, 0),
		      ACCESS_DENIED);
	fake_vm_destroy(guest);
}

/* As many doorbells as there can be connections */
static void many_doorbells_are_found(struct kunit *test)
{
	struct bell_test *t = test->priv;
	u32 i;

	for (i = 1; i <= 1000; i++)
		make_bell(test, i, SINT, GPA + 4 * (i % 10), i, 3);
	for (i = 1; i <= 1000; i++) {
		KUNIT_ASSERT_TRUE(test, write_to(t, GPA + 4 * (i % 10), i, 4));
		KUNIT_ASSERT_FALSE(test, write_to(t, GPA + 4 * (i % 10), 1000 + i, 4));
		deliver(t);
		KUNIT_ASSERT_EQ(test, take(t), i);
		KUNIT_ASSERT_EQ(test, take(t), 0U);
	}
}

static int keep_ringing(void *data)
{
	struct bell_test *t = data;
	u32 i = 0;

	while (!kthread_should_stop()) {
		write_to(t, GPA, 1 + i++ % 4, 1);
		cond_resched();
	}
	return 0;
}

/* Senders against the receiver and against ports that come and go */
static void threads_ring(struct kunit *test)
{
	struct bell_test *t = test->priv;
	struct task_struct *threads[2];
	u32 i, id, seen = 0;

	for (i = 0; i < ARRAY_SIZE(threads); i++) {
		threads[i] = kthread_run(keep_ringing, t, "ringing");
		KUNIT_ASSERT_FALSE(test, IS_ERR(threads[i]));
	}
	for (i = 0; i < 500; i++) {
		id = 1 + i % 4;
		make_bell(test, id, SINT, GPA, id, 0);
		usleep_range(20, 100);
		deliver(t);
		told(t, SINT);
		while ((id = take(t))) {
			seen++;
			KUNIT_EXPECT_LE(test, id, 4U);
		}
		id = 1 + i % 4;
		disconnect(t, id);
		delete_port(t, id);
	}
	for (i = 0; i < ARRAY_SIZE(threads); i++)
		kthread_stop(threads[i]);
	KUNIT_EXPECT_NE(test, seen, 0U);
	KUNIT_EXPECT_TRUE(test, list_empty(&t->vm->vp->synic[0]->ring[SINT].rung));
}

static struct kunit_case doorbell_cases[] = {
	HVP_CASE(info_is_checked, 0x0096),
	HVP_CASE(connecting_checks, 0x0096),
	HVP_CASE(sender_is_a_child, 0x0096),
	KUNIT_CASE(sizes_match),
	KUNIT_CASE(values_match),
	HVP_CASE(other_writes_are_intercepts, 0x005b, 0x0058),
	KUNIT_CASE(value_comes_before_any),
	KUNIT_CASE(ring_keeps_order_and_wraps),
	KUNIT_CASE(port_is_queued_once),
	HVP_CASE(full_ring_waits, 0x008b),
	KUNIT_CASE(guest_is_told_once),
	KUNIT_CASE(plain_sint_is_raised),
	KUNIT_CASE(sints_have_rings_of_their_own),
	KUNIT_CASE(full_slots_are_waited_for),
	HVP_CASE(port_takes_its_ring_along, 0x0058),
	HVP_CASE(port_that_is_gone_is_not_rung, 0x0058),
	KUNIT_CASE(reset_forgets_what_rang),
	KUNIT_CASE(deaf_vps_are_not_rung),
	HVP_CASE(preferred_vp_is_rung_first, 0x0070),
	KUNIT_CASE(named_vp_is_rung_only),
	KUNIT_CASE(ring_waits_for_its_page),
	KUNIT_CASE(ring_moves_to_who_listens),
	KUNIT_CASE(new_page_begins_anew),
	HVP_CASE(hostile_ring_hurts_nobody, 0x008b),
	HVP_CASE(emptied_is_for_the_root, 0x008b),
	KUNIT_CASE(many_doorbells_are_found),
	KUNIT_CASE(threads_ring),
	{}
};

static struct kunit_suite doorbell_suite = {
	.name = "hvpersona_doorbell",
	.init = bell_init,
	.exit = bell_exit,
	.test_cases = doorbell_cases,
};

kunit_test_suites(&doorbell_suite);
