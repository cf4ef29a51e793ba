// SPDX-License-Identifier: GPL-2.0
/*
 * Random calls on ports and connections of three machines and the host, beside a reference model
 * made of plain arrays: statuses, who gets which message in which order, and which flags.
 * Machines are reset and die, and their ids are given out again; now and then an allocation
 * fails.
 */
#include <linux/prandom.h>
#include <linux/random.h>

#include "port_pair.h"

#define OPERATIONS	200000
#define MACHINES	3
#define HOST		MACHINES	/* as a party; it only sends */
#define PARTIES		(MACHINES + 1)
#define IDS		4
#define SINTS		3		/* from 1 on */
#define QUEUE		(IDS * HV_PORT_BUFFERS)
#define MODEL_FLAGS	8		/* of each event port, from its id on */

struct model_message {
	u32 port;
	u32 number;
};

/* One SINT of a VP: messages that wait, the slot, flags that wait, flags in the page */
struct model_sint {
	struct model_message queue[QUEUE];
	u32 queued;
	struct model_message slot;
	bool slot_used;
	u32 pending;
	u32 page;
};

struct model_vp {
	struct model_sint sints[SINTS];
	bool sim;
	bool sief;
};

struct model_port {
	bool exists;
	u32 type;
	u32 sint;
	u32 vp;
	u32 preferred;
	u32 sender;
	u32 sender_born;
	bool connected;
	u32 busy;
	u64 posts;
};

struct model_connection {
	bool exists;
	struct model_port *port;
	u32 machine;
};

struct model_party {
	struct fake_vm *vm;
	u32 born;
	struct model_port ports[IDS];
	struct model_connection connections[IDS];
	struct model_vp vps[FAKE_VPS];
};

struct model {
	struct kunit *test;
	struct rnd_state rnd;
	struct model_party parties[PARTIES];
	u32 births;
	u32 number;
	u32 injected;
	u32 delivered;
	u32 refused;
};

static u32 below(struct model *m, u32 limit)
{
	return prandom_u32_state(&m->rnd) % limit;
}

static void expect(struct model *m, const char *what, u32 status, u32 want)
{
	KUNIT_EXPECT_EQ_MSG(m->test, status, want, "%s", what);
}

static struct hvp_partition *partition_of(struct model *m, u32 party)
{
	return party == HOST ? NULL : m->parties[party].vm->pt;
}

static u64 id_of(struct model *m, u32 party)
{
	return party == HOST ? 1 : partition_of(m, party)->id;
}

static void give_birth(struct model *m, u32 machine)
{
	struct model_party *party = &m->parties[machine];
	u32 i;

	memset(party, 0, sizeof(*party));
	party->vm = pair_guest(m->test);
	party->born = ++m->births;
	for (i = 0; i < FAKE_VPS; i++) {
		party->vps[i].sim = true;
		party->vps[i].sief = true;
	}
}

static void maybe_fail(struct model *m)
{
	fake_fail_nth(below(m, 50) ? 0 : 1 + below(m, 2));
}

/* Did the call fail because an allocation did? */
static bool was_injected(struct model *m, u32 status)
{
	bool injected = fake_has_failed() && status == HV_STATUS_NO_RESOURCES;

	fake_fail_nth(0);
	m->injected += injected;
	return injected;
}

static void op_create(struct model *m)
{
	u32 to = below(m, MACHINES), from = below(m, PARTIES), id = below(m, IDS);
	u32 type = below(m, 3) ? HV_PORT_MESSAGE : HV_PORT_EVENT, vp = below(m, FAKE_VPS + 2);
	struct model_port *port = &m->parties[to].ports[id];
	struct hv_create_port in = a_port(type, id_of(m, from));
	u32 status, want = HV_STATUS_SUCCESS;

	in.port = id;
	in.info.sint = 1 + below(m, SINTS);
	in.info.vp = vp == FAKE_VPS + 1 ? HV_VP_INDEX_ANY : vp;
	if (type == HV_PORT_EVENT) {
		in.info.base_flag = id;
		in.info.flag_count = MODEL_FLAGS;
	}
	if (vp == FAKE_VPS)
		want = HV_STATUS_INVALID_VP_INDEX;
	else if (from == to)
		want = HV_STATUS_INVALID_PARTITION_ID;
	else if (port->exists)
		want = HV_STATUS_INVALID_PORT_ID;
	maybe_fail(m);
	status = create_port(m->parties[to].vm, &in);
	if (was_injected(m, status))
		return;
	expect(m, "create", status, want);
	if (!want)
		*port = (struct model_port) {
			.exists = true, .type = type, .sint = in.info.sint, .vp = in.info.vp,
			.preferred = in.info.vp == HV_VP_INDEX_ANY ? 0 : in.info.vp,
			.sender = from, .sender_born = m->parties[from].born,
		};
}

/* Messages of the port that are not in the slot are lost */
static void drop_messages(struct model_party *party, u32 id)
{
	struct model_sint *sint;
	u32 vp, s, i, kept;

	for (vp = 0; vp < FAKE_VPS; vp++) {
		for (s = 0; s < SINTS; s++) {
			sint = &party->vps[vp].sints[s];
			for (i = kept = 0; i < sint->queued; i++)
				if (sint->queue[i].port != id)
					sint->queue[kept++] = sint->queue[i];
			sint->queued = kept;
		}
	}
}

static void forget_port(struct model *m, u32 machine, u32 id)
{
	struct model_port *port = &m->parties[machine].ports[id];
	u32 party, i;

	for (party = 0; party < PARTIES; party++)
		for (i = 0; i < IDS; i++)
			if (m->parties[party].connections[i].port == port)
				m->parties[party].connections[i].port = NULL;
	drop_messages(&m->parties[machine], id);
	port->exists = false;
}

static void delete_one(struct model *m)
{
	u32 machine = below(m, MACHINES), id = below(m, IDS);
	bool exists = m->parties[machine].ports[id].exists;

	expect(m, "delete", delete_port(m->parties[machine].vm, SELF, id),
	       exists ? HV_STATUS_SUCCESS : HV_STATUS_INVALID_PORT_ID);
	if (exists)
		forget_port(m, machine, id);
}

static u32 connect_as(struct model *m, u32 party, const struct hv_connect_port *in)
{
	if (party == HOST)
		return hvp_port_connect(hvp_host_instance(), NULL, in, false);
	return connect_port(m->parties[party].vm, in);
}

static void op_connect(struct model *m)
{
	u32 from = below(m, PARTIES), to = below(m, MACHINES), id = below(m, IDS);
	u32 target = below(m, IDS), status, want = HV_STATUS_SUCCESS;
	struct model_port *port = &m->parties[to].ports[target];
	struct model_connection *connection;
	struct hv_connect_port in;

	/* Mostly the right partition and type */
	if (port->exists && below(m, 8))
		from = port->sender;
	in = a_connection(port->exists && below(m, 8) ? port->type : 1 + below(m, 2),
			  id_of(m, to));
	in.connection = id;
	in.port = target;
	connection = &m->parties[from].connections[id];
	if (!port->exists)
		want = HV_STATUS_INVALID_PORT_ID;
	else if (port->sender != from || port->sender_born != m->parties[from].born)
		want = HV_STATUS_INVALID_PARTITION_ID;
	else if (port->connected)
		want = HV_STATUS_INVALID_PORT_ID;
	else if (port->type != in.info.type)
		want = HV_STATUS_INVALID_PARAMETER;
	else if (connection->exists)
		want = HV_STATUS_INVALID_CONNECTION_ID;
	maybe_fail(m);
	status = connect_as(m, from, &in);
	if (was_injected(m, status))
		return;
	expect(m, "connect", status, want);
	if (want)
		return;
	*connection = (struct model_connection) { true, port, to };
	port->connected = true;
}

static void forget_connection(struct model_connection *connection)
{
	if (connection->port)
		connection->port->connected = false;
	*connection = (struct model_connection) {};
}

static void disconnect_one(struct model *m)
{
	u32 party = below(m, PARTIES), id = below(m, IDS), status;
	struct model_connection *connection = &m->parties[party].connections[id];

	if (party == HOST)
		status = hvp_port_disconnect(hvp_host_instance(), NULL, id);
	else
		status = disconnect_port(m->parties[party].vm, SELF, id);
	expect(m, "disconnect", status, connection->exists ? HV_STATUS_SUCCESS :
							     HV_STATUS_INVALID_CONNECTION_ID);
	forget_connection(connection);
}

static bool listens(const struct model_vp *vp, u32 type)
{
	return type == HV_PORT_MESSAGE ? vp->sim : vp->sief;
}

/* Most ids lead nowhere: so a second choice */
static u32 some_connection(struct model *m, u32 party)
{
	u32 id = below(m, IDS);

	return m->parties[party].connections[id].port ? id : below(m, IDS);
}

/* The VP that gets it, or NULL */
static struct model_vp *choose(struct model *m, const struct model_connection *connection)
{
	const struct model_port *port = connection->port;
	struct model_vp *vps = m->parties[connection->machine].vps;
	u32 i = port->vp == HV_VP_INDEX_ANY ? port->preferred : port->vp;

	if (listens(&vps[i], port->type))
		return &vps[i];
	for (i = 0; i < FAKE_VPS && port->vp == HV_VP_INDEX_ANY; i++)
		if (listens(&vps[i], port->type))
			return &vps[i];
	return NULL;
}

static u32 check_connection(const struct model_connection *connection, u32 type)
{
	if (!connection->exists)
		return HVP_STATUS_UNKNOWN_CONNECTION;
	if (!connection->port || connection->port->type != type)
		return HV_STATUS_INVALID_PORT_ID;
	return HV_STATUS_SUCCESS;
}

static void op_post(struct model *m)
{
	u32 party = below(m, PARTIES), id = some_connection(m, party), number = m->number++, want;
	struct model_connection *connection = &m->parties[party].connections[id];
	const struct hv_post_message in = a_message(id, number);
	struct model_vp *vp = NULL;
	struct model_port *port = connection->port;
	struct model_sint *sint;

	want = check_connection(connection, HV_PORT_MESSAGE);
	if (!want && port->busy == HV_PORT_BUFFERS)
		want = HV_STATUS_INSUFFICIENT_BUFFERS;
	m->refused += want == HV_STATUS_INSUFFICIENT_BUFFERS;
	if (!want) {
		vp = choose(m, connection);
		want = vp ? HV_STATUS_SUCCESS : HV_STATUS_INVALID_SYNIC_STATE;
	}
	expect(m, "post", hvp_post_message(hvp_host_instance(), partition_of(m, party), NULL, &in),
	       want);
	if (want)
		return;
	sint = &vp->sints[port->sint - 1];
	sint->queue[sint->queued++] = (struct model_message) {
		port - m->parties[connection->machine].ports, number,
	};
	port->busy++;
	port->posts++;
}

static void op_signal(struct model *m)
{
	u32 party = below(m, PARTIES), id = some_connection(m, party), want;
	u32 flag = below(m, MODEL_FLAGS + 1);
	struct model_connection *connection = &m->parties[party].connections[id];
	struct model_port *port = connection->port;
	struct model_vp *vp = NULL;

	want = check_connection(connection, HV_PORT_EVENT);
	if (!want && flag >= MODEL_FLAGS)
		want = HV_STATUS_INVALID_PARAMETER;
	if (!want) {
		vp = choose(m, connection);
		want = vp ? HV_STATUS_SUCCESS : HV_STATUS_INVALID_SYNIC_STATE;
	}
	expect(m, "signal", hvp_signal_event(hvp_host_instance(), partition_of(m, party), NULL, id,
					     flag), want);
	if (!want)
		vp->sints[port->sint - 1].pending |=
			BIT(flag + (port - m->parties[connection->machine].ports));
}

static void model_deliver(struct model *m, struct model_party *party, struct model_vp *vp)
{
	struct model_sint *sint;

	for (sint = vp->sints; sint < vp->sints + SINTS; sint++) {
		if (vp->sief)
			sint->page |= sint->pending;
		sint->pending = 0;
		if (!vp->sim || sint->slot_used || !sint->queued)
			continue;
		sint->slot = sint->queue[0];
		sint->slot_used = true;
		party->ports[sint->slot.port].busy--;
		memmove(sint->queue, sint->queue + 1, --sint->queued * sizeof(*sint->queue));
		m->delivered++;
	}
}

static void compare_sint(struct model *m, struct fake_vp *fvp, u32 number,
			 const struct model_sint *sint)
{
	const struct hvp_hv_message *slot = slot_of(fvp, number);
	u32 flags;

	memcpy(&flags, fvp->vm->ram + FAKE_SIEF(fvp->index) + number * 256, sizeof(flags));
	KUNIT_EXPECT_EQ(m->test, flags, sint->page);
	KUNIT_EXPECT_EQ(m->test, !!slot->type, sint->slot_used);
	if (!sint->slot_used)
		return;
	KUNIT_EXPECT_EQ(m->test, slot->port, (u64)sint->slot.port);
	KUNIT_EXPECT_EQ(m->test, number_in(slot), sint->slot.number);
}

/* A VP delivers; its guest compares, and takes a message and the flags of one SINT */
static void receive(struct model *m, struct model_party *party, u32 index)
{
	struct model_vp *vp = &party->vps[index];
	struct fake_vp *fvp = &party->vm->vps[index];
	u32 taken = below(m, SINTS), i;

	hvp_synic_deliver(fvp->vp);
	model_deliver(m, party, vp);
	for (i = 0; i < SINTS; i++)
		compare_sint(m, fvp, i + 1, &vp->sints[i]);
	slot_of(fvp, taken + 1)->type = HV_MESSAGE_NONE;
	memset(fvp->vm->ram + FAKE_SIEF(index) + (taken + 1) * 256, 0, 256);
	vp->sints[taken].slot_used = false;
	vp->sints[taken].page = 0;
	/* EOM */
	hvp_synic_deliver(fvp->vp);
	model_deliver(m, party, vp);
}

static void op_receive(struct model *m)
{
	struct model_party *party = &m->parties[below(m, MACHINES)];
	u32 index = below(m, FAKE_VPS), times = below(m, 20);

	while (times--)
		receive(m, party, index);
}

static void op_switch_pages(struct model *m)
{
	u32 machine = below(m, MACHINES), index = below(m, FAKE_VPS);
	struct model_vp *vp = &m->parties[machine].vps[index];
	struct hvp_sint *synic = &m->parties[machine].vm->vps[index].synic;

	vp->sim = below(m, 3);
	vp->sief = below(m, 3);
	synic->simp = FAKE_SIM(index) | (vp->sim ? HV_SYNIC_ENABLE : 0);
	synic->siefp = FAKE_SIEF(index) | (vp->sief ? HV_SYNIC_ENABLE : 0);
}

static void op_properties(struct model *m)
{
	u32 machine = below(m, MACHINES), id = below(m, IDS), vp = below(m, FAKE_VPS);
	struct hvp_partition *pt = partition_of(m, machine);
	struct model_port *port = &m->parties[machine].ports[id];
	u32 want = port->exists ? HV_STATUS_SUCCESS : HV_STATUS_INVALID_PORT_ID;
	u64 posts = 0;

	expect(m, "get", hvp_port_property_get(hvp_host_instance(), pt, id,
					       HV_PORT_PROPERTY_POST_COUNT, &posts), want);
	expect(m, "set", hvp_port_property_set(hvp_host_instance(), pt, id,
					       HV_PORT_PROPERTY_PREFERRED_TARGET_VP, vp), want);
	if (want)
		return;
	KUNIT_EXPECT_EQ(m->test, posts, port->posts);
	port->preferred = vp;
}

static void forget_all(struct model *m, u32 machine)
{
	struct model_party *party = &m->parties[machine];
	u32 i, s;

	for (i = 0; i < IDS; i++) {
		forget_connection(&party->connections[i]);
		forget_port(m, machine, i);
	}
	for (i = 0; i < FAKE_VPS; i++)
		for (s = 0; s < SINTS; s++)
			party->vps[i].sints[s].pending = 0;
}

static void reset_or_die(struct model *m)
{
	u32 machine = below(m, MACHINES);

	forget_all(m, machine);
	if (below(m, 2)) {
		hvp_partition_reset(partition_of(m, machine));
		return;
	}
	pair_destroy(m->parties[machine].vm);
	give_birth(m, machine);
}

static void op_end_something(struct model *m)
{
	switch (below(m, 100)) {
	case 0:
		reset_or_die(m);
		break;
	case 1 ... 20:
		delete_one(m);
		break;
	case 21 ... 50:
		disconnect_one(m);
		break;
	}
}

/* What the module keeps, machine by machine */
static void compare_account(struct model *m)
{
	u32 machine, id, ports, connections;
	struct model_party *party;
	struct hvp_partition *pt;
	struct hvp_port *port;

	for (machine = 0; machine < MACHINES; machine++) {
		party = &m->parties[machine];
		pt = party->vm->pt;
		for (id = ports = connections = 0; id < IDS; id++) {
			port = xa_load(&pt->ports, id);
			KUNIT_EXPECT_EQ(m->test, !!port, party->ports[id].exists);
			if (port)
				KUNIT_EXPECT_EQ(m->test, (u32)hweight_long(port->busy),
						party->ports[id].busy);
			ports += party->ports[id].exists;
			connections += party->connections[id].exists;
		}
		KUNIT_EXPECT_EQ(m->test, pt->port_count, ports);
		KUNIT_EXPECT_EQ(m->test, pt->connection_count, connections);
		KUNIT_EXPECT_EQ(m->test, !pt->pool.charged, !(ports + connections));
	}
}

static void random_calls_agree_with_the_model(struct kunit *test)
{
	static void (*const operations[])(struct model *m) = {
		op_create, op_connect, op_connect, op_post, op_post, op_post, op_post, op_post,
		op_post, op_post, op_post, op_post, op_post, op_post, op_signal, op_signal,
		op_signal, op_receive, op_receive, op_receive, op_receive, op_switch_pages,
		op_properties, op_end_something,
	};
	struct model *m = kunit_kzalloc(test, sizeof(*m), GFP_KERNEL);
	u32 seed = get_random_u32(), i;

	KUNIT_ASSERT_NOT_NULL(test, m);
	kunit_info(test, "seed %u", seed);
	prandom_seed_state(&m->rnd, seed);
	m->test = test;
	for (i = 0; i < MACHINES; i++)
		give_birth(m, i);
	for (i = 0; i < OPERATIONS && test->status == KUNIT_SUCCESS; i++) {
		operations[below(m, ARRAY_SIZE(operations))](m);
		if (!(i % 64))
			compare_account(m);
	}
	kunit_info(test, "%u messages delivered, %u times no buffer, %u allocations failed, %u machines",
		   m->delivered, m->refused, m->injected, m->births);
	for (i = 0; i < IDS; i++)
		hvp_port_disconnect(hvp_host_instance(), NULL, i);
	for (i = 0; i < MACHINES; i++)
		pair_destroy(m->parties[i].vm);
}

static struct kunit_case port_model_cases[] = {
	HVP_CASE(random_calls_agree_with_the_model, 0x0058, 0x005b, 0x0095, 0x0096),
	{}
};

static struct kunit_suite port_model_suite = {
	.name = "hvpersona_ports_model",
	.test_cases = port_model_cases,
};

kunit_test_suites(&port_model_suite);
