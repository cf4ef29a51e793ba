// SPDX-License-Identifier: GPL-2.0
/*
 * The life of child partitions: the sheet's section "Partitions". Which call is legal in
 * which state is asked of every row of the table, against a list typed from that section.
 */
#include "../hvpersona/child.h"
#include "expected_calls.h"
#include "fake_table.h"

#define CREATE		0x0040
#define INITIALIZE	0x0041
#define FINALIZE	0x0042
#define DELETE		0x0043
#define NEXT_CHILD	0x0047

#define IN(state)	BIT(HVPERSONA_STATE_##state)
#define IN_ANY		(IN(CREATED) | IN(ACTIVE) | IN(FINALIZING) | IN(FINALIZED))

/* What Linux sends, linux-clients.md, "ioctl -> hypercalls" */
static const struct hv_create_partition usual = { .flags = 0x482110, .compatibility = 0x609 };

/* The pool is not the subject here: as much as the root may ever need */
static void feed(struct hvp_partition *pt)
{
	pt->pool.unlimited = true;
}

static int child_init(struct kunit *test)
{
	int err = fake_init_root(test);

	if (!err)
		feed(((struct fake_vm *)test->priv)->pt);
	return err;
}

static u32 create_status(struct fake_vm *vm, const struct hv_create_partition *in, u64 *id)
{
	return HV_STATUS(fake_call(vm, CREATE, in, sizeof(*in), id, sizeof(*id)));
}

/* A child by the call; the test ends if it cannot be made */
static u64 create(struct fake_vm *vm)
{
	u64 id = 0;

	KUNIT_ASSERT_EQ(vm->test, create_status(vm, &usual, &id), (u32)HV_STATUS_SUCCESS);
	return id;
}

static u32 act(struct fake_vm *vm, u16 code, u64 id)
{
	u64 nothing;

	return HV_STATUS(fake_call_fast(vm, code, &id, sizeof(id), &nothing, 0));
}

/* The child itself, which stays the root's: no reference */
static struct hvp_partition *child_of(struct fake_vm *vm, u64 id)
{
	struct hvp_partition *pt = xa_load(&vm->pt->instance->partitions, id);

	KUNIT_ASSERT_NOT_NULL(vm->test, pt);
	KUNIT_ASSERT_NOT_NULL(vm->test, pt->child);
	return pt;
}

static u64 next_child(struct fake_vm *vm, u64 parent, u64 previous, u32 *status)
{
	const struct hv_next_child in = { parent, previous };
	u64 next = ~0ULL;

	*status = HV_STATUS(fake_call(vm, NEXT_CHILD, &in, sizeof(in), &next, sizeof(next)));
	return next;
}

static void child_goes_through_its_states(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	u64 id = create(vm);
	struct hvp_partition *pt = child_of(vm, id);

	KUNIT_EXPECT_EQ(test, pt->state, HVPERSONA_STATE_CREATED);
	KUNIT_EXPECT_EQ(test, pt->role, HVPERSONA_ROLE_CHILD);
	KUNIT_EXPECT_EQ(test, pt->parent_id, vm->pt->id);
	KUNIT_EXPECT_EQ(test, pt->child->flags, usual.flags);
	KUNIT_EXPECT_EQ(test, pt->child->compatibility, usual.compatibility);
	KUNIT_EXPECT_EQ(test, act(vm, INITIALIZE, id), (u32)HV_STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, pt->state, HVPERSONA_STATE_ACTIVE);
	KUNIT_EXPECT_EQ(test, act(vm, FINALIZE, id), (u32)HV_STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, pt->state, HVPERSONA_STATE_FINALIZED);
	KUNIT_EXPECT_EQ(test, act(vm, DELETE, id), (u32)HV_STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, act(vm, DELETE, id), (u32)HV_STATUS_INVALID_PARTITION_ID);
	KUNIT_EXPECT_EQ(test, hvp_partition_count(), 1);
}

static void child_can_be_deleted_before_it_is_initialized(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	u64 id = create(vm);

	KUNIT_EXPECT_EQ(test, act(vm, DELETE, id), (u32)HV_STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, act(vm, INITIALIZE, id), (u32)HV_STATUS_INVALID_PARTITION_ID);
}

/* Ids start afresh in each instance, and a free one is used again */
static void ids_are_the_instances_own(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	struct fake_vm *other = fake_vm_create(test, HVPERSONA_ROLE_ROOT, HV_PRIVILEGES_DEFINED, 1);
	u64 a = create(vm), b = create(vm);

	feed(other->pt);
	KUNIT_EXPECT_EQ(test, vm->pt->id, 1);
	KUNIT_EXPECT_EQ(test, a, 2);
	KUNIT_EXPECT_EQ(test, b, 3);
	KUNIT_EXPECT_EQ(test, create(other), 2);
	KUNIT_EXPECT_EQ(test, act(vm, DELETE, a), (u32)HV_STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, create(vm), a);
	fake_vm_destroy(other);
}

static void creation_is_checked(struct kunit *test)
{
	static const struct {
		struct hv_create_partition in;
		u32 status;
	} rows[] = {
		{ { .compatibility = 0x605 }, HV_STATUS_SUCCESS },
		{ { .compatibility = 0x607 }, HV_STATUS_SUCCESS },
		{ { .compatibility = 0x608 }, HV_STATUS_SUCCESS },
		{ { .compatibility = 0x609 }, HV_STATUS_SUCCESS },
		{ { .compatibility = 0xfe00 }, HV_STATUS_SUCCESS },
		{ { .compatibility = 0xff00 }, HV_STATUS_SUCCESS },
		{ { .compatibility = 0 }, HV_STATUS_INVALID_PARAMETER },
		{ { .compatibility = 0x606 }, HV_STATUS_INVALID_PARAMETER },
		{ { .compatibility = 0x60a }, HV_STATUS_INVALID_PARAMETER },
		/* Padding is ignored */
		{ { .compatibility = 0x609, .pad = ~0U }, HV_STATUS_SUCCESS },
		{ { .compatibility = 0x609, .isolation = 1 }, HV_STATUS_INVALID_PARAMETER },
		{ { .compatibility = 0x609, .isolation = BIT_ULL(63) },
		  HV_STATUS_INVALID_PARAMETER },
		{ { .compatibility = 0x609, .disabled_features = { ~0ULL, ~0ULL },
		    .disabled_xsave = ~0ULL }, HV_STATUS_SUCCESS },
		/* Preferred domain 7, then required; then a reserved bit */
		{ { .compatibility = 0x609, .proximity = BIT_ULL(63) | BIT_ULL(32) | 7 },
		  HV_STATUS_SUCCESS },
		{ { .compatibility = 0x609, .proximity = BIT_ULL(63) | 7 },
		  HV_STATUS_INVALID_PARAMETER },
		{ { .compatibility = 0x609, .proximity = BIT_ULL(33) },
		  HV_STATUS_INVALID_PARAMETER },
	};
	struct fake_vm *vm = test->priv;
	u64 id;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(rows); i++) {
		KUNIT_EXPECT_EQ_MSG(test, create_status(vm, &rows[i].in, &id), rows[i].status,
				    "row %u", i);
		if (!rows[i].status)
			KUNIT_EXPECT_EQ(test, act(vm, DELETE, id), (u32)HV_STATUS_SUCCESS);
	}
}

/* The sheet's list of creation flags under 0x0040 */
static void creation_flags_are_those_of_the_specification(struct kunit *test)
{
	static const u8 defined[] = { 0, 1, 4, 8, 9, 10, 13, 15, 16, 19, 20, 22 };
	struct hv_create_partition in = usual;
	struct fake_vm *vm = test->priv;
	u64 id, flags = 0;
	u32 i, status;

	for (i = 0; i < ARRAY_SIZE(defined); i++)
		flags |= BIT_ULL(defined[i]);
	for (i = 0; i < 64; i++) {
		in.flags = BIT_ULL(i);
		status = create_status(vm, &in, &id);
		KUNIT_EXPECT_EQ_MSG(test, status, flags & in.flags ? (u32)HV_STATUS_SUCCESS :
				    (u32)HV_STATUS_INVALID_PARAMETER, "flag %u", i);
		if (!status)
			act(vm, DELETE, id);
	}
}

/* 3.4: 56 bytes of input reach to the middle of XMM2, so that the id is in XMM3 */
static void register_forms_work(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	struct hv_get_property get = { .code = 0x00060005 };
	struct hv_next_child next = { HV_PARTITION_ID_SELF };
	u64 id = 0, value = 0;

	EXPECT_STATUS(test, fake_call_fast(vm, CREATE, &usual, sizeof(usual), &id, 8), SUCCESS);
	KUNIT_EXPECT_EQ(test, vm->vps[0].xmm[3][0], id);
	child_of(vm, id);
	EXPECT_STATUS(test, fake_call_fast(vm, NEXT_CHILD, &next, sizeof(next), &value, 8),
		      SUCCESS);
	KUNIT_EXPECT_EQ(test, value, id);
	KUNIT_EXPECT_EQ(test, vm->vps[0].xmm[0][0], id);
	next.previous = id;
	EXPECT_STATUS(test, fake_call_fast(vm, NEXT_CHILD, &next, sizeof(next), &value, 8),
		      SUCCESS);
	KUNIT_EXPECT_EQ(test, value, 0ULL);
	KUNIT_EXPECT_EQ(test, act(vm, INITIALIZE, id), (u32)HV_STATUS_SUCCESS);
	get.partition_id = id;
	EXPECT_STATUS(test, fake_call_fast(vm, 0x0044, &get, sizeof(get), &value, 8), SUCCESS);
	KUNIT_EXPECT_EQ(test, value, 0x609ULL);
}

static void creating_needs_the_privilege(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	u64 id = create(vm), other;

	vm->pt->privileges &= ~HV_PRIV(CREATE_PARTITIONS);
	KUNIT_EXPECT_EQ(test, create_status(vm, &usual, &other), (u32)HV_STATUS_ACCESS_DENIED);
	KUNIT_EXPECT_EQ(test, act(vm, INITIALIZE, id), (u32)HV_STATUS_ACCESS_DENIED);
	/* Whether there is such a child is no business of theirs */
	KUNIT_EXPECT_EQ(test, act(vm, INITIALIZE, 1234), (u32)HV_STATUS_ACCESS_DENIED);
}

static void number_of_children_is_limited(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	u64 id;
	u32 i;

	for (i = 0; i < HVP_MAX_CHILDREN; i++)
		create(vm);
	KUNIT_EXPECT_EQ(test, create_status(vm, &usual, &id), (u32)HV_STATUS_NO_RESOURCES);
	KUNIT_EXPECT_EQ(test, act(vm, DELETE, 2), (u32)HV_STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, create(vm), 2);
	/* Machines are counted apart: no root keeps others from being attached */
	KUNIT_EXPECT_EQ(test, hvp_partition_count(), 1);
}

/* What children cost their parent is there again when they are gone, all of it */
static void deleted_children_cost_nothing(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	u64 done, id;
	u32 i;

	vm->pt->pool.unlimited = false;
	KUNIT_ASSERT_EQ(test, hvp_pool_deposit_host(&vm->pt->pool, 1024, &done), 0);
	for (i = 0; i < HVP_MAX_CHILDREN; i++)
		create(vm);
	KUNIT_EXPECT_GT(test, vm->pt->pool.charged, 0ULL);
	KUNIT_EXPECT_EQ(test, create_status(vm, &usual, &id), (u32)HV_STATUS_NO_RESOURCES);
	for (i = 0; i < HVP_MAX_CHILDREN; i++)
		KUNIT_EXPECT_EQ(test, act(vm, DELETE, 2 + i), (u32)HV_STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, vm->pt->pool.charged, 0ULL);
}

/* A child made by the host's means, whose creator could be a partition itself */
static struct hvp_partition *make(struct kunit *test, struct hvp_partition *parent)
{
	struct hvp_partition *pt;

	feed(parent);
	KUNIT_ASSERT_EQ(test, (u32)hvp_child_create(parent, parent->instance, &usual, &pt),
			(u32)HV_STATUS_SUCCESS);
	/* The parent keeps it */
	hvp_partition_put(pt);
	return pt;
}

static void nesting_is_limited(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	struct hvp_partition *pt = vm->pt, *deeper;
	u32 depth;

	for (depth = 1; depth <= HVP_MAX_DEPTH; depth++) {
		pt = make(test, pt);
		KUNIT_EXPECT_EQ(test, pt->depth, depth);
	}
	feed(pt);
	KUNIT_EXPECT_EQ(test, (u32)hvp_child_create(pt, pt->instance, &usual, &deeper),
			(u32)HV_STATUS_PARTITION_TOO_DEEP);
}

static void grandchildren_are_out_of_reach(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	struct hvp_partition *child = make(test, vm->pt), *grandchild = make(test, child);

	KUNIT_EXPECT_EQ(test, act(vm, INITIALIZE, grandchild->id), (u32)HV_STATUS_ACCESS_DENIED);
	KUNIT_EXPECT_EQ(test, act(vm, DELETE, grandchild->id), (u32)HV_STATUS_ACCESS_DENIED);
	/* And their parent cannot go before them */
	KUNIT_EXPECT_EQ(test, act(vm, DELETE, child->id), (u32)HV_STATUS_OPERATION_DENIED);
	KUNIT_EXPECT_EQ(test, act(vm, INITIALIZE, child->id), (u32)HV_STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, act(vm, FINALIZE, child->id), (u32)HV_STATUS_OPERATION_DENIED);
	KUNIT_EXPECT_EQ(test, child->state, HVPERSONA_STATE_ACTIVE);
}

static void children_are_listed_in_order_of_creation(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	u64 a = create(vm), b = create(vm), c = create(vm), again;
	u32 status;

	act(vm, DELETE, a);
	again = create(vm);	/* the smallest id, the last in order */
	KUNIT_EXPECT_EQ(test, next_child(vm, HV_PARTITION_ID_SELF, 0, &status), b);
	KUNIT_EXPECT_EQ(test, next_child(vm, HV_PARTITION_ID_SELF, b, &status), c);
	KUNIT_EXPECT_EQ(test, next_child(vm, vm->pt->id, c, &status), again);
	KUNIT_EXPECT_EQ(test, next_child(vm, HV_PARTITION_ID_SELF, again, &status), 0);
	KUNIT_EXPECT_EQ(test, status, (u32)HV_STATUS_SUCCESS);
	act(vm, DELETE, b);
	next_child(vm, HV_PARTITION_ID_SELF, b, &status);
	KUNIT_EXPECT_EQ(test, status, (u32)HV_STATUS_INVALID_PARTITION_ID);
	/* Others' children are not the caller's to list */
	next_child(vm, c, 0, &status);
	KUNIT_EXPECT_EQ(test, status, (u32)HV_STATUS_ACCESS_DENIED);
	next_child(vm, 1234, 0, &status);
	KUNIT_EXPECT_EQ(test, status, (u32)HV_STATUS_INVALID_PARTITION_ID);
}

/* A dying root takes its children with it; whoever holds one finds it gone */
static void children_die_with_their_root(struct kunit *test)
{
	struct fake_vm *vm = fake_vm_create(test, HVPERSONA_ROLE_ROOT, HV_PRIVILEGES_DEFINED, 1);
	struct hvp_partition *child, *grandchild;
	u32 handle;

	child = hvp_partition_get(make(test, vm->pt));
	grandchild = hvp_partition_get(make(test, child));
	make(test, vm->pt);
	handle = child->handle;
	fake_vm_destroy(vm);

	KUNIT_EXPECT_EQ(test, child->state, HVPERSONA_STATE_GONE);
	KUNIT_EXPECT_EQ(test, grandchild->state, HVPERSONA_STATE_GONE);
	KUNIT_EXPECT_NULL(test, hvp_partition_by_handle(handle));
	KUNIT_EXPECT_NULL(test, hvp_child_lock(hvp_partition_get(child), NULL));
	hvp_partition_put(grandchild);
	hvp_partition_put(child);
}

static void host_has_children_too(struct kunit *test)
{
	struct hvp_instance *host = hvp_host_instance();
	struct hvp_partition *pt;

	KUNIT_ASSERT_EQ(test, (u32)hvp_child_create(NULL, host, &usual, &pt),
			(u32)HV_STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, pt->id, 2);
	KUNIT_EXPECT_EQ(test, pt->parent_id, 1);
	KUNIT_EXPECT_NULL(test, pt->parent);
	KUNIT_EXPECT_EQ(test, host->children, 1);
	KUNIT_ASSERT_PTR_EQ(test, hvp_child_lock(hvp_partition_get(pt), NULL), pt);
	KUNIT_EXPECT_EQ(test, (u32)hvp_child_initialize(pt), (u32)HV_STATUS_SUCCESS);
	hvp_child_destroy(pt);
	hvp_child_unlock(pt);
	KUNIT_EXPECT_EQ(test, host->children, 0);
	hvp_partition_put(pt);
}

static void failed_allocations_leave_nothing(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	u32 nth, status;
	u64 id;

	for (nth = 1; ; nth++) {
		fake_fail_nth(nth);
		status = create_status(vm, &usual, &id);
		if (!fake_has_failed())
			break;
		KUNIT_EXPECT_EQ(test, status, (u32)HV_STATUS_NO_RESOURCES);
		KUNIT_EXPECT_EQ(test, vm->pt->instance->children, 0);
	}
	fake_fail_nth(0);
	KUNIT_EXPECT_GE(test, nth, 4);
	KUNIT_EXPECT_EQ(test, status, (u32)HV_STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(test, id, 2);
}

/* A call whose work is not done yet is executed again, with nothing changed */
static void unfinished_call_is_executed_again(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	u64 id = create(vm);
	struct hvp_call call = {
		.control = FINALIZE | HV_CONTROL_FAST, .fast = { id }, .long_mode = true,
	};

	act(vm, INITIALIZE, id);
	fake_table_serve_all();
	fake_table_row(FINALIZE)->target = HVP_PARENT;
	vm->stub_status = HVP_STATUS_AGAIN;
	KUNIT_EXPECT_EQ(test, (u32)fake_dispatch(vm, &call), (u32)HVP_CONTINUE);
	KUNIT_EXPECT_EQ(test, call.control, (u64)(FINALIZE | HV_CONTROL_FAST));
	KUNIT_EXPECT_FALSE(test, mutex_is_locked(&child_of(vm, id)->op_lock));
}

static struct kunit_case child_cases[] = {
	HVP_CASE(child_goes_through_its_states, 0x0040, 0x0041, 0x0042, 0x0043),
	HVP_CASE(child_can_be_deleted_before_it_is_initialized, 0x0040, 0x0043),
	HVP_CASE(ids_are_the_instances_own, 0x0040, 0x0043),
	HVP_CASE(creation_is_checked, 0x0040),
	HVP_CASE(creation_flags_are_those_of_the_specification, 0x0040),
	HVP_CASE(register_forms_work, 0x0040, 0x0044, 0x0047),
	HVP_CASE(creating_needs_the_privilege, 0x0040, 0x0041),
	HVP_CASE(number_of_children_is_limited, 0x0040),
	HVP_CASE(deleted_children_cost_nothing, 0x0040, 0x0043),
	HVP_CASE(nesting_is_limited, 0x0040),
	HVP_CASE(grandchildren_are_out_of_reach, 0x0041, 0x0042, 0x0043),
	HVP_CASE(children_are_listed_in_order_of_creation, 0x0047),
	HVP_CASE(children_die_with_their_root, 0x0040),
	HVP_CASE(host_has_children_too, 0x0040, 0x0041),
	HVP_CASE(failed_allocations_leave_nothing, 0x0040),
	HVP_CASE(unfinished_call_is_executed_again, 0x0042),
	{}
};

static struct kunit_suite child_suite = {
	.name = "hvpersona_child",
	.init = child_init,
	.exit = fake_exit,
	.test_cases = child_cases,
};

/*
 * The sheet's table of partition states, and for calls that it does not name their own
 * entries: "everything except DeletePartition" in state active, nothing else elsewhere.
 */
static u8 legal_states(u16 code)
{
	switch (code) {
	case 0x0041:	/* InitializePartition */
		return IN(CREATED);
	case 0x0042:	/* FinalizePartition */
		return IN(ACTIVE) | IN(FINALIZING);
	case 0x0043:	/* DeletePartition */
		return IN(CREATED) | IN(FINALIZED);
	case 0x0044:	/* properties: the early ones */
	case 0x0045:
	case 0x0101:
	case 0x010a:
	case 0x0048:	/* DepositMemory */
		return IN(CREATED) | IN(ACTIVE);
	case 0x0049:	/* WithdrawMemory */
	case 0x004a:	/* GetMemoryBalance */
		return IN_ANY;
	default:
		return IN(ACTIVE);
	}
}

static const u32 states[] = {
	HVPERSONA_STATE_CREATED, HVPERSONA_STATE_ACTIVE, HVPERSONA_STATE_FINALIZING,
	HVPERSONA_STATE_FINALIZED,
};

static void describe(const struct expected_call *call, char *name)
{
	strscpy(name, call->name, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(calls, expected_calls, describe);

/* A root with a child, another instance with one that is alike, all calls stubs */
static struct fake_vm *root, *stranger;
static struct hvp_partition *the_child, *strange_child;

static int states_init(struct kunit *test)
{
	if (!root) {
		root = fake_vm_create(test, HVPERSONA_ROLE_ROOT, HV_PRIVILEGES_DEFINED, 1);
		the_child = make(test, root->pt);
		stranger = fake_vm_create(test, HVPERSONA_ROLE_ROOT, HV_PRIVILEGES_DEFINED, 1);
		make(test, stranger->pt);
		strange_child = make(test, stranger->pt);	/* id 3: none of the root's */
	}
	root->test = test;
	stranger->test = test;
	root->stub_status = HV_STATUS_SUCCESS;
	root->stub_fails_at = 0;
	fake_table_serve_all();
	return 0;
}

static void states_suite_exit(struct kunit_suite *suite)
{
	fake_table_reset();
	if (root)
		fake_vm_destroy(root);
	if (stranger)
		fake_vm_destroy(stranger);
	root = NULL;
	stranger = NULL;
}

/* The status of a call that names @id, with its own rules about the target */
static u32 name_target(const struct expected_call *call, u64 id)
{
	const struct hvp_hypercall *row = hvp_hypercall_lookup(call->code);
	struct hvp_call regs = {
		.control = call->code | (call->rep ? HV_REPS(1) : 0),
		.fast = { FAKE_IN, FAKE_OUT },
		.long_mode = true,
	};

	fake_table_row(call->code)->target = row->target;
	memset(root->ram + FAKE_IN, 0, PAGE_SIZE);
	fake_write(root, FAKE_IN + row->target_at, &id, sizeof(id));
	KUNIT_EXPECT_EQ(root->test, (u32)fake_dispatch(root, &regs), (u32)HVP_DONE);
	return HV_STATUS(regs.result);
}

static void call_is_legal_in_its_states(struct kunit *test)
{
	const struct expected_call *call = test->param_value;
	const struct hvp_hypercall *row = hvp_hypercall_lookup(call->code);
	u32 i, want;

	if (!(row->target & HVP_PARENT))
		return;
	for (i = 0; i < ARRAY_SIZE(states); i++) {
		the_child->state = states[i];
		want = legal_states(call->code) & BIT(states[i]) ?
			HV_STATUS_SUCCESS : HV_STATUS_INVALID_PARTITION_STATE;
		KUNIT_EXPECT_EQ_MSG(test, name_target(call, the_child->id), want, "state %u",
				    states[i]);
	}
	the_child->state = HVPERSONA_STATE_ACTIVE;
}

/* Belonging to another instance and not existing look the same */
static void strangers_do_not_exist(struct kunit *test)
{
	const struct expected_call *call = test->param_value;
	const struct hvp_hypercall *row = hvp_hypercall_lookup(call->code);
	u32 absent;

	if (!row->target)
		return;
	absent = name_target(call, 1234);
	KUNIT_EXPECT_EQ(test, absent, (u32)HV_STATUS_INVALID_PARTITION_ID);
	KUNIT_EXPECT_EQ(test, name_target(call, strange_child->id), absent);
	KUNIT_EXPECT_EQ(test, name_target(call, BIT_ULL(32) | the_child->id), absent);
}

static struct kunit_case states_cases[] = {
	HVP_CASE_ROWS(call_is_legal_in_its_states, calls_gen_params),
	HVP_CASE_ROWS(strangers_do_not_exist, calls_gen_params),
	{}
};

static struct kunit_suite states_suite = {
	.name = "hvpersona_states",
	.init = states_init,
	.suite_exit = states_suite_exit,
	.test_cases = states_cases,
};

kunit_test_suites(&child_suite, &states_suite);
