// SPDX-License-Identifier: GPL-2.0
/* A child partition as its parent has it before the first run. */
#include "fed_child.h"

#define CREATE		0x0040
#define INITIALIZE	0x0041
#define DEPOSIT		0x0048
#define MAP_GPA		0x004b
#define CREATE_VP	0x004e

/* A page for the root's own pool */
void fed_root(struct fake_vm *vm, u64 page)
{
	const u64 in[] = { HV_PARTITION_ID_SELF, page };

	EXPECT_STATUS(vm->test, fake_call(vm, DEPOSIT | HV_REPS(1), in, sizeof(in), NULL, 0), SUCCESS);
}

/**
 * fed_child_create - Make a child with VP 0 as Linux does
 * @vm: Root machine
 * @child: Filled
 * @flags: Creation flags besides the exo flag
 *
 * Its credit comes from the host, so that the pages FED_PAGE and following are all that can
 * be handed out. The test ends if it cannot be made. It goes with its parent.
 */
void fed_child_create(struct fake_vm *vm, struct fed_child *child, u64 flags)
{
	const struct hv_create_partition create = {
		.flags = HV_CREATE_EXO | flags,
		.compatibility = 0x0609,
	};
	struct hv_create_vp create_vp = {};
	u64 deposit[1 + FED_PAGES], done;
	u32 i;

	*child = (struct fed_child) { .vm = vm };
	KUNIT_ASSERT_EQ(vm->test, hvp_pool_deposit_host(&vm->pt->pool, 32, &done), 0);
	KUNIT_ASSERT_EQ(vm->test, fake_call(vm, CREATE, &create, sizeof(create), &child->id, 8),
			0ULL);
	child->pt = xa_load(&vm->pt->instance->partitions, child->id);
	KUNIT_ASSERT_NOT_NULL(vm->test, child->pt);
	KUNIT_ASSERT_EQ(vm->test, hvp_pool_deposit_host(&child->pt->pool, 64, &done), 0);

	deposit[0] = child->id;
	for (i = 0; i < FED_PAGES; i++)
		deposit[1 + i] = FED_PAGE + i;
	KUNIT_ASSERT_EQ(vm->test, HV_STATUS(fake_call(vm, DEPOSIT | HV_REPS(FED_PAGES), deposit,
						      sizeof(deposit), NULL, 0)), 0U);
	KUNIT_ASSERT_EQ(vm->test, fake_call(vm, INITIALIZE, &child->id, 8, NULL, 0), 0ULL);
	create_vp.partition_id = child->id;
	KUNIT_ASSERT_EQ(vm->test, fake_call(vm, CREATE_VP, &create_vp, sizeof(create_vp), NULL, 0),
			0ULL);
	child->vp = hvp_vp_find(child->pt, 0);
	KUNIT_ASSERT_NOT_NULL(vm->test, child->vp);
}

/* Act on the child as a call of @actor does; NULL is the host */
void fed_child_lock(struct fed_child *child, struct hvp_vp *actor)
{
	KUNIT_ASSERT_NOT_NULL(child->vm->test,
			      hvp_child_lock(hvp_partition_get(child->pt), actor));
}

void fed_child_unlock(struct fed_child *child)
{
	hvp_child_unlock(child->pt);
}

/* Map a page of the parent at a page of the child */
void fed_child_map(struct fed_child *child, u64 gfn, u64 source, u32 flags)
{
	const u64 in[] = { child->id, gfn, flags, source };

	KUNIT_ASSERT_EQ(child->vm->test,
			HV_STATUS(fake_call(child->vm, MAP_GPA | HV_REPS(1), in, sizeof(in),
					    NULL, 0)), 0U);
}

/* Registers by name, as they are in the file, without a call */
void fed_child_set(struct fed_child *child, u32 name, u64 low, u64 high)
{
	const union hvp_register_value value = { .low = low, .high = high };

	fed_child_lock(child, NULL);
	KUNIT_EXPECT_EQ_MSG(child->vm->test, (u32)hvp_file_set(child->vp, name, &value), 0U,
			    "register 0x%08x", name);
	fed_child_unlock(child);
}

u64 fed_child_get(struct fed_child *child, u32 name)
{
	u64 value;

	fed_child_lock(child, NULL);
	value = hvp_file_get64(child->vp, name);
	fed_child_unlock(child);
	return value;
}
