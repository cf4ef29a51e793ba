// SPDX-License-Identifier: GPL-2.0
/*
 * Random calls of a root partition on its children, pools, address spaces and VPs, beside a
 * reference model made of plain arrays. After each call status, reps and effect must be the
 * model's; now and then an allocation fails, and nothing may be lost by that.
 *
 * What the model does not know is how many bytes objects cost: where memory may run out it
 * takes the module's word, and checks the account instead.
 */
#include <linux/prandom.h>
#include <linux/random.h>

#include "../hvpersona/child.h"
#include "../hvpersona/hv_abi/gpa.h"
#include "../hvpersona/hv_abi/registers.h"
#include "../hvpersona/hv_abi/vp_state.h"
#include "fake_table.h"

#define OPERATIONS	300000
#define CHILDREN	5
#define VPS		3
#define GPAS		48	/* pages of a child's space that are played with */
#define FIRST_PAGE	4	/* before it: the operands of calls */
#define LAST_PAGE	(FAKE_PAGES - 2)
#define NOBODY		(-1)
#define ROOTS		CHILDREN	/* the root's own pool as an owner */

struct model_page {
	bool mapped;
	u32 flags;
	u64 source;
};

struct model_child {
	bool exists;
	u64 id;
	u32 state;
	u32 born;
	struct model_page map[GPAS];
	bool vp[VPS];
	u64 rip[VPS];
};

struct model {
	struct fake_vm *vm;
	struct rnd_state rnd;
	struct model_child children[CHILDREN];
	int owner[FAKE_PAGES];
	u32 births;
	u32 memory_errors;
	u32 injected;
};

static u32 below(struct model *m, u32 limit)
{
	return prandom_u32_state(&m->rnd) % limit;
}

/* Memory ran out, in the pool or in the kernel: then the call had no effect from there on */
static bool ran_out(struct model *m, u32 status)
{
	if (status == HV_STATUS_INSUFFICIENT_MEMORY) {
		m->memory_errors++;
		return true;
	}
	if (status == HV_STATUS_NO_RESOURCES && fake_has_failed()) {
		m->injected++;
		return true;
	}
	return false;
}

static void expect(struct model *m, const char *what, u32 status, u32 want)
{
	KUNIT_EXPECT_EQ_MSG(m->vm->test, status, want, "%s", what);
}

static u64 call(struct model *m, u64 control, const void *in, u32 size, void *out, u32 out_size)
{
	if (!below(m, 50))
		fake_fail_nth(1 + below(m, 5));
	else
		fake_fail_nth(0);
	return fake_call(m->vm, control, in, size, out, out_size);
}

static u64 id_of(struct model *m, u32 who)
{
	if (who == ROOTS)
		return HV_PARTITION_ID_SELF;
	/* Also ids of children that are no longer there */
	return m->children[who].id ?: 77;
}

/* Status of a call on child @who by its state alone */
static u32 by_state(struct model *m, u32 who, u32 states)
{
	struct model_child *child = &m->children[who];
	u32 i;

	if (who == ROOTS)
		return HV_STATUS_SUCCESS;
	if (!child->exists) {
		/* The id may have been given to another one */
		for (i = 0; i < CHILDREN; i++)
			if (m->children[i].exists && m->children[i].id == child->id)
				child->id = 77;
		return HV_STATUS_INVALID_PARTITION_ID;
	}
	return states & BIT(child->state) ? HV_STATUS_SUCCESS : HV_STATUS_INVALID_PARTITION_STATE;
}

static u32 lent(struct model *m, u64 page)
{
	u32 i, gpa, count = 0;

	for (i = 0; i < CHILDREN; i++)
		for (gpa = 0; gpa < GPAS; gpa++)
			count += m->children[i].map[gpa].mapped &&
				 !(m->children[i].map[gpa].flags & HV_MAP_GPA_KIND) &&
				 (m->children[i].map[gpa].flags & HV_MAP_GPA_PERMISSIONS) &&
				 m->children[i].map[gpa].source == page;
	return count;
}

static u32 owned(struct model *m, u32 who)
{
	u32 page, count = 0;

	for (page = 0; page < FAKE_PAGES; page++)
		count += m->owner[page] == (int)who;
	return count;
}

static void op_create(struct model *m)
{
	const struct hv_create_partition in = { .flags = 0x482110, .compatibility = 0x609 };
	u64 id = 0, want = 2;
	u32 slot, i, status;

	for (slot = 0; slot < CHILDREN && m->children[slot].exists; slot++)
		;
	if (slot == CHILDREN)
		return;
	status = HV_STATUS(call(m, 0x0040, &in, sizeof(in), &id, sizeof(id)));
	if (ran_out(m, status))
		return;
	expect(m, "create", status, HV_STATUS_SUCCESS);
	for (i = 0; i < CHILDREN; i++)
		if (m->children[i].exists && m->children[i].id == want) {
			want++;
			i = -1;
		}
	KUNIT_EXPECT_EQ(m->vm->test, id, want);
	m->children[slot] = (struct model_child) {
		.exists = true, .id = id, .state = HVPERSONA_STATE_CREATED, .born = m->births++,
	};
}

/* A call that may have to be executed again: without memory its work is done in more steps */
static u32 call_to_the_end(struct model *m, u16 code, u64 id)
{
	struct hvp_call call = {
		.control = code | HV_CONTROL_FAST, .fast = { id }, .long_mode = true,
	};
	u32 tries = 0;

	fake_fail_nth(below(m, 20) ? 0 : 1 + below(m, 3));
	while (fake_dispatch(m->vm, &call) == HVP_CONTINUE && ++tries < 100)
		;
	KUNIT_EXPECT_LT(m->vm->test, tries, 100);
	m->injected += fake_has_failed();
	return HV_STATUS(call.result);
}

static void op_life(struct model *m)
{
	static const u16 codes[] = { 0x0041, 0x0041, 0x0042, 0x0043 };
	static const u32 states[] = {
		BIT(HVPERSONA_STATE_CREATED), BIT(HVPERSONA_STATE_CREATED),
		BIT(HVPERSONA_STATE_ACTIVE) | BIT(HVPERSONA_STATE_FINALIZING),
		BIT(HVPERSONA_STATE_CREATED) | BIT(HVPERSONA_STATE_FINALIZED),
	};
	u32 who = below(m, CHILDREN), which = below(m, 4), want = by_state(m, who, states[which]);
	struct model_child *child = &m->children[who];
	u32 status;

	/* Let children get old now and then */
	if (codes[which] == 0x0042 && below(m, 8))
		return;
	if (!want && codes[which] == 0x0043 && owned(m, who))
		want = HV_STATUS_OPERATION_DENIED;
	status = call_to_the_end(m, codes[which], id_of(m, who));
	expect(m, "life", status, want);
	if (want)
		return;
	switch (codes[which]) {
	case 0x0041:
		child->state = HVPERSONA_STATE_ACTIVE;
		break;
	case 0x0042:
		child->state = HVPERSONA_STATE_FINALIZED;
		memset(child->map, 0, sizeof(child->map));
		memset(child->vp, 0, sizeof(child->vp));
		break;
	default:
		child->exists = false;
	}
}

static void op_deposit(struct model *m)
{
	u32 who = below(m, CHILDREN + 1), count = 1 + below(m, 4), i;
	u32 want = by_state(m, who, BIT(HVPERSONA_STATE_CREATED) | BIT(HVPERSONA_STATE_ACTIVE));
	u64 in[5] = { id_of(m, who) }, result, nothing;
	u32 done = 0;

	for (i = 1; i <= count; i++)
		in[i] = FIRST_PAGE + below(m, FAKE_PAGES + 4 - FIRST_PAGE);
	result = call(m, 0x0048 | HV_REPS(count), in, 8 + 8 * count, &nothing, 0);
	if (!want) {
		for (done = 0; done < count && !want; done++) {
			u64 page = in[1 + done];

			if (page > LAST_PAGE || m->owner[page] != NOBODY || lent(m, page)) {
				want = HV_STATUS_OPERATION_DENIED;
				break;
			}
			if (done == HV_DONE(result))
				break;
			m->owner[page] = who;
		}
	}
	if (ran_out(m, HV_STATUS(result))) {
		/* Then the elements done are those before the failure */
		KUNIT_EXPECT_LE(m->vm->test, HV_DONE(result), done);
		return;
	}
	expect(m, "deposit", HV_STATUS(result), want);
	KUNIT_EXPECT_EQ(m->vm->test, HV_DONE(result), done);
}

static void op_withdraw(struct model *m)
{
	u32 who = below(m, CHILDREN + 1), count = 1 + below(m, 6), i, want;
	const struct hv_memory_pool in = { .partition_id = id_of(m, who) };
	struct hv_memory_balance before = {};
	u64 pages[6], result;

	want = by_state(m, who, ~0U);
	fake_fail_nth(0);
	result = fake_call(m->vm, 0x004a, &in, sizeof(in), &before, sizeof(before));
	expect(m, "balance", HV_STATUS(result), want);
	if (!want)
		KUNIT_EXPECT_EQ(m->vm->test, before.available + before.in_use, owned(m, who));
	result = fake_call(m->vm, 0x0049 | HV_REPS(count), &in, sizeof(in), pages, sizeof(pages));
	if (want) {
		expect(m, "withdraw", HV_STATUS(result), want);
		return;
	}
	expect(m, "withdraw", HV_STATUS(result),
	       count > before.available ? HV_STATUS_NO_RESOURCES : HV_STATUS_SUCCESS);
	KUNIT_EXPECT_EQ(m->vm->test, (u64)HV_DONE(result), min_t(u64, count, before.available));
	for (i = 0; i < HV_DONE(result); i++) {
		KUNIT_ASSERT_LE(m->vm->test, pages[i], LAST_PAGE);
		KUNIT_EXPECT_EQ(m->vm->test, m->owner[pages[i]], (int)who);
		m->owner[pages[i]] = NOBODY;
		KUNIT_EXPECT_EQ(m->vm->test, fake_read64(m->vm, (pages[i] << PAGE_SHIFT) + 8), 0);
		/* Give it a content again */
		fake_write(m->vm, (pages[i] << PAGE_SHIFT) + 8, &pages[i], sizeof(u64));
	}
}

/* Map flags: legal ones, and a few that are not */
static u32 any_flags(struct model *m)
{
	static const u32 flags[] = {
		HV_MAP_GPA_READABLE, HV_MAP_GPA_READABLE | HV_MAP_GPA_WRITABLE,
		HV_MAP_GPA_READABLE | HV_MAP_GPA_EXECUTABLE,
		HV_MAP_GPA_READABLE | HV_MAP_GPA_WRITABLE | HV_MAP_GPA_EXECUTABLE,
		HV_MAP_GPA_READABLE | HV_MAP_GPA_WRITABLE | HV_MAP_GPA_EXECUTABLE |
			HV_MAP_GPA_ADJUSTABLE,
		HV_MAP_GPA_NO_ACCESS, HV_MAP_GPA_NO_ACCESS, 0,
		HV_MAP_GPA_WRITABLE, HV_MAP_GPA_EXECUTABLE, BIT(5), BIT(12),
	};

	return flags[below(m, ARRAY_SIZE(flags))];
}

static bool legal(u32 flags)
{
	if (flags & (BIT(5) | BIT(12)))
		return false;
	return (flags & HV_MAP_GPA_READABLE) || !(flags & HV_MAP_GPA_PERMISSIONS);
}

static void op_map(struct model *m)
{
	u32 who = below(m, CHILDREN), count = 1 + below(m, 6), base = below(m, GPAS - 6), done = 0;
	u32 flags = any_flags(m), want = by_state(m, who, BIT(HVPERSONA_STATE_ACTIVE)), i;
	bool run = below(m, 2), source_needed = !(flags & HV_MAP_GPA_KIND);
	struct {
		struct hv_map_gpa header;
		u64 sources[6];
	} in = { { id_of(m, who), base, flags, ~0U } };
	u64 result, nothing;

	in.sources[0] = FIRST_PAGE + below(m, FAKE_PAGES - FIRST_PAGE + 2);
	for (i = 1; i < count; i++)
		in.sources[i] = run ? in.sources[i - 1] + 1 :
				FIRST_PAGE + below(m, FAKE_PAGES - FIRST_PAGE + 2);
	result = call(m, 0x004b | HV_REPS(count), &in, 24 + 8 * count, &nothing, 0);
	if (!want && !legal(flags))
		want = HV_STATUS_INVALID_PARAMETER;
	while (!want && done < count) {
		u64 source = in.sources[done];

		if (source_needed && (source > LAST_PAGE || m->owner[source] != NOBODY)) {
			want = HV_STATUS_OPERATION_DENIED;
			break;
		}
		if (done == HV_DONE(result))
			break;
		m->children[who].map[base + done] = (struct model_page) {
			.mapped = true, .flags = flags, .source = source,
		};
		done++;
	}
	if (ran_out(m, HV_STATUS(result)))
		want = HV_STATUS(result);
	expect(m, "map", HV_STATUS(result), want);
	KUNIT_EXPECT_EQ(m->vm->test, HV_DONE(result), done);
}

static void op_unmap(struct model *m)
{
	u32 who = below(m, CHILDREN), count = 1 + below(m, 6), base = below(m, GPAS - 6), i;
	const struct hv_map_gpa in = { id_of(m, who), base, 0, ~0U };
	u32 want = by_state(m, who, BIT(HVPERSONA_STATE_ACTIVE));
	u64 result, nothing;

	result = call(m, 0x004c | HV_REPS(count), &in, sizeof(in), &nothing, 0);
	if (!want)
		for (i = 0; i < HV_DONE(result); i++)
			m->children[who].map[base + i].mapped = false;
	if (ran_out(m, HV_STATUS(result)))
		return;
	expect(m, "unmap", HV_STATUS(result), want);
	KUNIT_EXPECT_EQ(m->vm->test, HV_DONE(result), want ? 0 : count);
}

static void op_modify(struct model *m)
{
	u32 who = below(m, CHILDREN), gpa = below(m, GPAS), flags = any_flags(m);
	const struct {
		struct hv_map_sparse header;
		u64 page;
	} in = { { id_of(m, who), flags, 0 }, gpa };
	u32 want = by_state(m, who, BIT(HVPERSONA_STATE_ACTIVE));
	struct model_page *page = &m->children[who].map[gpa];
	u64 result, nothing;

	/* Kinds without a source are for mapping */
	if (flags & HV_MAP_GPA_KIND)
		return;
	if (page->mapped && (page->flags & HV_MAP_GPA_KIND))
		return;
	result = call(m, 0x0090 | HV_REPS(1), &in, sizeof(in), &nothing, 0);
	if (ran_out(m, HV_STATUS(result)))
		return;
	if (!want && !legal(flags))
		want = HV_STATUS_INVALID_PARAMETER;
	else if (!want && !page->mapped)
		want = HV_STATUS_OPERATION_DENIED;
	/* A page without any access may have been deposited since */
	else if (!want && HV_STATUS(result) == HV_STATUS_OPERATION_DENIED &&
		 m->owner[page->source] != NOBODY)
		want = HV_STATUS_OPERATION_DENIED;
	expect(m, "modify", HV_STATUS(result), want);
	if (!want)
		page->flags = flags;
}

static void op_vp(struct model *m)
{
	u32 who = below(m, CHILDREN), index = below(m, VPS), want;
	struct model_child *child = &m->children[who];
	struct hv_create_vp make = { .partition_id = id_of(m, who), .vp_index = index };
	bool create = below(m, 2);
	u64 nothing;
	u32 status;

	want = by_state(m, who, BIT(HVPERSONA_STATE_ACTIVE));
	if (!want && child->vp[index] == create)
		want = HV_STATUS_INVALID_VP_INDEX;
	status = HV_STATUS(call(m, create ? 0x004e : 0x004f, &make, create ? 40 : 16, &nothing, 0));
	if (ran_out(m, status))
		return;
	expect(m, "vp", status, want);
	if (!want) {
		child->vp[index] = create;
		child->rip[index] = 0xfff0;	/* Intel SDM volume 3, "Processor State After Reset" */
	}
}

static void op_register(struct model *m)
{
	u32 who = below(m, CHILDREN), index = below(m, VPS), want;
	struct model_child *child = &m->children[who];
	struct {
		struct hv_vp_registers header;
		struct hv_set_register set;
	} in = { { id_of(m, who), index } };
	u32 name = HV_REG_RIP;
	u64 value[2] = {}, nothing;
	u32 status;

	want = by_state(m, who, BIT(HVPERSONA_STATE_ACTIVE));
	if (!want && !child->vp[index])
		want = HV_STATUS_INVALID_VP_INDEX;
	if (below(m, 2)) {
		in.set.name = HV_REG_RIP;
		in.set.value.low = prandom_u32_state(&m->rnd);
		status = HV_STATUS(call(m, 0x0051 | HV_REPS(1), &in, 48, &nothing, 0));
		if (!status)
			child->rip[index] = in.set.value.low;
	} else {
		memcpy(&in.set, &name, sizeof(name));
		status = HV_STATUS(call(m, 0x0050 | HV_REPS(1), &in, 20, value, sizeof(value)));
		if (!status)
			KUNIT_EXPECT_EQ(m->vm->test, value[0], child->rip[index]);
	}
	expect(m, "register", status, want);
}

static void op_read(struct model *m)
{
	u32 who = below(m, CHILDREN), index = below(m, VPS), gpa = below(m, GPAS), want, status;
	struct model_child *child = &m->children[who];
	struct model_page *page = &child->map[gpa];
	const struct hv_access_gpa in = {
		.partition_id = id_of(m, who), .vp_index = index, .bytes = 8,
		.gpa = ((u64)gpa << PAGE_SHIFT) + 8,
		.flags = 6,	/* write-back */
	};
	struct {
		u32 result, rsvd;
		u64 data[2];
	} out = {};

	want = by_state(m, who, BIT(HVPERSONA_STATE_ACTIVE));
	if (!want && !child->vp[index])
		want = HV_STATUS_INVALID_VP_INDEX;
	status = HV_STATUS(call(m, 0x0053, &in, sizeof(in), &out, sizeof(out)));
	expect(m, "read", status, want);
	if (want)
		return;
	if (!page->mapped) {
		KUNIT_EXPECT_EQ(m->vm->test, out.result, HV_ACCESS_GPA_UNMAPPED);
	} else if ((page->flags & HV_MAP_GPA_KIND) || !(page->flags & HV_MAP_GPA_READABLE)) {
		KUNIT_EXPECT_EQ(m->vm->test, out.result, HV_ACCESS_GPA_READ_INTERCEPT);
	} else {
		KUNIT_EXPECT_EQ(m->vm->test, out.result, HV_ACCESS_GPA_SUCCESS);
		KUNIT_EXPECT_EQ(m->vm->test, out.data[0],
				fake_read64(m->vm, (page->source << PAGE_SHIFT) + 8));
	}
}

static struct hvp_partition *real(struct model *m, u32 who)
{
	if (who == ROOTS)
		return m->vm->pt;
	return xa_load(&m->vm->pt->instance->partitions, m->children[who].id);
}

/* Is the child's address space, page for page, what the model says? */
static void check_map(struct model *m, u32 who)
{
	struct model_child *child = &m->children[who];
	struct hvp_partition *pt = real(m, who);
	struct hvp_gpa_range range;
	u64 mapped = 0;
	u32 gpa;

	KUNIT_ASSERT_NOT_NULL(m->vm->test, pt);
	mutex_lock(&pt->op_lock);
	for (gpa = 0; gpa < GPAS; gpa++) {
		bool found = hvp_gpa_map_find(pt, gpa, &range);

		KUNIT_EXPECT_EQ(m->vm->test, found, child->map[gpa].mapped);
		if (!found || !child->map[gpa].mapped)
			continue;
		mapped += (child->map[gpa].flags & HV_MAP_GPA_KIND) != HV_MAP_GPA_NO_ACCESS;
		KUNIT_EXPECT_EQ(m->vm->test, range.flags, child->map[gpa].flags);
		if (!(range.flags & HV_MAP_GPA_KIND))
			KUNIT_EXPECT_EQ(m->vm->test, range.source + gpa - range.gfn,
					child->map[gpa].source);
	}
	KUNIT_EXPECT_EQ(m->vm->test, pt->child->map.pages, mapped);
	mutex_unlock(&pt->op_lock);
}

/* Sums of pages, and no id that leads nowhere */
static void check_all(struct model *m)
{
	struct kunit *test = m->vm->test;
	u32 page, who, count = 0, last = 0;
	u64 id = 0, next;

	for (page = FIRST_PAGE; page <= LAST_PAGE; page++) {
		u32 state = hvp_space_state(m->vm->pt, page);

		KUNIT_EXPECT_EQ(test, !!(state & HVP_SPACE_DEPOSITED), m->owner[page] != NOBODY);
		KUNIT_EXPECT_EQ(test, hvp_space_is_lent(m->vm->pt, page), lent(m, page) > 0);
		KUNIT_EXPECT_EQ(test, hvp_space_rights(m->vm->pt, page),
				m->owner[page] == NOBODY ? HVP_GPA_ALL : 0);
	}
	for (who = 0; who <= CHILDREN; who++) {
		struct hvp_partition *pt;

		if (who < CHILDREN && !m->children[who].exists)
			continue;
		pt = real(m, who);
		KUNIT_ASSERT_NOT_NULL(test, pt);
		KUNIT_EXPECT_EQ(test, pt->pool.guest_pages, owned(m, who));
		KUNIT_EXPECT_LE(test, pt->pool.charged, pt->pool.guest_pages * HVP_PAGE_CREDIT);
		if (who < CHILDREN) {
			KUNIT_EXPECT_EQ(test, pt->state, m->children[who].state);
			check_map(m, who);
			count++;
		}
	}
	KUNIT_EXPECT_EQ(test, m->vm->pt->instance->children, count);
	/* The list has each child once, oldest first */
	while (!hvp_child_next(m->vm->pt, id, &next) && next) {
		for (who = 0; who < CHILDREN; who++)
			if (m->children[who].exists && m->children[who].id == next)
				break;
		KUNIT_ASSERT_LT(test, who, CHILDREN);
		KUNIT_EXPECT_GE(test, m->children[who].born, last);
		last = m->children[who].born;
		id = next;
		count--;
	}
	KUNIT_EXPECT_EQ(test, count, 0);
}

static void play(struct kunit *test, u64 seed, u32 operations)
{
	static void (*const ops[])(struct model *m) = {
		op_create, op_life, op_life, op_deposit, op_deposit, op_withdraw, op_map, op_map,
		op_map, op_unmap, op_modify, op_vp, op_register, op_read,
	};
	struct model *m;
	u32 i, who;
	u64 page;

	m = kunit_kzalloc(test, sizeof(*m), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, m);
	kunit_info(test, "seed 0x%llx, %u operations", seed, operations);
	prandom_seed_state(&m->rnd, seed);
	m->vm = fake_vm_create(test, HVPERSONA_ROLE_ROOT, HV_PRIVILEGES_DEFINED, 1);
	for (page = 0; page < FAKE_PAGES; page++) {
		m->owner[page] = NOBODY;
		fake_write(m->vm, (page << PAGE_SHIFT) + 8, &page, sizeof(page));
	}
	for (i = 0; i < operations && test->status != KUNIT_FAILURE; i++) {
		ops[below(m, ARRAY_SIZE(ops))](m);
		fake_fail_nth(0);
		who = below(m, CHILDREN);
		if (m->children[who].exists)
			check_map(m, who);
		if (!(i % 64))
			check_all(m);
	}
	if (test->status == KUNIT_FAILURE)
		kunit_err(test, "failed at operation %u of seed 0x%llx", i, seed);
	check_all(m);
	KUNIT_EXPECT_GT(test, m->births, operations / 1000);
	KUNIT_EXPECT_GT(test, m->memory_errors, 0);
	KUNIT_EXPECT_GT(test, m->injected, 0);
	kunit_info(test, "%u children, memory ran out %u times, %u allocations failed", m->births,
		   m->memory_errors, m->injected);
	fake_vm_destroy(m->vm);
	KUNIT_EXPECT_EQ(test, hvp_partition_count(), 0);
}

static void random_calls_do_what_the_model_says(struct kunit *test)
{
	play(test, 0x4850, OPERATIONS);
}

/* Another seed each time: when it fails, put the seed that it prints above */
static void other_random_calls_do_too(struct kunit *test)
{
	play(test, get_random_u64(), OPERATIONS / 4);
}

static void model_exit(struct kunit *test)
{
	fake_fail_nth(0);
}

static struct kunit_case model_cases[] = {
	KUNIT_CASE_SLOW(random_calls_do_what_the_model_says),
	KUNIT_CASE_SLOW(other_random_calls_do_too),
	{}
};

static struct kunit_suite model_suite = {
	.name = "hvpersona_model",
	.exit = model_exit,
	.test_cases = model_cases,
};

kunit_test_suites(&model_suite);
