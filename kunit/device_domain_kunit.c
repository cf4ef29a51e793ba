// SPDX-License-Identifier: GPL-2.0
/*
 * Device domains of a root. Rules are those of the sheet's section "Devices, device domains and
 * interrupts"; what needs an IOMMU is refused with a status of the call's list.
 */
#include <linux/prandom.h>

#include "../hvpersona/device_domain.h"
#include "../hvpersona/hv_abi/device.h"
#include "../hvpersona/hv_abi/gpa.h"
#include "fed_child.h"

#define CREATE		0x00b1
#define ATTACH		0x00b2
#define MAP		0x00b3
#define UNMAP		0x00b4
#define DETACH		0x00c4
#define DELETE		0x00c5

#define DISK	0x4000000000000010ULL	/* 00:02.0 */
#define NIC	0x4000000000000018ULL

/* Stage 2, the number in the upper half */
#define DOMAIN(number)	((u64)(number) << 32)
#define DEFAULT		DOMAIN(0)
#define NULL_DOMAIN	DOMAIN(0xffffffff)

#define HV_RESULT(status, reps)	((u64)(reps) << 32 | (status))

#define READ_WRITE	(HV_MAP_GPA_READABLE | HV_MAP_GPA_WRITABLE)

static u32 create_as(struct fake_vm *vm, u64 partition, u8 vtl, u64 id, u32 flags)
{
	/* Linux does not clear the padding */
	const struct hvp_create_device_domain in = {
		.partition_id = partition, .owner_vtl = vtl, .padding = { 0x5a, 0x5a },
		.domain_id = id, .flags = flags,
	};

	return HV_STATUS(fake_call(vm, CREATE, &in, sizeof(in), NULL, 0));
}

static u32 create(struct fake_vm *vm, u64 id)
{
	return create_as(vm, HV_PARTITION_ID_SELF, 0, id, 0);
}

static u32 delete(struct fake_vm *vm, u64 id)
{
	const struct hvp_delete_device_domain in = {
		.partition_id = HV_PARTITION_ID_SELF, .domain_id = id,
	};

	return HV_STATUS(fake_call_fast(vm, DELETE, &in, sizeof(in), NULL, 0));
}

static u32 attach(struct fake_vm *vm, u64 id, u64 device)
{
	const struct hvp_attach_device_domain in = {
		.partition_id = HV_PARTITION_ID_SELF, .domain_id = id, .device_id = device,
	};

	return HV_STATUS(fake_call_fast(vm, ATTACH, &in, sizeof(in), NULL, 0));
}

static u32 detach(struct fake_vm *vm, u64 device)
{
	const struct hvp_detach_device_domain in = { HV_PARTITION_ID_SELF, device };

	return HV_STATUS(fake_call_fast(vm, DETACH, &in, sizeof(in), NULL, 0));
}

struct map_input {
	struct hvp_map_device_gpa fixed;
	u64 pages[8];
};

static struct map_input map_input(u64 id, u64 base)
{
	return (struct map_input) {
		.fixed = {
			.partition_id = HV_PARTITION_ID_SELF, .domain_id = id, .base = base,
			.flags = READ_WRITE,
		},
	};
}

static u64 map_list(struct fake_vm *vm, const struct map_input *in, u32 count)
{
	return fake_call(vm, MAP | HV_REPS(count), in, sizeof(in->fixed) + 8 * count, NULL, 0);
}

static u32 map(struct fake_vm *vm, u64 id, u64 page, u64 gfn, u32 flags)
{
	struct map_input in = map_input(id, page << 12);

	in.fixed.flags = flags;
	in.pages[0] = gfn;
	return HV_STATUS(map_list(vm, &in, 1));
}

static u64 unmap(struct fake_vm *vm, u64 id, u64 base, u32 count)
{
	const struct hvp_unmap_device_gpa in = {
		.partition_id = HV_PARTITION_ID_SELF, .domain_id = id, .base = base,
	};

	return fake_call_fast(vm, UNMAP | HV_REPS(count), &in, sizeof(in), NULL, 0);
}

static void a_domain_lives(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	struct map_input in;
	u32 i;

	fed_root(vm, FED_PAGE);
	KUNIT_EXPECT_EQ(test, create_as(vm, vm->pt->id, 0, DOMAIN(7), 3), 0);
	KUNIT_EXPECT_EQ(test, create(vm, DOMAIN(7)), HV_STATUS_INVALID_PARAMETER);
	KUNIT_EXPECT_EQ(test, attach(vm, DOMAIN(7), DISK), 0);
	KUNIT_EXPECT_EQ(test, attach(vm, DOMAIN(7), DISK), HV_STATUS_DEVICE_ALREADY_IN_DOMAIN);
	KUNIT_EXPECT_EQ(test, attach(vm, DEFAULT, DISK), HV_STATUS_DEVICE_ALREADY_IN_DOMAIN);
	in = map_input(DOMAIN(7), 0x80000);
	for (i = 0; i < 8; i++)
		in.pages[i] = 0x80 + i;
	KUNIT_EXPECT_EQ(test, map_list(vm, &in, 8), HV_RESULT(0, 8));
	KUNIT_EXPECT_EQ(test, vm->pt->domains.run_count, 1);
	KUNIT_EXPECT_EQ(test, delete(vm, DOMAIN(7)), HV_STATUS_OBJECT_IN_USE);
	KUNIT_EXPECT_EQ(test, unmap(vm, DOMAIN(7), 0x82000, 2), HV_RESULT(0, 2));
	KUNIT_EXPECT_EQ(test, vm->pt->domains.run_count, 2);
	/* Pages that are not mapped are none already */
	KUNIT_EXPECT_EQ(test, unmap(vm, DOMAIN(7), 0x82000, 0x100), HV_RESULT(0, 0x100));
	KUNIT_EXPECT_EQ(test, vm->pt->domains.run_count, 1);
	KUNIT_EXPECT_EQ(test, detach(vm, DISK), 0);
	KUNIT_EXPECT_EQ(test, detach(vm, DISK), HV_STATUS_INVALID_DEVICE_ID);
	KUNIT_EXPECT_EQ(test, delete(vm, DOMAIN(7)), 0);
	KUNIT_EXPECT_EQ(test, delete(vm, DOMAIN(7)), HV_STATUS_INVALID_PARAMETER);
	KUNIT_EXPECT_EQ(test, vm->pt->pool.charged, 0);
	KUNIT_EXPECT_EQ(test, vm->pt->domains.run_count, 0);
}

/* "Stage-2 ID 0 is the default domain, 0xFFFFFFFF the null domain (no DMA)" */
static void two_domains_are_always_there(struct kunit *test)
{
	static const u64 ids[] = { DEFAULT, NULL_DOMAIN };
	struct fake_vm *vm = test->priv;
	u32 i;

	fed_root(vm, FED_PAGE);
	for (i = 0; i < 2; i++) {
		KUNIT_EXPECT_EQ(test, create(vm, ids[i]), HV_STATUS_INVALID_PARAMETER);
		KUNIT_EXPECT_EQ(test, delete(vm, ids[i]), HV_STATUS_INVALID_PARAMETER);
		KUNIT_EXPECT_EQ(test, map(vm, ids[i], 1, 1, READ_WRITE), HV_STATUS_INVALID_PARAMETER);
		KUNIT_EXPECT_EQ(test, HV_STATUS(unmap(vm, ids[i], 0, 1)),
				HV_STATUS_INVALID_PARAMETER);
	}
	KUNIT_EXPECT_EQ(test, attach(vm, DEFAULT, DISK), 0);
	KUNIT_EXPECT_EQ(test, detach(vm, DISK), 0);
	/* Nobody could keep the device from DMA */
	KUNIT_EXPECT_EQ(test, attach(vm, NULL_DOMAIN, DISK), HV_STATUS_INVALID_DEVICE_ID);
	KUNIT_EXPECT_EQ(test, detach(vm, DISK), HV_STATUS_INVALID_DEVICE_ID);
	KUNIT_EXPECT_EQ(test, vm->pt->pool.charged, 0);
}

/* Without an IOMMU a device is given the guest's addresses: a page is where it is, or the domain waits */
static void devices_are_not_given_other_pages(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	struct map_input in;

	fed_root(vm, FED_PAGE);
	KUNIT_EXPECT_EQ(test, create(vm, DOMAIN(1)), 0);
	KUNIT_EXPECT_EQ(test, map(vm, DOMAIN(1), 5, 6, READ_WRITE), 0);
	KUNIT_EXPECT_EQ(test, attach(vm, DOMAIN(1), DISK), HV_STATUS_INVALID_DEVICE_ID);
	KUNIT_EXPECT_EQ(test, map(vm, DOMAIN(1), 5, 5, READ_WRITE), 0);
	KUNIT_EXPECT_EQ(test, attach(vm, DOMAIN(1), DISK), 0);
	KUNIT_EXPECT_EQ(test, attach(vm, DOMAIN(1), NIC), 0);
	in = map_input(DOMAIN(1), 0x8000);
	in.pages[0] = 8;
	in.pages[1] = 9;
	in.pages[2] = 12;
	KUNIT_EXPECT_EQ(test, map_list(vm, &in, 3), HV_RESULT(HV_STATUS_INVALID_PARAMETER, 2));
	KUNIT_EXPECT_EQ(test, detach(vm, DISK), 0);
	KUNIT_EXPECT_EQ(test, map(vm, DOMAIN(1), 5, 6, READ_WRITE), HV_STATUS_INVALID_PARAMETER);
	KUNIT_EXPECT_EQ(test, detach(vm, NIC), 0);
	KUNIT_EXPECT_EQ(test, map(vm, DOMAIN(1), 5, 6, READ_WRITE), 0);
	KUNIT_EXPECT_EQ(test, attach(vm, DOMAIN(1), DISK), HV_STATUS_INVALID_DEVICE_ID);
	KUNIT_EXPECT_EQ(test, unmap(vm, DOMAIN(1), 0x5000, 1), HV_RESULT(0, 1));
	KUNIT_EXPECT_EQ(test, attach(vm, DOMAIN(1), DISK), 0);
}

static void bad_operands_are_refused(struct kunit *test)
{
	static const u64 ids[] = { DOMAIN(2), DOMAIN(1) | 1, DOMAIN(1) | 2, DOMAIN(1) | 16 };
	static const u64 devices[] = { 0, 5, 0x8000000000000000ULL, 0xc000000000000000ULL,
				       DISK | BIT_ULL(51) };
	struct fake_vm *vm = test->priv;
	struct map_input in;
	u32 i;

	fed_root(vm, FED_PAGE);
	KUNIT_EXPECT_EQ(test, create(vm, DOMAIN(1)), 0);
	for (i = 0; i < ARRAY_SIZE(ids); i++) {
		/* Stage 1 has the guest's page tables, which only hardware walks */
		if (i)
			KUNIT_EXPECT_EQ(test, create(vm, ids[i]), HV_STATUS_INVALID_PARAMETER);
		KUNIT_EXPECT_EQ(test, delete(vm, ids[i]), HV_STATUS_INVALID_PARAMETER);
		KUNIT_EXPECT_EQ(test, attach(vm, ids[i], DISK), HV_STATUS_INVALID_PARAMETER);
		KUNIT_EXPECT_EQ(test, map(vm, ids[i], 1, 1, READ_WRITE), HV_STATUS_INVALID_PARAMETER);
		KUNIT_EXPECT_EQ(test, HV_STATUS(unmap(vm, ids[i], 0, 1)),
				HV_STATUS_INVALID_PARAMETER);
	}
	for (i = 0; i < ARRAY_SIZE(devices); i++) {
		KUNIT_EXPECT_EQ(test, attach(vm, DOMAIN(1), devices[i]), HV_STATUS_INVALID_DEVICE_ID);
		KUNIT_EXPECT_EQ(test, detach(vm, devices[i]), HV_STATUS_INVALID_DEVICE_ID);
	}
	KUNIT_EXPECT_EQ(test, create_as(vm, 77, 0, DOMAIN(3), 0), HV_STATUS_INVALID_PARTITION_ID);
	KUNIT_EXPECT_EQ(test, create_as(vm, vm->pt->id, 0x20, DOMAIN(3), 0),
			HV_STATUS_INVALID_PARAMETER);
	KUNIT_EXPECT_EQ(test, create_as(vm, vm->pt->id, 0x11, DOMAIN(3), 0), HV_STATUS_ACCESS_DENIED);
	KUNIT_EXPECT_EQ(test, create_as(vm, vm->pt->id, 0, DOMAIN(3), 4),
			HV_STATUS_INVALID_PARAMETER);

	KUNIT_EXPECT_EQ(test, map(vm, DOMAIN(1), 1, 1, 0), HV_STATUS_INVALID_PARAMETER);
	KUNIT_EXPECT_EQ(test, map(vm, DOMAIN(1), 1, 1, READ_WRITE | HV_MAP_GPA_LARGE_PAGE),
			HV_STATUS_INVALID_PARAMETER);
	in = map_input(DOMAIN(1), 0x1800);
	KUNIT_EXPECT_EQ(test, map_list(vm, &in, 1), (u64)HV_STATUS_INVALID_PARAMETER);
	KUNIT_EXPECT_EQ(test, unmap(vm, DOMAIN(1), 0x1800, 1), (u64)HV_STATUS_INVALID_PARAMETER);
	in = map_input(DOMAIN(1), 0x1000);
	in.fixed.target_vtl = 0x11;
	KUNIT_EXPECT_EQ(test, map_list(vm, &in, 1), (u64)HV_STATUS_ACCESS_DENIED);
	/* Spaces end with 52 bits, the guest's own with what its CPUID says */
	in = map_input(DOMAIN(1), 0xffffffffff000ULL);
	KUNIT_EXPECT_EQ(test, map_list(vm, &in, 2), HV_RESULT(HV_STATUS_INVALID_PARAMETER, 1));
	KUNIT_EXPECT_EQ(test, unmap(vm, DOMAIN(1), 0xffffffffff000ULL, 2),
			HV_RESULT(HV_STATUS_INVALID_PARAMETER, 1));
	in = map_input(DOMAIN(1), 0xfffffffffffff000ULL);
	KUNIT_EXPECT_EQ(test, map_list(vm, &in, 2), (u64)HV_STATUS_INVALID_PARAMETER);
	KUNIT_EXPECT_EQ(test, map(vm, DOMAIN(1), 1, BIT_ULL(vm->vp->pa_bits - 12), READ_WRITE),
			HV_STATUS_INVALID_PARAMETER);
	/* What is deposited is not the root's to hand on */
	KUNIT_EXPECT_EQ(test, map(vm, DOMAIN(1), 1, FED_PAGE, HV_MAP_GPA_READABLE),
			HV_STATUS_ACCESS_DENIED);
	KUNIT_EXPECT_EQ(test, vm->pt->domains.run_count, 0);
}

static void children_and_guests_have_none(struct kunit *test)
{
	struct fake_vm *vm = test->priv, *guest;
	struct hvp_attach_device_domain in;
	struct fed_child child;
	struct map_input list;

	fed_child_create(vm, &child, 0);
	fed_root(vm, FED_PAGE + FED_PAGES);
	KUNIT_EXPECT_EQ(test, create_as(vm, child.id, 0, DOMAIN(1), 0), HV_STATUS_ACCESS_DENIED);
	KUNIT_EXPECT_EQ(test, create(vm, DOMAIN(1)), 0);
	in = (struct hvp_attach_device_domain) {
		.partition_id = child.id, .domain_id = DOMAIN(1), .device_id = DISK,
	};
	EXPECT_STATUS(test, fake_call(vm, ATTACH, &in, 32, NULL, 0), INVALID_DEVICE_ID);
	EXPECT_STATUS(test, fake_call(vm, DELETE, &in, 24, NULL, 0), INVALID_PARAMETER);
	EXPECT_STATUS(test, fake_call(vm, UNMAP | HV_REPS(1), &in, 32, NULL, 0), INVALID_PARAMETER);
	in.owner_vtl = 0x11;
	EXPECT_STATUS(test, fake_call(vm, DELETE, &in, 24, NULL, 0), INVALID_VTL_STATE);
	list = map_input(DOMAIN(1), 0);
	list.fixed.partition_id = child.id;
	KUNIT_EXPECT_EQ(test, map_list(vm, &list, 1), (u64)HV_STATUS_INVALID_PARAMETER);

	guest = fake_vm_create(test, HVPERSONA_ROLE_GUEST, 0, 1);
	KUNIT_ASSERT_NOT_NULL(test, guest);
	KUNIT_EXPECT_EQ(test, create(guest, DOMAIN(1)), HV_STATUS_ACCESS_DENIED);
	KUNIT_EXPECT_EQ(test, delete(guest, DOMAIN(1)), HV_STATUS_ACCESS_DENIED);
	KUNIT_EXPECT_EQ(test, attach(guest, DOMAIN(1), DISK), HV_STATUS_ACCESS_DENIED);
	KUNIT_EXPECT_EQ(test, detach(guest, DISK), HV_STATUS_ACCESS_DENIED);
	KUNIT_EXPECT_EQ(test, map(guest, DOMAIN(1), 1, 1, READ_WRITE), HV_STATUS_ACCESS_DENIED);
	KUNIT_EXPECT_EQ(test, HV_STATUS(unmap(guest, DOMAIN(1), 0, 1)), HV_STATUS_ACCESS_DENIED);
	fake_vm_destroy(guest);
}

static void the_pool_pays_for_all(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	u32 i, charged;

	KUNIT_EXPECT_EQ(test, create(vm, DOMAIN(1)), HV_STATUS_INSUFFICIENT_MEMORY);
	KUNIT_EXPECT_EQ(test, attach(vm, DEFAULT, DISK), HV_STATUS_INSUFFICIENT_MEMORY);
	fed_root(vm, FED_PAGE);
	fake_fail_nth(1);
	KUNIT_EXPECT_NE(test, create(vm, DOMAIN(1)), 0);
	fake_fail_nth(1);
	KUNIT_EXPECT_NE(test, attach(vm, DEFAULT, DISK), 0);
	fake_fail_nth(0);
	KUNIT_EXPECT_EQ(test, vm->pt->pool.charged, 0);
	KUNIT_EXPECT_EQ(test, create(vm, DOMAIN(1)), 0);
	KUNIT_EXPECT_EQ(test, attach(vm, DEFAULT, DISK), 0);
	charged = vm->pt->pool.charged;
	fake_fail_nth(1);
	KUNIT_EXPECT_EQ(test, map(vm, DOMAIN(1), 0x101, 0x100, READ_WRITE), HV_STATUS_NO_RESOURCES);
	fake_fail_nth(0);
	KUNIT_EXPECT_EQ(test, vm->pt->pool.charged, charged);
	KUNIT_EXPECT_EQ(test, vm->pt->domains.run_count, 0);
	/* Runs that do not touch, until the page that was deposited is used up */
	for (i = 0; !map(vm, DOMAIN(1), 0x101 + 2 * i, 0x100 + 2 * i, READ_WRITE); i++)
		KUNIT_EXPECT_EQ(test, vm->pt->pool.charged, charged + (i + 1) * HVP_GPA_RANGE_COST);
	KUNIT_EXPECT_EQ(test, i, (HVP_PAGE_CREDIT - charged) / HVP_GPA_RANGE_COST);
	KUNIT_EXPECT_EQ(test, map(vm, DOMAIN(1), 0x801, 0x800, READ_WRITE),
			HV_STATUS_INSUFFICIENT_MEMORY);
	/* Filling the gap between two runs makes them one, of which no middle can be taken twice */
	KUNIT_EXPECT_EQ(test, map(vm, DOMAIN(1), 0x102, 0x101, READ_WRITE), 0);
	KUNIT_EXPECT_EQ(test, vm->pt->domains.run_count, i - 1);
	KUNIT_EXPECT_EQ(test, map(vm, DOMAIN(1), 0x104, 0x103, READ_WRITE), 0);
	KUNIT_EXPECT_EQ(test, map(vm, DOMAIN(1), 0x106, 0x105, READ_WRITE), 0);
	KUNIT_EXPECT_EQ(test, unmap(vm, DOMAIN(1), 0x104000, 1), HV_RESULT(0, 1));
	KUNIT_EXPECT_EQ(test, map(vm, DOMAIN(1), 0x801, 0x800, READ_WRITE), 0);
	KUNIT_EXPECT_EQ(test, map(vm, DOMAIN(1), 0x803, 0x802, READ_WRITE), 0);
	KUNIT_EXPECT_EQ(test, HV_STATUS(unmap(vm, DOMAIN(1), 0x102000, 1)),
			HV_STATUS_INSUFFICIENT_MEMORY);
	KUNIT_EXPECT_EQ(test, vm->pt->domains.run_count, i);
	hvp_partition_reset(vm->pt);
	KUNIT_EXPECT_EQ(test, vm->pt->pool.charged, 0);
	KUNIT_EXPECT_EQ(test, vm->pt->domains.count, 0);
	KUNIT_EXPECT_EQ(test, vm->pt->domains.member_count, 0);
	KUNIT_EXPECT_EQ(test, vm->pt->domains.run_count, 0);
	/* And what is there when the machine goes is gone with it: fake_exit() */
	fed_root(vm, FED_PAGE);
	KUNIT_EXPECT_EQ(test, create(vm, DOMAIN(1)), 0);
	KUNIT_EXPECT_EQ(test, map(vm, DOMAIN(1), 1, 1, READ_WRITE), 0);
	KUNIT_EXPECT_EQ(test, attach(vm, DOMAIN(1), DISK), 0);
}

static void domains_and_devices_are_limited(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	u32 i;

	vm->pt->pool.unlimited = true;
	for (i = 1; i <= HVP_MAX_DEVICE_DOMAINS; i++)
		KUNIT_ASSERT_EQ(test, create(vm, DOMAIN(i)), 0);
	KUNIT_EXPECT_EQ(test, create(vm, DOMAIN(i)), HV_STATUS_INSUFFICIENT_DEVICE_DOMAINS);
	KUNIT_EXPECT_EQ(test, delete(vm, DOMAIN(9)), 0);
	KUNIT_EXPECT_EQ(test, create(vm, DOMAIN(i)), 0);
	for (i = 0; i < HVP_MAX_DEVICES; i++)
		KUNIT_ASSERT_EQ(test, attach(vm, DEFAULT, DISK + i), 0);
	KUNIT_EXPECT_EQ(test, attach(vm, DEFAULT, DISK + i), HV_STATUS_NO_RESOURCES);
	KUNIT_EXPECT_EQ(test, detach(vm, DISK), 0);
	KUNIT_EXPECT_EQ(test, attach(vm, DEFAULT, DISK + i), 0);
	/* Rather than a million pages one that would be one too many */
	vm->pt->domains.run_count += HVP_MAX_DOMAIN_RUNS - 1;
	KUNIT_EXPECT_EQ(test, map(vm, DOMAIN(1), 1, 1, READ_WRITE), 0);
	KUNIT_EXPECT_EQ(test, map(vm, DOMAIN(1), 2, 2, READ_WRITE), 0);
	KUNIT_EXPECT_EQ(test, map(vm, DOMAIN(1), 4, 4, READ_WRITE), HV_STATUS_NO_RESOURCES);
	vm->pt->domains.run_count -= HVP_MAX_DOMAIN_RUNS - 1;
}

/* A large domain is deleted in several steps, and cannot be named meanwhile */
static void deletion_is_continued(struct kunit *test)
{
	const struct hvp_delete_device_domain in = {
		.partition_id = HV_PARTITION_ID_SELF, .domain_id = DOMAIN(1),
	};
	struct hvp_call call = { .control = DELETE | HV_CONTROL_FAST, .long_mode = true };
	struct fake_vm *vm = test->priv;
	u32 i;

	vm->pt->pool.unlimited = true;
	KUNIT_EXPECT_EQ(test, create(vm, DOMAIN(1)), 0);
	for (i = 0; i < 1500; i++)
		KUNIT_ASSERT_EQ(test, map(vm, DOMAIN(1), 2 * i, 2 * i, READ_WRITE), 0);
	memcpy(call.fast, &in, sizeof(in));
	memcpy(vm->vps[0].xmm, call.fast + 2, 8);
	KUNIT_EXPECT_EQ(test, (u32)fake_dispatch(vm, &call), (u32)HVP_CONTINUE);
	KUNIT_EXPECT_EQ(test, vm->pt->domains.run_count, 1500 - 1024);
	KUNIT_EXPECT_EQ(test, map(vm, DOMAIN(1), 1, 1, READ_WRITE), HV_STATUS_INVALID_PARAMETER);
	KUNIT_EXPECT_EQ(test, attach(vm, DOMAIN(1), DISK), HV_STATUS_INVALID_PARAMETER);
	KUNIT_EXPECT_EQ(test, create(vm, DOMAIN(1)), HV_STATUS_INVALID_PARAMETER);
	KUNIT_EXPECT_EQ(test, (u32)fake_dispatch(vm, &call), (u32)HVP_DONE);
	KUNIT_EXPECT_EQ(test, HV_STATUS(call.result), 0);
	KUNIT_EXPECT_EQ(test, create(vm, DOMAIN(1)), 0);
}

#define MODEL_PAGES	48
#define MODEL_GFN	0x100


/* What there should be: runs of pages with equal rights and distance, and pages that are moved */
static void expect_as_model(struct fake_vm *vm, const u64 *gfns, const u32 *flags, u64 charged)
{
	u32 runs = 0, moved = 0, i;

	for (i = 0; i < MODEL_PAGES; i++) {
		if (!flags[i])
			continue;
		moved += gfns[i] != MODEL_GFN + i;
		runs += !i || flags[i - 1] != flags[i] || gfns[i - 1] + 1 != gfns[i];
	}
	KUNIT_EXPECT_EQ(vm->test, vm->pt->domains.run_count, runs);
	KUNIT_EXPECT_EQ(vm->test, vm->pt->pool.charged, charged + runs * HVP_GPA_RANGE_COST);
	/* The one thing that a device sees of it */
	if (moved) {
		KUNIT_EXPECT_EQ(vm->test, attach(vm, DOMAIN(1), DISK), HV_STATUS_INVALID_DEVICE_ID);
	} else {
		KUNIT_EXPECT_EQ(vm->test, attach(vm, DOMAIN(1), DISK), 0);
		KUNIT_EXPECT_EQ(vm->test, detach(vm, DISK), 0);
	}
}

static void books_agree_with_a_model(struct kunit *test)
{
	static const u32 rights[] = { HV_MAP_GPA_READABLE, READ_WRITE, READ_WRITE };
	u32 flags[MODEL_PAGES] = {}, i, page;
	u64 gfns[MODEL_PAGES] = {}, charged;
	struct fake_vm *vm = test->priv;
	struct rnd_state rnd;

	fed_root(vm, FED_PAGE);
	fed_root(vm, FED_PAGE + 1);
	KUNIT_EXPECT_EQ(test, create(vm, DOMAIN(1)), 0);
	charged = vm->pt->pool.charged;
	prandom_seed_state(&rnd, 20261127);
	for (i = 0; i < 20000; i++) {
		page = prandom_u32_state(&rnd) % MODEL_PAGES;
		if (prandom_u32_state(&rnd) % 4) {
			flags[page] = rights[prandom_u32_state(&rnd) % ARRAY_SIZE(rights)];
			/* Now and then there are phases without moved pages */
			gfns[page] = MODEL_GFN + page + (i / 2000 % 2 ? 0 : prandom_u32_state(&rnd) % 3);
			KUNIT_ASSERT_EQ(test, map(vm, DOMAIN(1), MODEL_GFN + page, gfns[page],
						      flags[page]), 0);
		} else {
			flags[page] = 0;
			KUNIT_ASSERT_EQ(test, unmap(vm, DOMAIN(1), (MODEL_GFN + page) << 12, 1),
					HV_RESULT(0, 1));
		}
		expect_as_model(vm, gfns, flags, charged);
	}
}

static struct kunit_case device_domain_cases[] = {
	HVP_CASE(a_domain_lives, 0x00b1, 0x00b2, 0x00b3, 0x00b4, 0x00c4, 0x00c5),
	HVP_CASE(two_domains_are_always_there, 0x00b1, 0x00b2, 0x00b3, 0x00b4, 0x00c5),
	HVP_CASE(devices_are_not_given_other_pages, 0x00b2, 0x00b3),
	HVP_CASE(bad_operands_are_refused, 0x00b1, 0x00b2, 0x00b3, 0x00b4, 0x00c4, 0x00c5),
	HVP_CASE(children_and_guests_have_none, 0x00b1, 0x00b2, 0x00b3, 0x00b4, 0x00c4, 0x00c5),
	HVP_CASE(the_pool_pays_for_all, 0x00b1, 0x00b2, 0x00b3, 0x00b4),
	HVP_CASE(domains_and_devices_are_limited, 0x00b1, 0x00b2, 0x00b3, 0x00c5),
	HVP_CASE(deletion_is_continued, 0x00c5),
	HVP_CASE(books_agree_with_a_model, 0x00b3, 0x00b4),
	{}
};

static struct kunit_suite device_domain_suite = {
	.name = "hvpersona_device_domain",
	.init = fake_init_root,
	.exit = fake_exit,
	.test_cases = device_domain_cases,
};

kunit_test_suite(device_domain_suite);
