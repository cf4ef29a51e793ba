/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Two machines of the host's instance, one that receives and one that sends, for suites about
 * ports and connections.
 */
#ifndef HVP_KUNIT_PORT_PAIR_H
#define HVP_KUNIT_PORT_PAIR_H

#include "../hvpersona/synic/port.h"
#include "fake_table.h"

#define CREATE_PORT	0x0095
#define DELETE_PORT	0x0058
#define GET_PROPERTY	0x005a
#define SET_PROPERTY	0x0070
#define CONNECT		0x0096
#define DISCONNECT	0x005b
#define POST		0x005c
#define SIGNAL		0x005d
#define ROOT_SIGNAL	0x00f3

#define SELF		HV_PARTITION_ID_SELF

/* What ports() and connections() make unless a test changes it */
#define PORT		0x123456
#define CONNECTION	0x654321
#define SINT		2
#define BASE		100
#define FLAGS		4

#define EXPECT(test, status, expected)	\
	KUNIT_EXPECT_EQ(test, (u32)(status), (u32)HV_STATUS_##expected)

struct port_pair {
	struct fake_vm *to;
	struct fake_vm *from;
};

/* A guest whose pool is large enough, its SynICs enabled */
static inline struct fake_vm *pair_guest(struct kunit *test)
{
	struct fake_vm *vm = fake_vm_create(test, HVPERSONA_ROLE_GUEST,
					    HV_PRIVILEGES_DEFINED & ~HV_PRIV(CREATE_PARTITIONS),
					    FAKE_VPS);
	u64 done;
	u32 i;

	KUNIT_ASSERT_EQ(test, hvp_pool_deposit_host(&vm->pt->pool, 32, &done), 0);
	for (i = 0; i < FAKE_VPS; i++)
		fake_synic_enable(&vm->vps[i]);
	return vm;
}

static inline int pair_init(struct kunit *test)
{
	struct port_pair *pair = kunit_kzalloc(test, sizeof(*pair), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, pair);
	test->priv = pair;
	pair->to = pair_guest(test);
	pair->from = pair_guest(test);
	return 0;
}

/* What was made is gone with its partition, and paid back */
static inline void pair_destroy(struct fake_vm *vm)
{
	struct hvp_partition *pt;
	struct kunit *test;

	if (!vm)
		return;
	test = vm->test;
	pt = hvp_partition_get(vm->pt);
	fake_vm_destroy(vm);
	KUNIT_EXPECT_EQ(test, pt->pool.charged, 0ULL);
	KUNIT_EXPECT_TRUE(test, xa_empty(&pt->ports));
	KUNIT_EXPECT_TRUE(test, xa_empty(&pt->connections));
	KUNIT_EXPECT_EQ(test, pt->port_count + pt->connection_count, 0U);
	hvp_partition_put(pt);
}

static inline void pair_exit(struct kunit *test)
{
	struct port_pair *pair = test->priv;

	fake_fail_nth(0);
	pair_destroy(pair->from);
	pair_destroy(pair->to);
}

/* HV_PORT_INFO and HV_CONNECTION_INFO, sheet, section 15.9 */
static inline struct hv_create_port a_port(u32 type, u64 connection_partition)
{
	struct hv_create_port in = {
		.partition = SELF,
		.port = PORT,
		.connection_partition = connection_partition,
		.info = { .type = type },
	};

	if (type == HV_PORT_MONITOR)
		return in;
	in.info.sint = SINT;
	if (type != HV_PORT_EVENT)
		return in;
	in.info.base_flag = BASE;
	in.info.flag_count = FLAGS;
	return in;
}

static inline struct hv_connect_port a_connection(u32 type, u64 port_partition)
{
	return (struct hv_connect_port) {
		.partition = SELF,
		.connection = CONNECTION,
		.port_partition = port_partition,
		.port = PORT,
		.info = { .type = type },
	};
}

/* Calls */
static inline u32 create_port(struct fake_vm *vm, const struct hv_create_port *in)
{
	return HV_STATUS(fake_call(vm, CREATE_PORT, in, sizeof(*in), NULL, 0));
}

static inline u32 connect_port(struct fake_vm *vm, const struct hv_connect_port *in)
{
	return HV_STATUS(fake_call(vm, CONNECT, in, sizeof(*in), NULL, 0));
}

static inline u32 delete_port(struct fake_vm *vm, u64 partition, u32 id)
{
	/* As Linux has it: in registers, with anything in the padding */
	const struct hv_port_operands in = { partition, id, 0xa5a5a5a5 };

	return HV_STATUS(fake_call_fast(vm, DELETE_PORT, &in, sizeof(in), NULL, 0));
}

static inline u32 disconnect_port(struct fake_vm *vm, u64 partition, u32 id)
{
	const struct hv_port_operands in = { partition, id };

	return HV_STATUS(fake_call_fast(vm, DISCONNECT, &in, sizeof(in), NULL, 0));
}

static inline struct hv_post_message a_message(u32 connection, u32 number)
{
	struct hv_post_message in = {
		.connection = connection,
		.rsvd = 0xa5a5a5a5,	/* padding */
		.type = 1,
		.size = sizeof(number),
	};

	memset(in.payload, FAKE_POISON, sizeof(in.payload));
	memcpy(in.payload, &number, sizeof(number));
	return in;
}

static inline u32 post_number(struct fake_vm *vm, u32 connection, u32 number)
{
	const struct hv_post_message in = a_message(connection, number);

	return HV_STATUS(fake_call(vm, POST, &in, sizeof(in), NULL, 0));
}

static inline u32 signal_flag(struct fake_vm *vm, u16 code, u32 connection, u16 flag)
{
	const struct hv_signal_event in = { connection, flag };

	return HV_STATUS(fake_call_fast(vm, code, &in, sizeof(in), NULL, 0));
}

/* A port and the connection to it; the test ends if they cannot be made */
static inline void make_channel(struct kunit *test, const struct hv_create_port *port)
{
	struct port_pair *pair = test->priv;
	struct hv_connect_port connection = a_connection(port->info.type, pair->to->pt->id);

	KUNIT_ASSERT_EQ(test, create_port(pair->to, port), 0U);
	connection.port = port->port;
	KUNIT_ASSERT_EQ(test, connect_port(pair->from, &connection), 0U);
}

static inline void make_simple_channel(struct kunit *test, u32 type)
{
	struct port_pair *pair = test->priv;
	struct hv_create_port port = a_port(type, pair->from->pt->id);

	make_channel(test, &port);
}

/* What the guest finds */
static inline struct hvp_hv_message *slot_of(struct fake_vp *fvp, u32 sint)
{
	return (void *)(fvp->vm->ram + FAKE_SIM(fvp->index) + sint * HV_MESSAGE_SIZE);
}

static inline bool flag_of(struct fake_vp *fvp, u32 sint, u32 flag)
{
	return test_bit_le(flag, fvp->vm->ram + FAKE_SIEF(fvp->index) + sint * 256);
}

static inline u32 number_in(const struct hvp_hv_message *message)
{
	u32 number;

	memcpy(&number, message->payload, sizeof(number));
	return number;
}

#endif
