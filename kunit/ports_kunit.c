// SPDX-License-Identifier: GPL-2.0
/*
 * Ports and connections: the calls that make them, send through them and delete them. Rules and
 * statuses are those of the sheet's section 15.9, of TLFS 2.0, sections 14.4, 14.8 and 14.9, and
 * of TLFS, "Inter-Partition Communication".
 */
#include <linux/string.h>

#include "../hvpersona/hv_abi/gpa.h"
#include "../hvpersona/hv_abi/registers.h"
#include "fed_child.h"
#include "port_pair.h"

#define CREATE_VP	0x004e
#define DELETE_VP	0x004f
#define FINALIZE	0x0042

static struct hvp_port *the_port(struct fake_vm *vm)
{
	return xa_load(&vm->pt->ports, PORT);
}

/* 0x005c; sheet, section 10, HV_MESSAGE: the origin of a guest's message is the port id */
static void message_goes_through(struct kunit *test)
{
	struct port_pair *pair = test->priv;
	struct fake_vp *fvp = &pair->to->vps[0];
	struct hvp_hv_message *slot = slot_of(fvp, SINT);

	make_simple_channel(test, HV_PORT_MESSAGE);
	EXPECT(test, post_number(pair->from, CONNECTION, 77), SUCCESS);
	KUNIT_EXPECT_EQ(test, atomic_read(&fvp->kicks), 1);
	hvp_synic_deliver(fvp->vp);
	KUNIT_EXPECT_EQ(test, slot->type, 1U);
	KUNIT_EXPECT_EQ(test, slot->size, 4);
	KUNIT_EXPECT_EQ(test, slot->flags, 0);
	KUNIT_EXPECT_EQ(test, slot->rsvd, 0);
	KUNIT_EXPECT_EQ(test, slot->port, (u64)PORT);
	KUNIT_EXPECT_EQ(test, number_in(slot), 77U);
	KUNIT_EXPECT_EQ(test, slot->payload[4], 0);
	KUNIT_EXPECT_EQ(test, fvp->irqs[0], FAKE_VECTOR(SINT));
	KUNIT_EXPECT_EQ(test, the_port(pair->to)->busy, 0UL);
}

/* 0x005c: payload of 0 to 240 bytes, type not zero, bit 31 clear */
static void messages_are_checked(struct kunit *test)
{
	static const struct {
		u32 type, size, status;
	} cases[] = {
		{ 1, 0, HV_STATUS_SUCCESS },
		{ 0x7fffffff, 240, HV_STATUS_SUCCESS },
		{ 0, 4, HV_STATUS_INVALID_PARAMETER },
		{ 0x80000001, 4, HV_STATUS_INVALID_PARAMETER },
		{ 0x80000000, 4, HV_STATUS_INVALID_PARAMETER },
		{ 1, 241, HV_STATUS_INVALID_PARAMETER },
		{ 1, 0xffffffff, HV_STATUS_INVALID_PARAMETER },
	};
	struct port_pair *pair = test->priv;
	struct hvp_hv_message *slot = slot_of(&pair->to->vps[0], SINT);
	struct hv_post_message in = a_message(CONNECTION, 1);
	u32 i;

	make_simple_channel(test, HV_PORT_MESSAGE);
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		in.type = cases[i].type;
		in.size = cases[i].size;
		KUNIT_EXPECT_EQ_MSG(test, HV_STATUS(fake_call(pair->from, POST, &in, sizeof(in),
							      NULL, 0)),
				    cases[i].status, "case %u", i);
	}
	hvp_synic_deliver(pair->to->vp);
	slot->type = 0;
	hvp_synic_deliver(pair->to->vp);
	KUNIT_EXPECT_EQ(test, slot->size, 240);
	KUNIT_EXPECT_EQ(test, memcmp(slot->payload, in.payload, 240), 0);
}

/* 0x005d: flag numbers are relative to the port's base */
static void event_goes_through(struct kunit *test)
{
	struct port_pair *pair = test->priv;
	struct fake_vp *fvp = &pair->to->vps[0];
	const struct hv_signal_event in = { CONNECTION, 1 };

	make_simple_channel(test, HV_PORT_EVENT);
	EXPECT(test, signal_flag(pair->from, SIGNAL, CONNECTION, FLAGS - 1), SUCCESS);
	KUNIT_EXPECT_EQ(test, atomic_read(&fvp->kicks), 1);
	EXPECT(test, signal_flag(pair->from, SIGNAL, CONNECTION, FLAGS - 1), SUCCESS);
	KUNIT_EXPECT_EQ(test, atomic_read(&fvp->kicks), 1);
	EXPECT_STATUS(test, fake_call(pair->from, SIGNAL, &in, sizeof(in), NULL, 0), SUCCESS);
	hvp_synic_deliver(fvp->vp);
	KUNIT_EXPECT_TRUE(test, flag_of(fvp, SINT, BASE + FLAGS - 1));
	KUNIT_EXPECT_TRUE(test, flag_of(fvp, SINT, BASE + 1));
	KUNIT_EXPECT_FALSE(test, flag_of(fvp, SINT, BASE));
	EXPECT(test, signal_flag(pair->from, SIGNAL, CONNECTION, FLAGS), INVALID_PARAMETER);
	EXPECT(test, signal_flag(pair->from, SIGNAL, CONNECTION, 0xffff), INVALID_PARAMETER);
}

static void reserved_bits_of_an_event_are_zero(struct kunit *test)
{
	struct port_pair *pair = test->priv;
	const struct hv_signal_event in = { CONNECTION, 1, 1 };

	make_simple_channel(test, HV_PORT_EVENT);
	EXPECT_STATUS(test, fake_call_fast(pair->from, SIGNAL, &in, sizeof(in), NULL, 0),
		      INVALID_PARAMETER);
}

static enum hvp_outcome outcome_of(struct fake_vm *vm, u64 control, u64 in, u64 *result)
{
	struct hvp_call call = { .control = control, .fast = { in }, .long_mode = true };
	enum hvp_outcome outcome = fake_dispatch(vm, &call);

	*result = call.result;
	return outcome;
}

/* 0x005d: "KVM passes any connection ID it does not know to user space": so do we to KVM */
static void unknown_connections_are_the_monitors(struct kunit *test)
{
	const struct hv_post_message in = a_message(4, 1);
	struct port_pair *pair = test->priv;
	u64 result;

	make_simple_channel(test, HV_PORT_EVENT);
	KUNIT_EXPECT_EQ(test, (u32)outcome_of(pair->from, SIGNAL | HV_CONTROL_FAST, 2, &result),
			(u32)HVP_PASS);
	KUNIT_EXPECT_EQ(test, (u32)outcome_of(pair->from, SIGNAL | HV_CONTROL_FAST,
					      BIT_ULL(63) | 0xffffffff, &result), (u32)HVP_PASS);
	fake_write(pair->from, FAKE_IN, &in, sizeof(in));
	KUNIT_EXPECT_EQ(test, (u32)outcome_of(pair->from, POST, FAKE_IN, &result), (u32)HVP_PASS);
}

static void ports_are_of_one_kind(struct kunit *test)
{
	struct port_pair *pair = test->priv;

	make_simple_channel(test, HV_PORT_EVENT);
	EXPECT(test, post_number(pair->from, CONNECTION, 0), INVALID_PORT_ID);
	EXPECT(test, disconnect_port(pair->from, SELF, CONNECTION), SUCCESS);
	EXPECT(test, delete_port(pair->to, SELF, PORT), SUCCESS);
	make_simple_channel(test, HV_PORT_MESSAGE);
	EXPECT(test, signal_flag(pair->from, SIGNAL, CONNECTION, 0), INVALID_PORT_ID);
}

struct port_case {
	const char *what;
	struct hv_create_port in;
	u32 status;
};

static void check_ports(struct kunit *test, const struct port_case *cases, u32 count)
{
	struct port_pair *pair = test->priv;
	struct hv_create_port in;
	u32 i;

	for (i = 0; i < count; i++) {
		in = cases[i].in;
		in.partition = in.partition ?: SELF;
		in.connection_partition = in.connection_partition ?: pair->from->pt->id;
		in.port = in.port ?: PORT;
		KUNIT_EXPECT_EQ_MSG(test, create_port(pair->to, &in), cases[i].status, "%s",
				    cases[i].what);
		if (!cases[i].status)
			EXPECT(test, delete_port(pair->to, SELF, in.port), SUCCESS);
	}
}

#define EVENT(_base, _count)	\
	.type = HV_PORT_EVENT, .sint = 1, .base_flag = _base, .flag_count = _count
#define MESSAGE			.type = HV_PORT_MESSAGE, .sint = 1

/* 0x0095 */
static void operands_of_ports_are_checked(struct kunit *test)
{
	static const struct port_case cases[] = {
		{ "message", { .info = { MESSAGE } } },
		{ "padding", { .info = { MESSAGE, .rsvd = 1 } } },
		{ "last SINT", { .info = { .type = HV_PORT_MESSAGE, .sint = 15 } } },
		{ "any VP", { .info = { MESSAGE, .vp = HV_VP_INDEX_ANY } } },
		{ "all flags", { .info = { EVENT(0, 2048) } } },
		{ "last flag", { .info = { EVENT(2047, 1) } } },
		{ "largest id", { .port = 0xffffff, .info = { MESSAGE } } },
		{ "nobody can connect", { .min_connection_vtl = 2, .info = { MESSAGE } } },
		{ "SINT0", { .info = { .type = HV_PORT_MESSAGE } }, HV_STATUS_INVALID_PARAMETER },
		{ "SINT16", { .info = { .type = HV_PORT_EVENT, .sint = 16, .flag_count = 1 } },
		  HV_STATUS_INVALID_PARAMETER },
		{ "type 0", { .info = { .sint = 1 } }, HV_STATUS_INVALID_PARAMETER },
		{ "type 5", { .info = { .type = 5, .sint = 1 } }, HV_STATUS_INVALID_PARAMETER },
		{ "doorbell of no root", { .info = { .type = HV_PORT_DOORBELL, .sint = 1 } },
		  HV_STATUS_INVALID_PARAMETER },
		{ "no flags", { .info = { EVENT(0, 0) } }, HV_STATUS_INVALID_PARAMETER },
		{ "too many flags", { .info = { EVENT(1, 2048) } }, HV_STATUS_INVALID_PARAMETER },
		{ "flag 2048", { .info = { EVENT(2048, 1) } }, HV_STATUS_INVALID_PARAMETER },
		{ "wraps", { .info = { EVENT(0xffff, 0xffff) } }, HV_STATUS_INVALID_PARAMETER },
		{ "event, reserved", { .info = { EVENT(0, 1), .rsvd2 = 1 } },
		  HV_STATUS_INVALID_PARAMETER },
		{ "message, reserved", { .info = { MESSAGE, .rsvd2 = 1 } },
		  HV_STATUS_INVALID_PARAMETER },
		{ "message, reserved", { .info = { MESSAGE, .base_flag = 1 } },
		  HV_STATUS_INVALID_PARAMETER },
		{ "message, reserved", { .info = { MESSAGE, .flag_count = 1 } },
		  HV_STATUS_INVALID_PARAMETER },
		{ "reserved", { .rsvd = 1, .info = { MESSAGE } }, HV_STATUS_INVALID_PARAMETER },
		{ "proximity", { .info = { MESSAGE }, .proximity = BIT_ULL(40) },
		  HV_STATUS_INVALID_PARAMETER },
		{ "VTL1", { .vtl = 1, .info = { MESSAGE } }, HV_STATUS_INVALID_VTL_STATE },
		{ "VTL3", { .vtl = 3, .info = { MESSAGE } }, HV_STATUS_INVALID_PARAMETER },
		{ "connection VTL3", { .min_connection_vtl = 3, .info = { MESSAGE } },
		  HV_STATUS_INVALID_PARAMETER },
		{ "id", { .port = 0x1000000, .info = { MESSAGE } }, HV_STATUS_INVALID_PORT_ID },
		{ "id", { .port = 0xffffffff, .info = { MESSAGE } }, HV_STATUS_INVALID_PORT_ID },
		{ "VP", { .info = { MESSAGE, .vp = FAKE_VPS } }, HV_STATUS_INVALID_VP_INDEX },
		{ "VP", { .info = { MESSAGE, .vp = 0x7fffffff } }, HV_STATUS_INVALID_VP_INDEX },
		{ "VP", { .info = { MESSAGE, .vp = HV_VP_INDEX_SELF } },
		  HV_STATUS_INVALID_VP_INDEX },
		{ "monitor page", { .info = { .type = HV_PORT_MONITOR, .monitor_page = 0x1008 } },
		  HV_STATUS_INVALID_ALIGNMENT },
		{ "monitor, reserved", { .info = { .type = HV_PORT_MONITOR, .rsvd3 = 1 } },
		  HV_STATUS_INVALID_PARAMETER },
		{ "connection partition", { .connection_partition = 99, .info = { MESSAGE } },
		  HV_STATUS_INVALID_PARTITION_ID },
		{ "connection partition",
		  { .connection_partition = BIT_ULL(40), .info = { MESSAGE } },
		  HV_STATUS_INVALID_PARTITION_ID },
		{ "itself", { .connection_partition = SELF, .info = { MESSAGE } },
		  HV_STATUS_INVALID_PARTITION_ID },
		{ "the host", { .connection_partition = 1, .info = { MESSAGE } } },
		{ "port partition", { .partition = 99, .info = { MESSAGE } },
		  HV_STATUS_INVALID_PARTITION_ID },
	};
	struct port_pair *pair = test->priv;

	/* A parent would be told of other partitions that they are not its own */
	pair->to->pt->privileges |= HV_PRIV(CREATE_PARTITIONS);
	check_ports(test, cases, ARRAY_SIZE(cases));
}

static void ids_are_unique_in_a_partition(struct kunit *test)
{
	struct port_pair *pair = test->priv;
	struct hv_create_port port = a_port(HV_PORT_EVENT, pair->from->pt->id);
	struct hv_connect_port connection = a_connection(HV_PORT_EVENT, pair->to->pt->id);

	make_simple_channel(test, HV_PORT_MESSAGE);
	EXPECT(test, create_port(pair->to, &port), INVALID_PORT_ID);
	port.port++;
	EXPECT(test, create_port(pair->to, &port), SUCCESS);
	connection.port = port.port;
	EXPECT(test, connect_port(pair->from, &connection), INVALID_CONNECTION_ID);
	connection.connection++;
	EXPECT(test, connect_port(pair->from, &connection), SUCCESS);
	/* Partitions do not share theirs */
	port = a_port(HV_PORT_MESSAGE, pair->to->pt->id);
	EXPECT(test, create_port(pair->from, &port), SUCCESS);
	connection = a_connection(HV_PORT_MESSAGE, pair->from->pt->id);
	EXPECT(test, connect_port(pair->to, &connection), SUCCESS);
}

/* 0x0096 */
static void operands_of_connections_are_checked(struct kunit *test)
{
	struct port_pair *pair = test->priv;
	const struct hv_connect_port good = a_connection(HV_PORT_MESSAGE, pair->to->pt->id);
	struct hv_create_port port = a_port(HV_PORT_MESSAGE, pair->from->pt->id);
	struct hv_connect_port in;

#define WRONG(_field, _value, _status) do {				\
	in = good;							\
	in._field = _value;						\
	EXPECT(test, connect_port(pair->from, &in), _status);		\
} while (0)
	EXPECT(test, create_port(pair->to, &port), SUCCESS);
	WRONG(rsvd, 1, INVALID_PARAMETER);
	WRONG(rsvd2, 1, INVALID_PARAMETER);
	WRONG(rsvd3, 1, INVALID_PARAMETER);
	WRONG(proximity, BIT_ULL(40), INVALID_PARAMETER);
	WRONG(info.type, HV_PORT_EVENT, INVALID_PARAMETER);
	WRONG(info.type, 0, INVALID_PARAMETER);
	WRONG(info.type, 5, INVALID_PARAMETER);
	WRONG(info.zero[0], 1, INVALID_PARAMETER);
	WRONG(vtl, 1, INVALID_VTL_STATE);
	WRONG(vtl, 3, INVALID_PARAMETER);
	WRONG(connection, 0x1000000, INVALID_CONNECTION_ID);
	WRONG(port, 0x1000000 | PORT, INVALID_PORT_ID);
	WRONG(port, PORT + 1, INVALID_PORT_ID);
	WRONG(port_partition, 99, INVALID_PARTITION_ID);
	WRONG(port_partition, 0, INVALID_PARTITION_ID);
	WRONG(port_partition, 1, INVALID_PORT_ID);	/* the host has no such port */
	WRONG(port_partition, SELF, INVALID_PORT_ID);	/* nor has the sender */
	in = good;
	in.info.type = HV_PORT_MONITOR;
	in.info.monitor_page = 0x1008;
	EXPECT(test, connect_port(pair->from, &in), INVALID_ALIGNMENT);
#undef WRONG
	in = good;
	in.info.rsvd = 0xa5a5a5a5;	/* padding */
	EXPECT(test, connect_port(pair->from, &in), SUCCESS);
}

static void one_connection_leads_to_a_port(struct kunit *test)
{
	struct port_pair *pair = test->priv;
	struct hv_connect_port in = a_connection(HV_PORT_MESSAGE, pair->to->pt->id);

	make_simple_channel(test, HV_PORT_MESSAGE);
	in.connection++;
	EXPECT(test, connect_port(pair->from, &in), INVALID_PORT_ID);
	EXPECT(test, disconnect_port(pair->from, SELF, CONNECTION), SUCCESS);
	EXPECT(test, connect_port(pair->from, &in), SUCCESS);
	EXPECT(test, post_number(pair->from, in.connection, 1), SUCCESS);
}

static void a_port_is_for_one_partition(struct kunit *test)
{
	struct fake_vm *other = pair_guest(test);
	struct port_pair *pair = test->priv;
	const struct hv_connect_port in = a_connection(HV_PORT_MESSAGE, pair->to->pt->id);
	struct hv_create_port port = a_port(HV_PORT_MESSAGE, pair->from->pt->id);

	EXPECT(test, create_port(pair->to, &port), SUCCESS);
	EXPECT(test, connect_port(other, &in), INVALID_PARTITION_ID);
	port.port++;
	port.min_connection_vtl = 1;
	EXPECT(test, create_port(pair->to, &port), SUCCESS);
	EXPECT(test, connect_port(pair->from, &(struct hv_connect_port) {
		.partition = SELF, .port_partition = pair->to->pt->id, .port = port.port,
		.info.type = HV_PORT_MESSAGE }), ACCESS_DENIED);
	pair_destroy(other);
}

/* TLFS 2.0, 14.9.2: what has been accepted and not delivered is lost */
static void deleted_port_takes_its_messages_along(struct kunit *test)
{
	struct port_pair *pair = test->priv;
	struct hvp_hv_message *slot = slot_of(&pair->to->vps[0], SINT);
	u32 i;

	make_simple_channel(test, HV_PORT_MESSAGE);
	for (i = 0; i < 3; i++)
		EXPECT(test, post_number(pair->from, CONNECTION, i), SUCCESS);
	hvp_synic_deliver(pair->to->vp);
	EXPECT(test, delete_port(pair->to, SELF, PORT), SUCCESS);
	KUNIT_EXPECT_EQ(test, number_in(slot), 0U);
	slot->type = 0;
	hvp_synic_deliver(pair->to->vp);
	KUNIT_EXPECT_EQ(test, slot->type, 0U);
	KUNIT_EXPECT_EQ(test, pair->to->pt->pool.charged, 0ULL);
	EXPECT(test, delete_port(pair->to, SELF, PORT), INVALID_PORT_ID);
}

/* TLFS 2.0, 14.4: the connection remains and is useless */
static void connection_outlives_its_port(struct kunit *test)
{
	struct port_pair *pair = test->priv;
	const struct hv_connect_port in = a_connection(HV_PORT_MESSAGE, pair->to->pt->id);
	struct hv_create_port port = a_port(HV_PORT_MESSAGE, pair->from->pt->id);

	make_simple_channel(test, HV_PORT_MESSAGE);
	EXPECT(test, delete_port(pair->to, SELF, PORT), SUCCESS);
	EXPECT(test, post_number(pair->from, CONNECTION, 1), INVALID_PORT_ID);
	EXPECT(test, signal_flag(pair->from, SIGNAL, CONNECTION, 1), INVALID_PORT_ID);
	EXPECT(test, create_port(pair->to, &port), SUCCESS);
	/* It does not find the new one that has the id of the old */
	EXPECT(test, post_number(pair->from, CONNECTION, 1), INVALID_PORT_ID);
	EXPECT(test, connect_port(pair->from, &in), INVALID_CONNECTION_ID);
	EXPECT(test, disconnect_port(pair->from, SELF, CONNECTION), SUCCESS);
	EXPECT(test, disconnect_port(pair->from, SELF, CONNECTION), INVALID_CONNECTION_ID);
	EXPECT(test, connect_port(pair->from, &in), SUCCESS);
	EXPECT(test, post_number(pair->from, CONNECTION, 1), SUCCESS);
}

/* 0x005b: "Messages already queued at the port are still delivered" */
static void disconnecting_loses_nothing(struct kunit *test)
{
	const struct hv_port_operands flagged = { SELF, CONNECTION, HV_DISCONNECT_DOORBELL | 2 };
	struct port_pair *pair = test->priv;
	struct hvp_hv_message *slot = slot_of(&pair->to->vps[0], SINT);

	make_simple_channel(test, HV_PORT_MESSAGE);
	EXPECT(test, post_number(pair->from, CONNECTION, 5), SUCCESS);
	EXPECT_STATUS(test, fake_call_fast(pair->from, DISCONNECT, &flagged, sizeof(flagged), NULL,
					   0), INVALID_PARAMETER);
	EXPECT(test, disconnect_port(pair->from, SELF, CONNECTION), SUCCESS);
	hvp_synic_deliver(pair->to->vp);
	KUNIT_EXPECT_EQ(test, slot->type, 1U);
	KUNIT_EXPECT_EQ(test, number_in(slot), 5U);
	KUNIT_EXPECT_EQ(test, pair->from->pt->pool.charged, 0ULL);
}

/* 0x005c: 16 buffers of the port, each free again when its message is in the slot */
static void port_has_16_buffers(struct kunit *test)
{
	struct port_pair *pair = test->priv;
	struct hvp_hv_message *slot = slot_of(&pair->to->vps[0], SINT);
	u32 i;

	make_simple_channel(test, HV_PORT_MESSAGE);
	for (i = 0; i < 16; i++)
		EXPECT(test, post_number(pair->from, CONNECTION, i), SUCCESS);
	EXPECT(test, post_number(pair->from, CONNECTION, 99), INSUFFICIENT_BUFFERS);
	hvp_synic_deliver(pair->to->vp);
	EXPECT(test, post_number(pair->from, CONNECTION, 16), SUCCESS);
	EXPECT(test, post_number(pair->from, CONNECTION, 99), INSUFFICIENT_BUFFERS);
	for (i = 0; i < 17; i++) {
		KUNIT_EXPECT_EQ(test, number_in(slot), i);
		KUNIT_EXPECT_EQ(test, slot->flags, i < 16 ? HV_MESSAGE_PENDING : 0);
		slot->type = 0;
		hvp_synic_deliver(pair->to->vp);
	}
	KUNIT_EXPECT_EQ(test, slot->type, 0U);
}

static u32 get_property(struct fake_vm *vm, u32 id, u32 code, u64 *value)
{
	const struct hv_port_property in = { SELF, id, 0xa5a5a5a5, code, 0xa5a5a5a5 };

	return HV_STATUS(fake_call(vm, GET_PROPERTY, &in, sizeof(in), value, 8));
}

static u32 set_property(struct fake_vm *vm, u32 id, u32 code, u64 value)
{
	const struct {
		struct hv_port_property property;
		u64 value;
	} in = { { SELF, id, 0xa5a5a5a5, code, 0xa5a5a5a5 }, value };

	return HV_STATUS(fake_call_fast(vm, SET_PROPERTY, &in, sizeof(in), NULL, 0));
}

/* 0x005a, 0x0070; TLFS 2.0, 14.8.7: "successfully posted to the port since its creation" */
static void ports_have_properties(struct kunit *test)
{
	struct port_pair *pair = test->priv;
	u64 value;
	u32 i;

	make_simple_channel(test, HV_PORT_MESSAGE);
	for (i = 0; i < 20; i++)
		post_number(pair->from, CONNECTION, i);
	EXPECT(test, get_property(pair->to, PORT, 0, &value), SUCCESS);
	KUNIT_EXPECT_EQ(test, value, 16ULL);
	EXPECT(test, set_property(pair->to, PORT, 0, 0), INVALID_PARAMETER);
	EXPECT(test, get_property(pair->to, PORT, 1, &value), SUCCESS);
	KUNIT_EXPECT_EQ(test, value, 0ULL);
	EXPECT(test, set_property(pair->to, PORT, 1, FAKE_VPS), INVALID_PARAMETER);
	EXPECT(test, set_property(pair->to, PORT, 1, BIT_ULL(32)), INVALID_PARAMETER);
	EXPECT(test, set_property(pair->to, PORT, 1, FAKE_VPS - 1), SUCCESS);
	EXPECT(test, get_property(pair->to, PORT, 1, &value), SUCCESS);
	KUNIT_EXPECT_EQ(test, value, FAKE_VPS - 1ULL);
	EXPECT(test, get_property(pair->to, PORT, 2, &value), UNKNOWN_PROPERTY);
	EXPECT(test, set_property(pair->to, PORT, 2, 0), UNKNOWN_PROPERTY);
	EXPECT(test, get_property(pair->to, PORT + 1, 0, &value), INVALID_PORT_ID);
	EXPECT(test, set_property(pair->to, PORT + 1, 1, 0), INVALID_PORT_ID);
}

/* Which VP was kicked; none twice */
static u32 kicked(struct fake_vm *vm)
{
	u32 i, mask = 0;

	for (i = 0; i < FAKE_VPS; i++)
		if (atomic_xchg(&vm->vps[i].kicks, 0))
			mask |= BIT(i);
	return mask;
}

/* TLFS: VPs "whose SynIC or SIM page is disabled will not be considered" */
static void any_vp_is_one_that_listens(struct kunit *test)
{
	struct port_pair *pair = test->priv;
	struct hv_create_port port = a_port(HV_PORT_MESSAGE, pair->from->pt->id);
	struct fake_vp *vps = pair->to->vps;
	u32 i;

	port.info.vp = HV_VP_INDEX_ANY;
	make_channel(test, &port);
	EXPECT(test, post_number(pair->from, CONNECTION, 0), SUCCESS);
	KUNIT_EXPECT_EQ(test, kicked(pair->to), BIT(0));
	EXPECT(test, set_property(pair->to, PORT, 1, 2), SUCCESS);
	EXPECT(test, post_number(pair->from, CONNECTION, 0), SUCCESS);
	KUNIT_EXPECT_EQ(test, kicked(pair->to), BIT(2));
	/* Neither the preferred one nor the first */
	vps[2].synic.control = 0;
	vps[0].synic.simp &= ~HV_SYNIC_ENABLE;
	EXPECT(test, post_number(pair->from, CONNECTION, 0), SUCCESS);
	KUNIT_EXPECT_EQ(test, kicked(pair->to), BIT(1));
	for (i = 0; i < FAKE_VPS; i++)
		vps[i].synic.control = 0;
	EXPECT(test, post_number(pair->from, CONNECTION, 0), INVALID_SYNIC_STATE);
	KUNIT_EXPECT_EQ(test, kicked(pair->to), 0U);
	KUNIT_EXPECT_EQ(test, hweight_long(the_port(pair->to)->busy), 3UL);
}

/* Events look at the SIEF page instead */
static void any_vp_for_events(struct kunit *test)
{
	struct port_pair *pair = test->priv;
	struct hv_create_port port = a_port(HV_PORT_EVENT, pair->from->pt->id);
	struct fake_vp *vps = pair->to->vps;

	port.info.vp = HV_VP_INDEX_ANY;
	make_channel(test, &port);
	vps[0].synic.simp = 0;
	EXPECT(test, signal_flag(pair->from, SIGNAL, CONNECTION, 0), SUCCESS);
	KUNIT_EXPECT_EQ(test, kicked(pair->to), BIT(0));
	vps[0].synic.siefp &= ~HV_SYNIC_ENABLE;
	vps[1].synic.control = 0;
	EXPECT(test, signal_flag(pair->from, SIGNAL, CONNECTION, 0), SUCCESS);
	KUNIT_EXPECT_EQ(test, kicked(pair->to), BIT(2));
}

static void one_vp_has_to_listen(struct kunit *test)
{
	struct port_pair *pair = test->priv;
	struct hv_create_port port = a_port(HV_PORT_EVENT, pair->from->pt->id);
	struct fake_vp *fvp = &pair->to->vps[1];

	port.info.vp = 1;
	make_channel(test, &port);
	fvp->sints[SINT] |= HV_SINT_MASKED;
	EXPECT(test, signal_flag(pair->from, SIGNAL, CONNECTION, 0), INVALID_SYNIC_STATE);
	fvp->sints[SINT] &= ~HV_SINT_MASKED;
	fvp->synic.siefp = 0;
	EXPECT(test, signal_flag(pair->from, SIGNAL, CONNECTION, 0), INVALID_SYNIC_STATE);
	KUNIT_EXPECT_EQ(test, kicked(pair->to), 0U);
}

/* No VP at all */
static void nobody_is_there(struct kunit *test)
{
	struct fake_vm *empty = fake_vm_create(test, HVPERSONA_ROLE_GUEST, 0, 0);
	struct port_pair *pair = test->priv;
	struct hv_create_port in = a_port(HV_PORT_EVENT, pair->from->pt->id);
	const struct hvp_port_request request = { .in = &in };
	const struct hv_connect_port connection = a_connection(HV_PORT_EVENT, empty->pt->id);
	struct hvp_port *port;

	in.info.vp = HV_VP_INDEX_ANY;
	EXPECT(test, hvp_port_create(hvp_host_instance(), empty->pt, &request, &port), SUCCESS);
	EXPECT(test, connect_port(pair->from, &connection), SUCCESS);
	EXPECT(test, signal_flag(pair->from, SIGNAL, CONNECTION, 0), INVALID_VP_INDEX);
	pair_destroy(empty);
	EXPECT(test, signal_flag(pair->from, SIGNAL, CONNECTION, 0), INVALID_PORT_ID);
}

/* The sheet's "requires", and the partition's state */
static void making_them_needs_privileges(struct kunit *test)
{
	struct port_pair *pair = test->priv;
	struct hv_create_port port = a_port(HV_PORT_MESSAGE, pair->from->pt->id);
	struct hv_connect_port connection = a_connection(HV_PORT_MESSAGE, pair->to->pt->id);
	u64 value;

	make_simple_channel(test, HV_PORT_MESSAGE);
	pair->to->pt->privileges &= ~HV_PRIV(CREATE_PORT);
	EXPECT(test, create_port(pair->to, &port), ACCESS_DENIED);
	EXPECT(test, delete_port(pair->to, SELF, PORT), ACCESS_DENIED);
	EXPECT(test, get_property(pair->to, PORT, 0, &value), ACCESS_DENIED);
	EXPECT(test, set_property(pair->to, PORT, 1, 0), ACCESS_DENIED);
	pair->from->pt->privileges &= ~HV_PRIV(CONNECT_PORT);
	EXPECT(test, connect_port(pair->from, &connection), ACCESS_DENIED);
	EXPECT(test, disconnect_port(pair->from, SELF, CONNECTION), ACCESS_DENIED);
	pair->from->pt->privileges &= ~(HV_PRIV(POST_MESSAGES) | HV_PRIV(SIGNAL_EVENTS));
	EXPECT(test, post_number(pair->from, CONNECTION, 0), ACCESS_DENIED);
	EXPECT(test, signal_flag(pair->from, SIGNAL, CONNECTION, 0), ACCESS_DENIED);
	EXPECT(test, signal_flag(pair->from, ROOT_SIGNAL, CONNECTION, 0), ACCESS_DENIED);
}

/* TLFS 2.0, 14.4: ports are the receiver's to pay for, connections the sender's */
static void pools_pay(struct kunit *test)
{
	struct port_pair *pair = test->priv;
	struct hv_create_port port = a_port(HV_PORT_MESSAGE, pair->from->pt->id);
	struct hv_connect_port connection = a_connection(HV_PORT_MESSAGE, pair->to->pt->id);

	hvp_pool_withdraw_host(&pair->to->pt->pool, 32);
	hvp_pool_withdraw_host(&pair->from->pt->pool, 32);
	EXPECT(test, create_port(pair->to, &port), INSUFFICIENT_MEMORY);
	KUNIT_EXPECT_EQ(test, pair->to->pt->pool.charged, 0ULL);
	pair->to->pt->pool.unlimited = true;
	EXPECT(test, create_port(pair->to, &port), SUCCESS);
	/* The port, its buffers, and an entry of the index alone in its nodes */
	KUNIT_EXPECT_GE(test, pair->to->pt->pool.charged,
			sizeof(struct hvp_port) + 16 * sizeof(struct hvp_message) +
			4 * sizeof(struct xa_node));
	EXPECT(test, connect_port(pair->from, &connection), INSUFFICIENT_MEMORY);
	KUNIT_EXPECT_EQ(test, pair->from->pt->pool.charged, 0ULL);
	pair->from->pt->pool.unlimited = true;
	EXPECT(test, connect_port(pair->from, &connection), SUCCESS);
	KUNIT_EXPECT_GE(test, pair->from->pt->pool.charged,
			sizeof(struct hvp_connection) + 4 * sizeof(struct xa_node));
	EXPECT(test, delete_port(pair->to, SELF, PORT), SUCCESS);
	KUNIT_EXPECT_EQ(test, pair->to->pt->pool.charged, 0ULL);
	EXPECT(test, disconnect_port(pair->from, SELF, CONNECTION), SUCCESS);
	KUNIT_EXPECT_EQ(test, pair->from->pt->pool.charged, 0ULL);
}

/* What the host makes on a machine costs that machine nothing */
static void host_pays_for_its_own(struct kunit *test)
{
	struct port_pair *pair = test->priv;
	const struct hv_create_port in = a_port(HV_PORT_MESSAGE, pair->from->pt->id);
	const struct hvp_port_request request = { .in = &in };
	const struct hv_connect_port connection = a_connection(HV_PORT_MESSAGE, pair->to->pt->id);
	struct hvp_port *port;

	EXPECT(test, hvp_port_create(hvp_host_instance(), pair->to->pt, &request, &port), SUCCESS);
	EXPECT(test, hvp_port_connect(hvp_host_instance(), pair->from->pt, &connection, false),
	       SUCCESS);
	KUNIT_EXPECT_EQ(test, pair->to->pt->pool.charged + pair->from->pt->pool.charged, 0ULL);
	EXPECT(test, post_number(pair->from, CONNECTION, 0), SUCCESS);
}

static void failing_allocations_change_nothing(struct kunit *test)
{
	struct port_pair *pair = test->priv;
	struct hv_create_port port = a_port(HV_PORT_MESSAGE, pair->from->pt->id);
	struct hv_connect_port connection = a_connection(HV_PORT_MESSAGE, pair->to->pt->id);
	u32 nth;

	for (nth = 1; ; nth++) {
		fake_fail_nth(nth);
		if (!create_port(pair->to, &port))
			break;
		KUNIT_ASSERT_TRUE(test, fake_has_failed());
		KUNIT_EXPECT_EQ(test, pair->to->pt->pool.charged, 0ULL);
	}
	KUNIT_EXPECT_EQ(test, nth, 3U);
	for (nth = 1; ; nth++) {
		fake_fail_nth(nth);
		if (!connect_port(pair->from, &connection))
			break;
		KUNIT_ASSERT_TRUE(test, fake_has_failed());
		KUNIT_EXPECT_EQ(test, pair->from->pt->pool.charged, 0ULL);
		KUNIT_EXPECT_NULL(test, the_port(pair->to)->connection);
	}
	KUNIT_EXPECT_EQ(test, nth, 3U);
	fake_fail_nth(0);
	EXPECT(test, post_number(pair->from, CONNECTION, 0), SUCCESS);
}

static void partitions_have_so_many(struct kunit *test)
{
	struct port_pair *pair = test->priv;
	struct hv_create_port port = a_port(HV_PORT_EVENT, pair->from->pt->id);
	struct hv_connect_port connection = a_connection(HV_PORT_EVENT, pair->to->pt->id);
	u32 i;

	pair->to->pt->pool.unlimited = true;
	pair->from->pt->pool.unlimited = true;
	for (i = 0; i < HVP_MAX_PORTS; i++) {
		/* As far apart as ids can be */
		port.port = i << 12;
		connection.port = port.port;
		connection.connection = i << 12;
		KUNIT_ASSERT_EQ(test, create_port(pair->to, &port), 0U);
		KUNIT_ASSERT_EQ(test, connect_port(pair->from, &connection), 0U);
	}
	port.port = 1;
	EXPECT(test, create_port(pair->to, &port), NO_RESOURCES);
	EXPECT(test, delete_port(pair->to, SELF, 0), SUCCESS);
	EXPECT(test, create_port(pair->to, &port), SUCCESS);
	connection.port = 1;
	connection.connection = 1;
	EXPECT(test, connect_port(pair->from, &connection), NO_RESOURCES);
	EXPECT(test, disconnect_port(pair->from, SELF, 0), SUCCESS);
	EXPECT(test, connect_port(pair->from, &connection), SUCCESS);
	EXPECT(test, signal_flag(pair->from, SIGNAL, 1, 0), SUCCESS);
}

static void receiver_goes(struct kunit *test)
{
	struct port_pair *pair = test->priv;

	make_simple_channel(test, HV_PORT_MESSAGE);
	EXPECT(test, post_number(pair->from, CONNECTION, 0), SUCCESS);
	pair_destroy(pair->to);
	pair->to = NULL;
	EXPECT(test, post_number(pair->from, CONNECTION, 0), INVALID_PORT_ID);
	EXPECT(test, disconnect_port(pair->from, SELF, CONNECTION), SUCCESS);
}

/* What it has sent arrives; its id is given out again, but a port was not made for that one */
static void sender_goes(struct kunit *test)
{
	struct port_pair *pair = test->priv;
	const struct hv_connect_port in = a_connection(HV_PORT_MESSAGE, pair->to->pt->id);
	u64 id = pair->from->pt->id;

	make_simple_channel(test, HV_PORT_MESSAGE);
	EXPECT(test, post_number(pair->from, CONNECTION, 8), SUCCESS);
	pair_destroy(pair->from);
	hvp_synic_deliver(pair->to->vp);
	KUNIT_EXPECT_EQ(test, number_in(slot_of(&pair->to->vps[0], SINT)), 8U);
	pair->from = pair_guest(test);
	KUNIT_ASSERT_EQ(test, pair->from->pt->id, id);
	EXPECT(test, connect_port(pair->from, &in), INVALID_PARTITION_ID);
}

static void reset_receiver_has_no_ports(struct kunit *test)
{
	struct port_pair *pair = test->priv;

	make_simple_channel(test, HV_PORT_MESSAGE);
	EXPECT(test, post_number(pair->from, CONNECTION, 0), SUCCESS);
	hvp_partition_reset(pair->to->pt);
	hvp_synic_deliver(pair->to->vp);
	KUNIT_EXPECT_EQ(test, slot_of(&pair->to->vps[0], SINT)->type, 0U);
	KUNIT_EXPECT_EQ(test, pair->to->pt->pool.charged, 0ULL);
	EXPECT(test, post_number(pair->from, CONNECTION, 0), INVALID_PORT_ID);
}

static void reset_sender_can_begin_anew(struct kunit *test)
{
	struct port_pair *pair = test->priv;
	const struct hv_connect_port in = a_connection(HV_PORT_MESSAGE, pair->to->pt->id);

	make_simple_channel(test, HV_PORT_MESSAGE);
	hvp_partition_reset(pair->from->pt);
	KUNIT_EXPECT_EQ(test, pair->from->pt->pool.charged, 0ULL);
	EXPECT(test, connect_port(pair->from, &in), SUCCESS);
	EXPECT(test, post_number(pair->from, CONNECTION, 0), SUCCESS);
}

static u32 post_as(struct hvp_instance *instance, struct hvp_partition *pt, u32 number)
{
	const struct hv_post_message in = a_message(CONNECTION, number);

	return hvp_post_message(instance, pt, NULL, &in);
}

/* The host is the root of its instance, with the id 1 */
static void host_sends(struct kunit *test)
{
	struct port_pair *pair = test->priv;
	struct hvp_instance *instance = hvp_host_instance();
	struct hv_create_port port = a_port(HV_PORT_MESSAGE, 1);
	struct hv_connect_port in = a_connection(HV_PORT_MESSAGE, pair->to->pt->id);

	KUNIT_EXPECT_EQ(test, post_as(instance, NULL, 0), (u32)HVP_STATUS_UNKNOWN_CONNECTION);
	KUNIT_EXPECT_EQ(test, (u32)hvp_signal_event(instance, NULL, NULL, CONNECTION, 0),
			(u32)HVP_STATUS_UNKNOWN_CONNECTION);
	EXPECT(test, create_port(pair->to, &port), SUCCESS);
	EXPECT(test, connect_port(pair->from, &in), INVALID_PARTITION_ID);
	EXPECT(test, hvp_port_connect(instance, NULL, &in, false), SUCCESS);
	EXPECT(test, post_as(instance, NULL, 3), SUCCESS);
	hvp_synic_deliver(pair->to->vp);
	KUNIT_EXPECT_EQ(test, number_in(slot_of(&pair->to->vps[0], SINT)), 3U);
	EXPECT(test, hvp_port_disconnect(instance, NULL, CONNECTION), SUCCESS);
	EXPECT(test, hvp_port_disconnect(instance, NULL, CONNECTION), INVALID_CONNECTION_ID);
	/* It has no pages to be looked at, and nobody to look */
	in.info = (struct hv_connection_info) { .type = HV_PORT_MONITOR };
	EXPECT(test, hvp_port_connect(instance, NULL, &in, false), INVALID_PARAMETER);
	in.info.type = HV_PORT_DOORBELL;
	EXPECT(test, hvp_port_connect(instance, NULL, &in, false), INVALID_PARAMETER);
}

/* A root and its child, with its SIM and SIEF pages at pages 5 and 6 of the child's */
#define CHILD_SIM	0x5000
#define CHILD_PAGE	40

static struct fake_vm *a_family(struct kunit *test, struct fed_child *child)
{
	struct fake_vm *root = fake_vm_create(test, HVPERSONA_ROLE_ROOT, HV_PRIVILEGES_DEFINED, 2);
	u32 i;

	fed_child_create(root, child, 0);
	for (i = 0; i < 2; i++) {
		fake_synic_enable(&root->vps[i]);
		fed_child_map(child, (CHILD_SIM >> PAGE_SHIFT) + i, CHILD_PAGE + i,
			      HV_MAP_GPA_READABLE | HV_MAP_GPA_WRITABLE);
	}
	fed_child_set(child, HV_REG_SIMP, CHILD_SIM | HV_SYNIC_ENABLE, 0);
	fed_child_set(child, HV_REG_SIEFP, (CHILD_SIM + SZ_4K) | HV_SYNIC_ENABLE, 0);
	fed_child_set(child, HV_REG_SINT0 + SINT, FAKE_VECTOR(SINT), 0);
	fed_child_set(child, HV_REG_SCONTROL, HV_SYNIC_ENABLE, 0);
	return root;
}

static void child_exit(struct fake_vm *root)
{
	struct hvp_partition *pt = hvp_partition_get(root->pt);
	struct kunit *test = root->test;

	fake_vm_destroy(root);
	KUNIT_EXPECT_EQ(test, pt->pool.charged, 0ULL);
	hvp_partition_put(pt);
}

static struct hvp_hv_message *child_slot(struct fake_vm *root)
{
	return (void *)(root->ram + (CHILD_PAGE << PAGE_SHIFT) + SINT * HV_MESSAGE_SIZE);
}

/* A port in the child and the root's connection to it, both made by the root */
static void make_channel_to_child(struct fake_vm *root, struct fed_child *child, u32 type)
{
	struct hv_create_port port = a_port(type, SELF);
	struct hv_connect_port connection = a_connection(type, child->id);

	port.partition = child->id;
	KUNIT_EXPECT_EQ(root->test, create_port(root, &port), 0U);
	KUNIT_EXPECT_EQ(root->test, connect_port(root, &connection), 0U);
}

/* The root acts on the child: what it sends is delivered before its call returns */
static void root_sends_to_its_child(struct kunit *test)
{
	struct fed_child child;
	struct fake_vm *root = a_family(test, &child);
	struct hvp_hv_message *slot = child_slot(root);
	u64 charged = child.pt->pool.charged;

	make_channel_to_child(root, &child, HV_PORT_MESSAGE);
	KUNIT_EXPECT_GT(test, child.pt->pool.charged, charged);
	EXPECT(test, post_number(root, CONNECTION, 9), SUCCESS);
	KUNIT_EXPECT_EQ(test, slot->type, 1U);
	KUNIT_EXPECT_EQ(test, number_in(slot), 9U);
	EXPECT(test, post_number(root, CONNECTION, 10), SUCCESS);
	KUNIT_EXPECT_EQ(test, number_in(slot), 9U);
	KUNIT_EXPECT_EQ(test, slot->flags, HV_MESSAGE_PENDING);
	slot->type = 0;
	EXPECT(test, post_number(root, CONNECTION, 11), SUCCESS);
	KUNIT_EXPECT_EQ(test, number_in(slot), 10U);
	EXPECT(test, delete_port(root, child.id, PORT), SUCCESS);
	KUNIT_EXPECT_EQ(test, child.pt->pool.charged, charged);
	EXPECT(test, post_number(root, CONNECTION, 12), INVALID_PORT_ID);
	EXPECT(test, disconnect_port(root, SELF, CONNECTION), SUCCESS);
	child_exit(root);
}

static void root_signals_its_child(struct kunit *test)
{
	struct fed_child child;
	struct fake_vm *root = a_family(test, &child);
	void *flags = root->ram + ((CHILD_PAGE + 1) << PAGE_SHIFT) + SINT * 256;

	make_channel_to_child(root, &child, HV_PORT_EVENT);
	EXPECT(test, signal_flag(root, SIGNAL, CONNECTION, 1), SUCCESS);
	KUNIT_EXPECT_TRUE(test, test_bit_le(BASE + 1, flags));
	/* 0x00f3 is the same for roots, but for connections that nobody knows */
	EXPECT(test, signal_flag(root, ROOT_SIGNAL, CONNECTION, 2), SUCCESS);
	KUNIT_EXPECT_TRUE(test, test_bit_le(BASE + 2, flags));
	EXPECT(test, signal_flag(root, ROOT_SIGNAL, CONNECTION, FLAGS), INVALID_PARAMETER);
	EXPECT(test, signal_flag(root, ROOT_SIGNAL, CONNECTION + 1, 0), INVALID_CONNECTION_ID);
	fed_child_set(&child, HV_REG_SCONTROL, 0, 0);
	EXPECT(test, signal_flag(root, ROOT_SIGNAL, CONNECTION, 2), INVALID_SYNIC_STATE);
	EXPECT(test, delete_port(root, child.id, PORT), SUCCESS);
	EXPECT(test, signal_flag(root, ROOT_SIGNAL, CONNECTION, 2), INVALID_PORT_ID);
	child_exit(root);
}

/* The other way round; no VP of the child is there yet that could call */
static void child_sends_to_its_root(struct kunit *test)
{
	struct fed_child child;
	struct fake_vm *root = a_family(test, &child);
	struct hv_create_port port = a_port(HV_PORT_MESSAGE, child.id);
	struct hv_connect_port connection = a_connection(HV_PORT_MESSAGE, SELF);
	u64 charged = child.pt->pool.charged;

	connection.partition = child.id;
	EXPECT(test, create_port(root, &port), SUCCESS);
	EXPECT(test, connect_port(root, &connection), SUCCESS);
	KUNIT_EXPECT_GT(test, child.pt->pool.charged, charged);
	EXPECT(test, post_as(child.pt->instance, child.pt, 4), SUCCESS);
	hvp_synic_deliver(root->vp);
	KUNIT_EXPECT_EQ(test, number_in(slot_of(&root->vps[0], SINT)), 4U);
	EXPECT(test, disconnect_port(root, child.id, CONNECTION), SUCCESS);
	KUNIT_EXPECT_EQ(test, child.pt->pool.charged, charged);
	child_exit(root);
}

/* What is sent by somebody else waits until the parent acts on the child */
static void others_send_to_a_child(struct kunit *test)
{
	struct hv_create_partition create = { .flags = HV_CREATE_EXO, .compatibility = 0x0609 };
	struct fed_child child;
	struct fake_vm *root = a_family(test, &child);
	struct hv_create_port port = a_port(HV_PORT_MESSAGE, 0);
	struct hv_connect_port connection = a_connection(HV_PORT_MESSAGE, child.id);
	struct hvp_partition *sibling;
	u64 id;

	EXPECT_STATUS(test, fake_call(root, 0x0040, &create, sizeof(create), &id, 8), SUCCESS);
	sibling = xa_load(&root->pt->instance->partitions, id);
	port.partition = child.id;
	port.connection_partition = id;
	/* 0x0095: "port or connection partition not active" */
	EXPECT(test, create_port(root, &port), INVALID_PARTITION_STATE);
	EXPECT_STATUS(test, fake_call(root, 0x0041, &id, 8, NULL, 0), SUCCESS);
	EXPECT(test, create_port(root, &port), SUCCESS);
	sibling->pool.unlimited = true;
	connection.partition = id;
	EXPECT(test, connect_port(root, &connection), SUCCESS);
	EXPECT(test, post_as(sibling->instance, sibling, 6), SUCCESS);
	KUNIT_EXPECT_EQ(test, child_slot(root)->type, 0U);
	fed_child_lock(&child, root->vp);
	hvp_synic_deliver(child.vp);
	fed_child_unlock(&child);
	KUNIT_EXPECT_EQ(test, number_in(child_slot(root)), 6U);
	child_exit(root);
}

/* 0x0058, 0x005b, 0x0095, 0x0096: INVALID_PARTITION_STATE; and all is gone when finalized */
static void finalized_child_has_none(struct kunit *test)
{
	struct fed_child child;
	struct fake_vm *root = a_family(test, &child);
	struct hv_create_port port = a_port(HV_PORT_MESSAGE, SELF);
	struct hv_connect_port connection = a_connection(HV_PORT_MESSAGE, child.id);

	make_channel_to_child(root, &child, HV_PORT_MESSAGE);
	EXPECT(test, post_number(root, CONNECTION, 1), SUCCESS);
	EXPECT(test, post_number(root, CONNECTION, 2), SUCCESS);
	EXPECT_STATUS(test, fake_call_fast(root, FINALIZE, &child.id, 8, NULL, 0), SUCCESS);
	EXPECT(test, post_number(root, CONNECTION, 3), INVALID_PORT_ID);
	KUNIT_EXPECT_TRUE(test, xa_empty(&child.pt->ports));
	port.partition = child.id;
	EXPECT(test, create_port(root, &port), INVALID_PARTITION_STATE);
	EXPECT(test, delete_port(root, child.id, PORT), INVALID_PARTITION_STATE);
	EXPECT(test, connect_port(root, &connection), INVALID_PARTITION_STATE);
	EXPECT(test, disconnect_port(root, child.id, CONNECTION), INVALID_PARTITION_STATE);
	child_exit(root);
}

/* 0x005c: "target VP gone" */
static void target_vp_goes(struct kunit *test)
{
	struct fed_child child;
	struct fake_vm *root = a_family(test, &child);
	struct hv_create_vp create = { .partition_id = child.id };
	struct hv_delete_vp delete = { .partition_id = child.id };

	make_channel_to_child(root, &child, HV_PORT_MESSAGE);
	EXPECT(test, post_number(root, CONNECTION, 1), SUCCESS);
	EXPECT(test, post_number(root, CONNECTION, 2), SUCCESS);
	EXPECT_STATUS(test, fake_call_fast(root, DELETE_VP, &delete, sizeof(delete), NULL, 0),
		      SUCCESS);
	KUNIT_EXPECT_EQ(test, ((struct hvp_port *)xa_load(&child.pt->ports, PORT))->busy, 0UL);
	EXPECT(test, post_number(root, CONNECTION, 3), INVALID_VP_INDEX);
	/* A port names its VP by index: so it is another VP's when there is one */
	EXPECT_STATUS(test, fake_call(root, CREATE_VP, &create, sizeof(create), NULL, 0), SUCCESS);
	EXPECT(test, post_number(root, CONNECTION, 4), INVALID_SYNIC_STATE);
	child_exit(root);
}

/* Doorbell ports are a root's; 0 is no doorbell in its ring */
static void doorbell_ports_are_for_roots(struct kunit *test)
{
	struct fed_child child;
	struct fake_vm *root = a_family(test, &child);
	struct hv_create_port port = a_port(HV_PORT_DOORBELL, child.id);

	port.info.vp = HV_VP_INDEX_ANY;
	port.port = 0;
	EXPECT(test, create_port(root, &port), INVALID_PORT_ID);
	port.port = 1;
	EXPECT(test, create_port(root, &port), SUCCESS);
	EXPECT(test, delete_port(root, SELF, 1), SUCCESS);
	port.partition = child.id;
	port.connection_partition = SELF;
	EXPECT(test, create_port(root, &port), INVALID_PARAMETER);
	child_exit(root);
}

static struct kunit_case ports_cases[] = {
	HVP_CASE(message_goes_through, 0x0095, 0x0096, 0x005c),
	HVP_CASE(messages_are_checked, 0x005c),
	HVP_CASE(event_goes_through, 0x0095, 0x0096, 0x005d),
	HVP_CASE(reserved_bits_of_an_event_are_zero, 0x005d),
	HVP_CASE(unknown_connections_are_the_monitors, 0x005c, 0x005d),
	HVP_CASE(ports_are_of_one_kind, 0x005c, 0x005d),
	HVP_CASE(operands_of_ports_are_checked, 0x0095),
	HVP_CASE(ids_are_unique_in_a_partition, 0x0095, 0x0096),
	HVP_CASE(operands_of_connections_are_checked, 0x0096),
	HVP_CASE(one_connection_leads_to_a_port, 0x0096, 0x005b),
	HVP_CASE(a_port_is_for_one_partition, 0x0096),
	HVP_CASE(deleted_port_takes_its_messages_along, 0x0058),
	HVP_CASE(connection_outlives_its_port, 0x0058, 0x005b, 0x005c),
	HVP_CASE(disconnecting_loses_nothing, 0x005b),
	HVP_CASE(port_has_16_buffers, 0x005c),
	HVP_CASE(ports_have_properties, 0x005a, 0x0070),
	HVP_CASE(any_vp_is_one_that_listens, 0x005c, 0x0070),
	HVP_CASE(any_vp_for_events, 0x005d),
	HVP_CASE(one_vp_has_to_listen, 0x005d),
	HVP_CASE(nobody_is_there, 0x005d),
	HVP_CASE(making_them_needs_privileges, 0x0058, 0x005a, 0x005b, 0x005c, 0x005d, 0x0070,
		 0x0095, 0x0096, 0x00f3),
	HVP_CASE(pools_pay, 0x0058, 0x005b, 0x0095, 0x0096),
	KUNIT_CASE(host_pays_for_its_own),
	HVP_CASE(failing_allocations_change_nothing, 0x0095, 0x0096),
	HVP_CASE(partitions_have_so_many, 0x0095, 0x0096),
	HVP_CASE(receiver_goes, 0x005c),
	HVP_CASE(sender_goes, 0x0096),
	HVP_CASE(reset_receiver_has_no_ports, 0x005c),
	HVP_CASE(reset_sender_can_begin_anew, 0x0096),
	KUNIT_CASE(host_sends),
	HVP_CASE(root_sends_to_its_child, 0x0058, 0x005b, 0x005c, 0x0095, 0x0096),
	HVP_CASE(root_signals_its_child, 0x005d, 0x00f3),
	HVP_CASE(child_sends_to_its_root, 0x0095, 0x0096),
	HVP_CASE(others_send_to_a_child, 0x0095),
	HVP_CASE(finalized_child_has_none, 0x0058, 0x005b, 0x0095, 0x0096),
	HVP_CASE(target_vp_goes, 0x005c),
	HVP_CASE(doorbell_ports_are_for_roots, 0x0095),
	{}
};

static struct kunit_suite ports_suite = {
	.name = "hvpersona_ports",
	.init = pair_init,
	.exit = pair_exit,
	.test_cases = ports_cases,
};

kunit_test_suites(&ports_suite);
