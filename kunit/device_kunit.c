// SPDX-License-Identifier: GPL-2.0
/* Devices of a root. Rules are those of the sheet's section "Devices, device domains and interrupts". */
#include "../hvpersona/device.h"
#include "../hvpersona/hv_abi/device.h"
#include "fed_child.h"

#define ATTACH		0x0082
#define DETACH		0x0083
#define GET_PROPERTY	0x00aa
#define SET_PROPERTY	0x00ab
#define PERSIST		0x00ed

#define DISK	0x4000000000000010ULL	/* 00:02.0 */
#define NIC	0x4000000000000018ULL

static u32 attach(struct fake_vm *vm, u64 partition, u64 device, u32 flags, u64 logical_id)
{
	const struct hvp_attach_device in = {
		.partition_id = partition, .device_id = device, .flags = flags,
		.logical_id = logical_id, .pci_capabilities = 0x123, .pf_rid = 7,
	};

	return HV_STATUS(fake_call(vm, ATTACH, &in, sizeof(in), NULL, 0));
}

static u32 detach(struct fake_vm *vm, u64 partition, u64 logical_id)
{
	const struct hvp_detach_device in = { partition, logical_id };

	return HV_STATUS(fake_call_fast(vm, DETACH, &in, sizeof(in), NULL, 0));
}

static u32 get_property(struct fake_vm *vm, u64 device, u32 code, u64 *value)
{
	const struct hvp_device_property in = { .device_id = device, .property = code };

	return HV_STATUS(fake_call_fast(vm, GET_PROPERTY, &in, 16, value, 16));
}

static void root_attaches_devices_to_itself(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	u64 value[2];

	fed_root(vm, FED_PAGE);
	KUNIT_EXPECT_EQ(test, get_property(vm, DISK, HVP_DEVICE_PARTITION, value), 0);
	KUNIT_EXPECT_EQ(test, value[0], 0);
	KUNIT_EXPECT_EQ(test, attach(vm, HV_PARTITION_ID_SELF, DISK, 0xfc | 1, 5), 0);
	KUNIT_EXPECT_EQ(test, get_property(vm, DISK, HVP_DEVICE_PARTITION, value), 0);
	KUNIT_EXPECT_EQ(test, value[0], vm->pt->id);
	KUNIT_EXPECT_EQ(test, value[1], 0);
	/* "Already attached", the device or its logical id */
	KUNIT_EXPECT_EQ(test, attach(vm, vm->pt->id, DISK, 1, 6), HV_STATUS_INVALID_DEVICE_STATE);
	KUNIT_EXPECT_EQ(test, attach(vm, vm->pt->id, NIC, 1, 5), HV_STATUS_INVALID_DEVICE_STATE);
	/* Without a logical id it is known by its own */
	KUNIT_EXPECT_EQ(test, attach(vm, vm->pt->id, NIC, 0, 5), 0);
	KUNIT_EXPECT_EQ(test, detach(vm, vm->pt->id, DISK), HV_STATUS_INVALID_DEVICE_ID);
	KUNIT_EXPECT_EQ(test, detach(vm, HV_PARTITION_ID_SELF, 5), 0);
	KUNIT_EXPECT_EQ(test, detach(vm, vm->pt->id, 5), HV_STATUS_INVALID_DEVICE_ID);
	KUNIT_EXPECT_EQ(test, detach(vm, vm->pt->id, NIC), 0);
	KUNIT_EXPECT_EQ(test, get_property(vm, DISK, HVP_DEVICE_PARTITION, value), 0);
	KUNIT_EXPECT_EQ(test, value[0], 0);
	KUNIT_EXPECT_EQ(test, vm->pt->pool.charged, 0);
}

static void bad_attachments_are_refused(struct kunit *test)
{
	static const u64 bad[] = { 0, 0x8000000000000000ULL, 0xc000000000000000ULL, DISK | BIT_ULL(51) };
	struct hvp_attach_device in = { .partition_id = HV_PARTITION_ID_SELF, .device_id = DISK };
	struct fake_vm *vm = test->priv;
	u64 value[2];
	u32 i;

	fed_root(vm, FED_PAGE);
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		KUNIT_EXPECT_EQ(test, attach(vm, vm->pt->id, bad[i], 0, 0), HV_STATUS_INVALID_DEVICE_ID);
		KUNIT_EXPECT_EQ(test, get_property(vm, bad[i], 1, value), HV_STATUS_INVALID_DEVICE_ID);
	}
	KUNIT_EXPECT_EQ(test, attach(vm, 77, DISK, 0, 0), HV_STATUS_INVALID_PARTITION_ID);
	KUNIT_EXPECT_EQ(test, attach(vm, vm->pt->id, DISK, 2, 0), HV_STATUS_INVALID_PARAMETER);
	KUNIT_EXPECT_EQ(test, attach(vm, vm->pt->id, DISK, 0x100, 0), HV_STATUS_INVALID_PARAMETER);
	in.vtl = 1;
	EXPECT_STATUS(test, fake_call(vm, ATTACH, &in, sizeof(in), NULL, 0), INVALID_VTL_STATE);
	in.vtl = 0;
	in.rsvd3 = 1;
	EXPECT_STATUS(test, fake_call(vm, ATTACH, &in, sizeof(in), NULL, 0), INVALID_PARAMETER);
	KUNIT_EXPECT_EQ(test, vm->pt->device_count, 0);
}

/* A device of a child would need a host's IOMMU */
static void children_have_no_devices(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	struct fed_child child;

	fed_child_create(vm, &child, 0);
	KUNIT_EXPECT_EQ(test, attach(vm, child.id, DISK, 0, 0), HV_STATUS_INVALID_DEVICE_ID);
	KUNIT_EXPECT_EQ(test, detach(vm, child.id, DISK), HV_STATUS_INVALID_DEVICE_ID);
}

static void the_pool_pays_and_gets_it_back(struct kunit *test)
{
	struct fake_vm *vm = test->priv;

	KUNIT_EXPECT_EQ(test, attach(vm, vm->pt->id, DISK, 0, 0), HV_STATUS_INSUFFICIENT_MEMORY);
	fed_root(vm, FED_PAGE);
	fake_fail_nth(1);
	KUNIT_EXPECT_NE(test, attach(vm, vm->pt->id, DISK, 0, 0), 0);
	fake_fail_nth(0);
	KUNIT_EXPECT_EQ(test, vm->pt->pool.charged, 0);
	KUNIT_EXPECT_EQ(test, attach(vm, vm->pt->id, DISK, 0, 0), 0);
	KUNIT_EXPECT_GT(test, vm->pt->pool.charged, 0);
	hvp_partition_reset(vm->pt);
	KUNIT_EXPECT_EQ(test, vm->pt->pool.charged, 0);
	KUNIT_EXPECT_EQ(test, vm->pt->device_count, 0);
	/* And what is attached when the machine goes is gone with it: fake_exit() */
	fed_root(vm, FED_PAGE);
	KUNIT_EXPECT_EQ(test, attach(vm, vm->pt->id, DISK, 0, 0), 0);
}

static void nothing_is_remapped(struct kunit *test)
{
	struct hvp_device_property in = { .device_id = DISK, .property = 1 };
	struct fake_vm *vm = test->priv;
	u64 value[2];
	u32 code;

	for (code = HVP_DEVICE_DMA_REMAPPED; code <= HVP_DEVICE_INTERRUPTS_REMAPPED; code++) {
		KUNIT_EXPECT_EQ(test, get_property(vm, DISK, code, value), 0);
		KUNIT_EXPECT_EQ(test, value[0], 0);
	}
	for (code = 0; code <= 4; code++) {
		in.property = code;
		KUNIT_EXPECT_EQ(test, HV_STATUS(fake_call(vm, SET_PROPERTY, &in, 32, NULL, 0)),
				code >= 1 && code <= 3 ? HV_STATUS_INVALID_PARAMETER :
							 HV_STATUS_UNKNOWN_PROPERTY);
	}
	KUNIT_EXPECT_EQ(test, get_property(vm, DISK, 0, value), HV_STATUS_UNKNOWN_PROPERTY);
	KUNIT_EXPECT_EQ(test, get_property(vm, DISK, 4, value), HV_STATUS_UNKNOWN_PROPERTY);
	in = (struct hvp_device_property) { .device_id = DISK, .property = 1, .rsvd = 1 };
	EXPECT_STATUS(test, fake_call(vm, GET_PROPERTY, &in, 16, value, 0), INVALID_PARAMETER);
	in = (struct hvp_device_property) { .device_id = 0, .property = 1 };
	EXPECT_STATUS(test, fake_call(vm, SET_PROPERTY, &in, 32, NULL, 0), INVALID_DEVICE_ID);
}

/* "May be answered with FEATURE_UNAVAILABLE" */
static void interrupts_do_not_persist(struct kunit *test)
{
	static const struct hvp_persist_device_interrupt in = { .device_id = DISK };
	struct fake_vm *vm = test->priv;

	EXPECT_STATUS(test, fake_call(vm, PERSIST, &in, sizeof(in), NULL, 0), FEATURE_UNAVAILABLE);
}

static void guests_are_refused(struct kunit *test)
{
	static const struct { u16 code; u8 size; } calls[] = {
		{ ATTACH, 40 }, { DETACH, 16 }, { GET_PROPERTY, 16 }, { SET_PROPERTY, 32 }, { PERSIST, 32 },
	};
	struct fake_vm *vm = fake_vm_create(test, HVPERSONA_ROLE_GUEST, ~0ULL, 1);
	u64 in[5] = { HV_PARTITION_ID_SELF, DISK };
	u32 i;

	KUNIT_ASSERT_NOT_NULL(test, vm);
	for (i = 0; i < ARRAY_SIZE(calls); i++)
		EXPECT_STATUS(test, fake_call(vm, calls[i].code, in, calls[i].size, NULL, 0),
			      ACCESS_DENIED);
	fake_vm_destroy(vm);
}

static struct kunit_case device_cases[] = {
	HVP_CASE(root_attaches_devices_to_itself, 0x0082, 0x0083, 0x00aa),
	HVP_CASE(bad_attachments_are_refused, 0x0082, 0x00aa),
	HVP_CASE(children_have_no_devices, 0x0082, 0x0083),
	HVP_CASE(the_pool_pays_and_gets_it_back, 0x0082),
	HVP_CASE(nothing_is_remapped, 0x00aa, 0x00ab),
	HVP_CASE(interrupts_do_not_persist, 0x00ed),
	HVP_CASE(guests_are_refused, 0x0082, 0x0083, 0x00aa, 0x00ab, 0x00ed),
	{}
};

static struct kunit_suite device_suite = {
	.name = "hvpersona_device",
	.init = fake_init_root,
	.exit = fake_exit,
	.test_cases = device_cases,
};

kunit_test_suite(device_suite);
