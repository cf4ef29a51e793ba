// SPDX-License-Identifier: GPL-2.0
/*
 * Claims, partitions, instances and VPs: their life, limits and failures. The rules are
 * those of core.h and of the kernel-doc in partition.c and vp.c; ids and instances those
 * of the architecture card, "Objects".
 */
#include <linux/completion.h>
#include <linux/kthread.h>

#include "fake_table.h"

#define GUEST	HVPERSONA_ROLE_GUEST
#define ROOT	HVPERSONA_ROLE_ROOT

static int registry_init(struct kunit *test)
{
	KUNIT_ASSERT_EQ(test, hvp_partition_count(), 0);
	return 0;
}

static void registry_exit(struct kunit *test)
{
	fake_fail_nth(0);
	/* Nothing is left behind by any case */
	KUNIT_EXPECT_EQ(test, hvp_partition_count(), 0);
	KUNIT_EXPECT_EQ(test, hvp_partition_next(0), 0);
}

static void drop_claim(struct kunit *test, struct hvp_partition *pt)
{
	KUNIT_EXPECT_EQ(test, hvp_claim_withdraw(pt), 0);
	hvp_partition_put(pt);
}

static void claim_is_listed_until_it_is_withdrawn(struct kunit *test)
{
	struct hvp_partition *pt, *found;
	u32 handle;

	pt = hvp_claim(GUEST, HVPERSONA_CLAIM_EVERY_VM, 1, 2);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, pt);
	KUNIT_EXPECT_EQ(test, pt->state, HVPERSONA_STATE_CLAIMED);
	KUNIT_EXPECT_EQ(test, pt->role, GUEST);
	KUNIT_EXPECT_EQ(test, pt->flags, HVPERSONA_CLAIM_EVERY_VM);
	KUNIT_EXPECT_EQ(test, pt->privileges_set, 1ULL);
	KUNIT_EXPECT_EQ(test, pt->privileges_clear, 2ULL);
	KUNIT_EXPECT_NULL(test, pt->instance);
	KUNIT_EXPECT_NE(test, pt->handle, 0);
	KUNIT_EXPECT_EQ(test, hvp_partition_count(), 1);
	handle = pt->handle;
	KUNIT_EXPECT_EQ(test, hvp_partition_next(0), handle);
	KUNIT_EXPECT_EQ(test, hvp_partition_next(handle), 0);
	found = hvp_partition_by_handle(handle);
	KUNIT_EXPECT_PTR_EQ(test, found, pt);
	hvp_partition_put(found);

	KUNIT_EXPECT_EQ(test, hvp_claim_withdraw(pt), 0);
	KUNIT_EXPECT_EQ(test, pt->state, HVPERSONA_STATE_GONE);
	KUNIT_EXPECT_NULL(test, hvp_partition_by_handle(handle));
	KUNIT_EXPECT_EQ(test, hvp_claim_withdraw(pt), -EBUSY);
	hvp_partition_put(pt);
}

static void process_has_one_claim_at_a_time(struct kunit *test)
{
	struct hvp_partition *pt = hvp_claim(GUEST, 0, 0, 0), *second;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, pt);
	second = hvp_claim(ROOT, 0, 0, 0);
	KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(second), -EBUSY);
	drop_claim(test, pt);
	second = hvp_claim(ROOT, 0, 0, 0);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, second);
	drop_claim(test, second);
}

static void claim_is_found_by_its_process(struct kunit *test)
{
	struct hvp_partition *pt, *found;

	KUNIT_EXPECT_NULL(test, hvp_claim_for_current());
	pt = hvp_claim(GUEST, 0, 0, 0);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, pt);
	found = hvp_claim_for_current();
	KUNIT_EXPECT_PTR_EQ(test, found, pt);
	hvp_partition_put(found);
	drop_claim(test, pt);
	KUNIT_EXPECT_NULL(test, hvp_claim_for_current());
}

struct other_process {
	struct completion done;
	struct hvp_partition *found;
	struct hvp_partition *claimed;
};

static int other_process(void *data)
{
	struct other_process *other = data;

	other->found = hvp_claim_for_current();
	other->claimed = hvp_claim(ROOT, 0, 0, 0);
	complete(&other->done);
	return 0;
}

/* Neither child nor thread of the claimant; and it may have a claim of its own */
static void claim_is_not_found_by_others(struct kunit *test)
{
	struct hvp_partition *pt = hvp_claim(GUEST, 0, 0, 0);
	struct other_process other = {};
	struct task_struct *task;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, pt);
	init_completion(&other.done);
	task = kthread_run(other_process, &other, "hvpersona_other");
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, task);
	wait_for_completion(&other.done);
	KUNIT_EXPECT_NULL(test, other.found);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, other.claimed);
	KUNIT_EXPECT_EQ(test, hvp_partition_count(), 2);
	drop_claim(test, other.claimed);
	drop_claim(test, pt);
}

static void activation_turns_a_claim_into_a_partition(struct kunit *test)
{
	struct hvp_partition *pt = hvp_claim(GUEST, 0, 0, 0);
	u32 handle, data;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, pt);
	handle = pt->handle;
	KUNIT_ASSERT_EQ(test, hvp_partition_activate(pt, &fake_ops, &data, current), 0);
	KUNIT_EXPECT_EQ(test, pt->state, HVPERSONA_STATE_ACTIVE);
	KUNIT_EXPECT_EQ(test, pt->handle, handle);
	KUNIT_EXPECT_PTR_EQ(test, pt->ops, &fake_ops);
	KUNIT_EXPECT_PTR_EQ(test, pt->backend, (void *)&data);
	KUNIT_EXPECT_EQ(test, hvp_partition_count(), 1);
	/* It is no claim any more */
	KUNIT_EXPECT_NULL(test, hvp_claim_for_current());
	KUNIT_EXPECT_EQ(test, hvp_claim_withdraw(pt), -EBUSY);
	KUNIT_EXPECT_EQ(test, hvp_partition_activate(pt, &fake_ops, &data, current), -ENOENT);

	hvp_partition_gone(pt);
	KUNIT_EXPECT_EQ(test, pt->state, HVPERSONA_STATE_GONE);
	KUNIT_EXPECT_NULL(test, pt->instance);
	KUNIT_EXPECT_NULL(test, hvp_partition_by_handle(handle));
	hvp_partition_put(pt);
}

/* With EVERY_VM the claim is a pattern: each machine gets a partition beside it */
static void partition_is_made_after_its_claim(struct kunit *test)
{
	struct hvp_partition *claim = hvp_claim(ROOT, HVPERSONA_CLAIM_EVERY_VM, 3, 4), *pts[2];
	u32 i;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, claim);
	for (i = 0; i < ARRAY_SIZE(pts); i++) {
		pts[i] = hvp_partition_create(claim);
		KUNIT_ASSERT_NOT_NULL(test, pts[i]);
		KUNIT_EXPECT_EQ(test, pts[i]->handle, 0);
		KUNIT_EXPECT_EQ(test, pts[i]->role, ROOT);
		KUNIT_EXPECT_EQ(test, pts[i]->privileges_set, 3ULL);
		KUNIT_EXPECT_EQ(test, pts[i]->privileges_clear, 4ULL);
		KUNIT_EXPECT_EQ(test, hvp_partition_count(), i + 1);
		KUNIT_ASSERT_EQ(test, hvp_partition_activate(pts[i], &fake_ops, NULL, current), 0);
		KUNIT_EXPECT_NE(test, pts[i]->handle, claim->handle);
		KUNIT_EXPECT_PTR_EQ(test, pts[i]->owner, task_tgid(current));
		KUNIT_EXPECT_EQ(test, claim->state, HVPERSONA_STATE_CLAIMED);
	}
	drop_claim(test, claim);
	for (i = 0; i < ARRAY_SIZE(pts); i++) {
		hvp_partition_gone(pts[i]);
		hvp_partition_put(pts[i]);
	}
}

static void withdrawn_claim_cannot_be_activated(struct kunit *test)
{
	struct hvp_partition *pt = hvp_claim(GUEST, 0, 0, 0);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, pt);
	KUNIT_EXPECT_EQ(test, hvp_claim_withdraw(pt), 0);
	KUNIT_EXPECT_EQ(test, hvp_partition_activate(pt, &fake_ops, NULL, current), -ENOENT);
	hvp_partition_put(pt);
}

/* Guests share the host's instance, whose root, id 1, is the host itself */
static void guests_get_ids_of_the_hosts_instance(struct kunit *test)
{
	struct fake_vm *a = fake_vm_create(test, GUEST, 0, 1);
	struct fake_vm *b = fake_vm_create(test, GUEST, 0, 1);
	struct fake_vm *c;

	KUNIT_EXPECT_EQ(test, a->pt->id, 2ULL);
	KUNIT_EXPECT_EQ(test, b->pt->id, 3ULL);
	KUNIT_EXPECT_EQ(test, a->pt->parent_id, 1ULL);
	KUNIT_EXPECT_PTR_EQ(test, a->pt->instance, b->pt->instance);
	KUNIT_EXPECT_EQ(test, a->pt->instance->number, 0ULL);
	KUNIT_EXPECT_NE(test, a->pt->handle, b->pt->handle);
	/* An id is free again when its partition is gone, a handle is not used twice */
	fake_vm_destroy(a);
	c = fake_vm_create(test, GUEST, 0, 1);
	KUNIT_EXPECT_EQ(test, c->pt->id, 2ULL);
	KUNIT_EXPECT_GT(test, c->pt->handle, b->pt->handle);
	fake_vm_destroy(b);
	fake_vm_destroy(c);
}

static void each_root_has_an_instance_of_its_own(struct kunit *test)
{
	struct fake_vm *a = fake_vm_create(test, ROOT, 0, 1);
	struct fake_vm *b = fake_vm_create(test, ROOT, 0, 1);
	struct fake_vm *guest = fake_vm_create(test, GUEST, 0, 1);

	KUNIT_EXPECT_EQ(test, a->pt->id, 1ULL);
	KUNIT_EXPECT_EQ(test, b->pt->id, 1ULL);
	KUNIT_EXPECT_EQ(test, a->pt->parent_id, 0ULL);
	KUNIT_EXPECT_PTR_NE(test, a->pt->instance, b->pt->instance);
	KUNIT_EXPECT_PTR_NE(test, a->pt->instance, guest->pt->instance);
	KUNIT_EXPECT_NE(test, a->pt->instance->number, 0ULL);
	KUNIT_EXPECT_NE(test, a->pt->instance->number, b->pt->instance->number);
	KUNIT_EXPECT_EQ(test, guest->pt->id, 2ULL);
	fake_vm_destroy(a);
	fake_vm_destroy(guest);
	fake_vm_destroy(b);
}

static void partitions_are_enumerated_by_handle(struct kunit *test)
{
	struct fake_vm *vms[5];
	u32 i, handle = 0;

	for (i = 0; i < ARRAY_SIZE(vms); i++)
		vms[i] = fake_vm_create(test, i % 2 ? ROOT : GUEST, 0, 0);
	for (i = 0; i < ARRAY_SIZE(vms); i++) {
		handle = hvp_partition_next(handle);
		KUNIT_EXPECT_EQ(test, handle, vms[i]->pt->handle);
	}
	KUNIT_EXPECT_EQ(test, hvp_partition_next(handle), 0);
	fake_vm_destroy(vms[2]);
	KUNIT_EXPECT_EQ(test, hvp_partition_next(vms[1]->pt->handle), vms[3]->pt->handle);
	KUNIT_EXPECT_EQ(test, hvp_partition_next(U32_MAX), 0);
	for (i = 0; i < ARRAY_SIZE(vms); i++)
		if (i != 2)
			fake_vm_destroy(vms[i]);
}

static void number_of_partitions_is_limited(struct kunit *test)
{
	struct hvp_partition **pts, *more;
	u32 i;

	pts = kunit_kcalloc(test, HVP_MAX_PARTITIONS, sizeof(*pts), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, pts);
	for (i = 0; i < HVP_MAX_PARTITIONS; i++) {
		pts[i] = hvp_partition_alloc(GUEST, 0, 0, 0);
		KUNIT_ASSERT_NOT_NULL(test, pts[i]);
		KUNIT_ASSERT_EQ(test, hvp_partition_activate(pts[i], &fake_ops, NULL, current), 0);
	}
	KUNIT_EXPECT_EQ(test, hvp_partition_count(), 1024);

	more = hvp_claim(GUEST, 0, 0, 0);
	KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(more), -ENOSPC);
	more = hvp_partition_alloc(GUEST, 0, 0, 0);
	KUNIT_ASSERT_NOT_NULL(test, more);
	KUNIT_EXPECT_EQ(test, hvp_partition_activate(more, &fake_ops, NULL, current), -ENOSPC);
	/* The failure left the id free */
	hvp_partition_gone(pts[1023]);
	KUNIT_EXPECT_EQ(test, hvp_partition_activate(more, &fake_ops, NULL, current), 0);
	KUNIT_EXPECT_EQ(test, more->id, pts[1023]->id);
	hvp_partition_gone(more);
	hvp_partition_put(more);
	hvp_partition_put(pts[1023]);
	for (i = 0; i < HVP_MAX_PARTITIONS - 1; i++) {
		hvp_partition_gone(pts[i]);
		hvp_partition_put(pts[i]);
	}
}

static void partition_outlives_its_machine_while_referenced(struct kunit *test)
{
	struct fake_vm *vm = fake_vm_create(test, GUEST, 0, 2);
	struct hvp_partition *pt = hvp_partition_get(vm->pt);

	fake_vm_destroy(vm);
	KUNIT_EXPECT_EQ(test, pt->state, HVPERSONA_STATE_GONE);
	KUNIT_EXPECT_EQ(test, pt->vp_count, 0);
	KUNIT_EXPECT_NULL(test, hvp_vp_find(pt, 0));
	hvp_partition_put(pt);
}

static void vps_are_found_by_index(struct kunit *test)
{
	struct fake_vm *vm = fake_vm_create(test, GUEST, 0, 3);
	struct fake_vp *last = fake_vp_add(vm, 4095);
	u32 i;

	for (i = 0; i < 3; i++)
		KUNIT_EXPECT_PTR_EQ(test, hvp_vp_find(vm->pt, i), vm->vps[i].vp);
	KUNIT_EXPECT_PTR_EQ(test, hvp_vp_find(vm->pt, 4095), last->vp);
	KUNIT_EXPECT_NULL(test, hvp_vp_find(vm->pt, 3));
	KUNIT_EXPECT_NULL(test, hvp_vp_find(vm->pt, 4096));
	KUNIT_EXPECT_NULL(test, hvp_vp_find(vm->pt, U32_MAX));
	KUNIT_EXPECT_EQ(test, vm->pt->vp_count, 4);
	fake_vm_destroy(vm);
}

static void vp_index_is_unique_and_limited(struct kunit *test)
{
	struct fake_vm *vm = fake_vm_create(test, GUEST, 0, 1);

	KUNIT_EXPECT_EQ(test, PTR_ERR(hvp_vp_create(vm->pt, 0, &vm->vps[0])), -EEXIST);
	KUNIT_EXPECT_EQ(test, PTR_ERR(hvp_vp_create(vm->pt, 4096, &vm->vps[0])), -ENOSPC);
	KUNIT_EXPECT_EQ(test, PTR_ERR(hvp_vp_create(vm->pt, U32_MAX, &vm->vps[0])), -ENOSPC);
	KUNIT_EXPECT_EQ(test, vm->pt->vp_count, 1);
	fake_vm_destroy(vm);
}

static void expect_indexes(struct kunit *test, struct fake_vm *vm, const u32 *indexes)
{
	u32 i;

	KUNIT_EXPECT_EQ(test, vm->pt->vp_count, vm->vp_count);
	for (i = 0; i < vm->vp_count; i++) {
		KUNIT_EXPECT_EQ(test, vm->vps[i].vp->index, indexes[i]);
		KUNIT_EXPECT_PTR_EQ(test, hvp_vp_find(vm->pt, indexes[i]), vm->vps[i].vp);
	}
}

static void number(struct fake_vm *vm, const u32 *indexes)
{
	u32 i;

	for (i = 0; i < vm->vp_count; i++)
		vm->vps[i].index = indexes[i];
	hvp_vp_reindex(vm->pt);
}

static void vps_follow_the_vmms_numbering(struct kunit *test)
{
	static const u32 swapped[] = { 2, 1, 0 }, apart[] = { 100, 4095, 2 };
	struct fake_vm *vm = fake_vm_create(test, GUEST, 0, 3);

	number(vm, swapped);
	expect_indexes(test, vm, swapped);
	number(vm, apart);
	expect_indexes(test, vm, apart);
	KUNIT_EXPECT_NULL(test, hvp_vp_find(vm->pt, 0));
	KUNIT_EXPECT_NULL(test, hvp_vp_find(vm->pt, 1));
	fake_vm_destroy(vm);
}

static void impossible_numbering_changes_nothing(struct kunit *test)
{
	static const u32 start[] = { 0, 1, 2 }, twice[] = { 1, 1, 2 }, beyond[] = { 1, 0, 4096 };
	struct fake_vm *vm = fake_vm_create(test, GUEST, 0, 3);

	number(vm, twice);
	expect_indexes(test, vm, start);
	number(vm, beyond);
	expect_indexes(test, vm, start);
	fake_vm_destroy(vm);
}

/* Each allocation of renumbering fails in turn, and leaves all as it was */
static void numbering_survives_every_allocation_failure(struct kunit *test)
{
	static const u32 start[] = { 0, 1, 2 }, apart[] = { 1000, 2000, 3000 };
	struct fake_vm *vm = fake_vm_create(test, GUEST, 0, 3);
	u32 nth;

	for (nth = 1; nth < 100; nth++) {
		fake_fail_nth(nth);
		number(vm, apart);
		if (!fake_has_failed())
			break;
		expect_indexes(test, vm, start);
		KUNIT_EXPECT_NULL(test, hvp_vp_find(vm->pt, 1000));
	}
	fake_fail_nth(0);
	KUNIT_EXPECT_GT(test, nth, 1);
	expect_indexes(test, vm, apart);
	/* No index that was reserved on the way stays taken */
	vm->vps[0].index = 0;
	hvp_vp_reindex(vm->pt);
	fake_vp_add(vm, 1000);
	fake_vm_destroy(vm);
}

static void claim_survives_every_allocation_failure(struct kunit *test)
{
	struct hvp_partition *pt;
	u32 nth;

	for (nth = 1; nth < 100; nth++) {
		fake_fail_nth(nth);
		pt = hvp_claim(ROOT, 0, 0, 0);
		if (!fake_has_failed())
			break;
		KUNIT_EXPECT_EQ(test, PTR_ERR(pt), -ENOMEM);
		KUNIT_EXPECT_EQ(test, hvp_partition_count(), 0);
		KUNIT_EXPECT_NULL(test, hvp_claim_for_current());
	}
	fake_fail_nth(0);
	KUNIT_EXPECT_GT(test, nth, 1);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, pt);
	drop_claim(test, pt);
}

static void activation_survives_every_allocation_failure(struct kunit *test)
{
	static const u32 roles[] = { GUEST, ROOT };
	u32 i, nth, listed;

	for (i = 0; i < 2 * ARRAY_SIZE(roles); i++) {
		u32 role = roles[i / 2];
		struct hvp_partition *pt;

		/* A claim is listed before, a partition for a machine that exists is not */
		listed = i % 2;
		pt = listed ? hvp_claim(role, 0, 0, 0) : hvp_partition_alloc(role, 0, 0, 0);
		KUNIT_ASSERT_NOT_ERR_OR_NULL(test, pt);
		for (nth = 1; nth < 100; nth++) {
			int err;

			fake_fail_nth(nth);
			err = hvp_partition_activate(pt, &fake_ops, NULL, current);
			if (!fake_has_failed()) {
				KUNIT_ASSERT_EQ(test, err, 0);
				break;
			}
			KUNIT_EXPECT_EQ(test, err, -ENOMEM);
			KUNIT_EXPECT_EQ(test, hvp_partition_count(), listed);
			KUNIT_EXPECT_NULL(test, pt->instance);
			KUNIT_EXPECT_NE(test, pt->state, HVPERSONA_STATE_ACTIVE);
		}
		fake_fail_nth(0);
		KUNIT_EXPECT_GT(test, nth, 1);
		KUNIT_EXPECT_EQ(test, pt->id, pt->role == ROOT ? 1ULL : 2ULL);
		hvp_partition_gone(pt);
		hvp_partition_put(pt);
	}
}

static void vp_creation_survives_every_allocation_failure(struct kunit *test)
{
	struct fake_vm *vm = fake_vm_create(test, GUEST, 0, 1);
	struct hvp_vp *vp;
	u32 nth;

	for (nth = 1; nth < 100; nth++) {
		fake_fail_nth(nth);
		vp = hvp_vp_create(vm->pt, 1, &vm->vps[0]);
		if (!fake_has_failed())
			break;
		KUNIT_EXPECT_EQ(test, PTR_ERR(vp), -ENOMEM);
		KUNIT_EXPECT_EQ(test, vm->pt->vp_count, 1);
		KUNIT_EXPECT_NULL(test, hvp_vp_find(vm->pt, 1));
	}
	fake_fail_nth(0);
	KUNIT_EXPECT_GT(test, nth, 4);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, vp);
	fake_vm_destroy(vm);
}

static struct kunit_case registry_cases[] = {
	KUNIT_CASE(claim_is_listed_until_it_is_withdrawn),
	KUNIT_CASE(process_has_one_claim_at_a_time),
	KUNIT_CASE(claim_is_found_by_its_process),
	KUNIT_CASE(claim_is_not_found_by_others),
	KUNIT_CASE(activation_turns_a_claim_into_a_partition),
	KUNIT_CASE(partition_is_made_after_its_claim),
	KUNIT_CASE(withdrawn_claim_cannot_be_activated),
	KUNIT_CASE(guests_get_ids_of_the_hosts_instance),
	KUNIT_CASE(each_root_has_an_instance_of_its_own),
	KUNIT_CASE(partitions_are_enumerated_by_handle),
	KUNIT_CASE(number_of_partitions_is_limited),
	KUNIT_CASE(partition_outlives_its_machine_while_referenced),
	KUNIT_CASE(vps_are_found_by_index),
	KUNIT_CASE(vp_index_is_unique_and_limited),
	KUNIT_CASE(vps_follow_the_vmms_numbering),
	KUNIT_CASE(impossible_numbering_changes_nothing),
	KUNIT_CASE(numbering_survives_every_allocation_failure),
	KUNIT_CASE(claim_survives_every_allocation_failure),
	KUNIT_CASE(activation_survives_every_allocation_failure),
	KUNIT_CASE(vp_creation_survives_every_allocation_failure),
	{}
};

static struct kunit_suite registry_suite = {
	.name = "hvpersona_registry",
	.init = registry_init,
	.exit = registry_exit,
	.test_cases = registry_cases,
};

kunit_test_suites(&registry_suite);
