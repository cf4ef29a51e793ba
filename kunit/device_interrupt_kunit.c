// SPDX-License-Identifier: GPL-2.0
/*
 * Interrupts of a machine's devices. Rules are those of the sheet's section "Devices, device
 * domains and interrupts", values those of linux-clients.md section 5.2.
 */
#include "../hvpersona/device_interrupt.h"
#include "fake_table.h"

#define MAP	0x007c
#define UNMAP	0x007d

#define IOAPIC	0x8000000000000000ULL
#define DISK	0x4000000000000010ULL	/* 00:02.0 */

#define APIC_ID(vp)	(0x20 + (vp))

static int device_init(struct kunit *test)
{
	struct fake_vm *vm;
	int err = fake_init_root(test);
	u32 i;

	if (err)
		return err;
	vm = test->priv;
	for (i = 0; i < vm->vp_count; i++)
		vm->vps[i].apic.id = APIC_ID(i);
	return 0;
}

struct map_input {
	struct hvp_map_device_interrupt fixed;
	u64 var[3];
};

/* As Linux sends it: a processor set with one VP, in a variable header of two qwords */
static struct map_input as_linux(struct fake_vm *vm, u64 device, u32 vector, u32 vp)
{
	return (struct map_input) {
		.fixed = {
			.partition_id = vm->pt->id, .device_id = device, .vector_count = 1,
			.target = { .vector = vector, .flags = HVP_TARGET_SET },
		},
		.var = { 1, BIT_ULL(vp) },
	};
}

static u32 map(struct fake_vm *vm, const struct map_input *in, u32 var,
	       struct hvp_interrupt_entry *entry)
{
	u64 out[7];
	u32 status = HV_STATUS(fake_call(vm, MAP | HV_VAR(var), in, sizeof(in->fixed) + 8 * var,
					 out, sizeof(out)));

	memcpy(entry, out, sizeof(*entry));
	if (!status)
		KUNIT_EXPECT_TRUE(vm->test, !memchr_inv(out + 2, 0, sizeof(out) - sizeof(*entry)));
	return status;
}

static u32 unmap(struct fake_vm *vm, u64 device, const struct hvp_interrupt_entry *entry, u32 flags)
{
	const struct hvp_unmap_device_interrupt in = {
		.partition_id = vm->pt->id, .device_id = device, .entry = *entry, .flags = flags,
	};

	return HV_STATUS(fake_call(vm, UNMAP, &in, sizeof(in), NULL, 0));
}

/* Vector as asked, fixed, physical, the APIC id in bits 56 to 63 */
static void pin_gets_an_rte(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	struct map_input in = as_linux(vm, IOAPIC, 0x30, 2);
	struct hvp_interrupt_entry entry;

	KUNIT_EXPECT_EQ(test, map(vm, &in, 2, &entry), 0);
	KUNIT_EXPECT_EQ(test, entry.source, 2);
	KUNIT_EXPECT_EQ(test, entry.rsvd, 0);
	KUNIT_EXPECT_EQ(test, entry.data, 0x2200000000000030ULL);
	in.fixed.trigger = 1;
	KUNIT_EXPECT_EQ(test, map(vm, &in, 2, &entry), 0);
	KUNIT_EXPECT_EQ(test, entry.data, 0x2200000000008030ULL);
}

/* Address 0xfee00000 | APIC id << 12, data the vector */
static void device_gets_a_message(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	struct map_input in = as_linux(vm, DISK, 0xef, 1);
	struct hvp_interrupt_entry entry;

	KUNIT_EXPECT_EQ(test, map(vm, &in, 2, &entry), 0);
	KUNIT_EXPECT_EQ(test, entry.source, 1);
	KUNIT_EXPECT_EQ(test, entry.data, 0x000000effee21000ULL);
}

/* Without a set the mask is in the fixed part, and there is no variable header */
static void targets_come_in_two_forms(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	struct map_input in = as_linux(vm, DISK, 0x40, 0);
	struct hvp_interrupt_entry entry;

	in.fixed.target.flags = 0;
	in.fixed.target.mask_or_format = 0xc;
	KUNIT_EXPECT_EQ(test, map(vm, &in, 0, &entry), 0);
	/* One of them; it is the lowest */
	KUNIT_EXPECT_EQ(test, entry.data, 0x00000040fee22000ULL);
	KUNIT_EXPECT_EQ(test, map(vm, &in, 1, &entry), HV_STATUS_INVALID_HYPERCALL_INPUT);
	/* "All", format 1, whose banks are ignored */
	in = as_linux(vm, DISK, 0x40, 0);
	in.fixed.target.mask_or_format = 1;
	KUNIT_EXPECT_EQ(test, map(vm, &in, 1, &entry), 0);
	KUNIT_EXPECT_EQ(test, entry.data, 0x00000040fee20000ULL);
	/* A set without ValidBankMask, and with a bank that is not there */
	in = as_linux(vm, DISK, 0x40, 0);
	KUNIT_EXPECT_EQ(test, map(vm, &in, 0, &entry), HV_STATUS_INVALID_HYPERCALL_INPUT);
	in.var[0] = 3;
	KUNIT_EXPECT_EQ(test, map(vm, &in, 2, &entry), HV_STATUS_INVALID_PARAMETER);
	in.fixed.target.mask_or_format = 2;
	KUNIT_EXPECT_EQ(test, map(vm, &in, 2, &entry), HV_STATUS_INVALID_PARAMETER);
}

static void targets_must_exist(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	struct map_input in = as_linux(vm, DISK, 0x40, FAKE_VPS);
	struct hvp_interrupt_entry entry;

	KUNIT_EXPECT_EQ(test, map(vm, &in, 2, &entry), HV_STATUS_INVALID_VP_INDEX);
	in.var[1] = 0;
	KUNIT_EXPECT_EQ(test, map(vm, &in, 2, &entry), HV_STATUS_INVALID_PARAMETER);
	/* A message has 8 bits for the APIC id, of which 255 means all */
	in = as_linux(vm, DISK, 0x40, 3);
	vm->vps[3].apic.id = 255;
	KUNIT_EXPECT_EQ(test, map(vm, &in, 2, &entry), HV_STATUS_NO_RESOURCES);
	vm->vps[3].apic.id = 254;
	KUNIT_EXPECT_EQ(test, map(vm, &in, 2, &entry), 0);
}

static void bad_interrupts_are_refused(struct kunit *test)
{
	static const u32 vectors[] = { 0, 15, 256, U32_MAX };
	struct fake_vm *vm = test->priv;
	const struct map_input good = as_linux(vm, DISK, 0x40, 0);
	struct hvp_interrupt_entry entry;
	struct map_input in;
	u32 i;

#define REFUSED(field, value) do {							\
		in = good;								\
		in.fixed.field = value;							\
		KUNIT_EXPECT_EQ(test, map(vm, &in, 2, &entry), HV_STATUS_INVALID_PARAMETER);	\
	} while (0)

	for (i = 0; i < ARRAY_SIZE(vectors); i++)
		REFUSED(target.vector, vectors[i]);
	REFUSED(target.flags, HVP_TARGET_SET | HVP_TARGET_MULTICAST);
	REFUSED(target.flags, HVP_TARGET_SET | 4);
	REFUSED(target.flags, HVP_TARGET_SET | 8);
	REFUSED(type, 1);
	REFUSED(trigger, 2);
	REFUSED(vector_count, 0);
	REFUSED(vector_count, 2);
	REFUSED(flags, 1);
	REFUSED(base_irt_index, 1);
	REFUSED(rsvd, 1);
	KUNIT_EXPECT_EQ(test, vm->pt->device_interrupt_count, 0);
	in = good;
	KUNIT_EXPECT_EQ(test, map(vm, &in, 2, &entry), 0);
}

static void devices_have_ids(struct kunit *test)
{
	static const u64 bad[] = {
		0, 5,						/* logical */
		0xc000000000000001ULL,				/* ACPI */
		DISK | BIT_ULL(51), DISK | BIT_ULL(61),		/* reserved */
		IOAPIC | BIT_ULL(8),
	};
	struct hvp_interrupt_entry entry = {};
	struct fake_vm *vm = test->priv;
	struct map_input in;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		in = as_linux(vm, bad[i], 0x40, 0);
		KUNIT_EXPECT_EQ(test, map(vm, &in, 2, &entry), HV_STATUS_INVALID_DEVICE_ID);
		KUNIT_EXPECT_EQ(test, unmap(vm, bad[i], &entry, 0), HV_STATUS_INVALID_DEVICE_ID);
	}
	/* Segment, bridge and phantom functions are parts of a PCI device's */
	in = as_linux(vm, DISK | GENMASK_ULL(50, 16), 0x40, 0);
	KUNIT_EXPECT_EQ(test, map(vm, &in, 2, &entry), 0);
}

/* "Duplicates must succeed": Linux maps its placeholder vector several times in a row */
static void equal_interrupts_are_counted(struct kunit *test)
{
	struct hvp_interrupt_entry entry, other;
	struct fake_vm *vm = test->priv;
	struct map_input in = as_linux(vm, DISK, 0xef, 0);
	u32 i;

	for (i = 0; i < 3; i++)
		KUNIT_EXPECT_EQ(test, map(vm, &in, 2, &entry), 0);
	in = as_linux(vm, DISK + 8, 0xef, 0);
	KUNIT_EXPECT_EQ(test, map(vm, &in, 2, &other), 0);
	KUNIT_EXPECT_EQ(test, vm->pt->device_interrupt_count, 2);
	/* Of another device, source or value there is none */
	other = entry;
	other.data ^= 1ULL << 32;
	KUNIT_EXPECT_EQ(test, unmap(vm, DISK, &other, 0), HV_STATUS_INVALID_PARAMETER);
	other = entry;
	other.source = HVP_INTERRUPT_IOAPIC;
	KUNIT_EXPECT_EQ(test, unmap(vm, DISK, &other, 0), HV_STATUS_INVALID_PARAMETER);
	KUNIT_EXPECT_EQ(test, unmap(vm, DISK + 16, &entry, 0), HV_STATUS_INVALID_PARAMETER);
	KUNIT_EXPECT_EQ(test, unmap(vm, DISK, &entry, 1), HV_STATUS_INVALID_PARAMETER);
	other = entry;
	other.rsvd = 1;
	KUNIT_EXPECT_EQ(test, unmap(vm, DISK, &other, 0), HV_STATUS_INVALID_PARAMETER);
	for (i = 0; i < 3; i++)
		KUNIT_EXPECT_EQ(test, unmap(vm, DISK, &entry, 0), 0);
	KUNIT_EXPECT_EQ(test, unmap(vm, DISK, &entry, 0), HV_STATUS_INVALID_PARAMETER);
	KUNIT_EXPECT_EQ(test, vm->pt->device_interrupt_count, 1);
}

static void mappings_are_limited(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	struct hvp_interrupt_entry entry, first;
	struct map_input in;
	u32 i;

	for (i = 0; i <= HVP_MAX_DEVICE_INTERRUPTS; i++) {
		in = as_linux(vm, DISK + i, 0x40, 0);
		KUNIT_ASSERT_EQ(test, map(vm, &in, 2, &entry),
				i < HVP_MAX_DEVICE_INTERRUPTS ? 0 : HV_STATUS_NO_RESOURCES);
		if (!i)
			first = entry;
	}
	KUNIT_EXPECT_EQ(test, unmap(vm, DISK, &first, 0), 0);
	KUNIT_EXPECT_EQ(test, map(vm, &in, 2, &entry), 0);
	hvp_partition_reset(vm->pt);
	KUNIT_EXPECT_EQ(test, vm->pt->device_interrupt_count, 0);
	KUNIT_EXPECT_EQ(test, unmap(vm, DISK + 1, &first, 0), HV_STATUS_INVALID_PARAMETER);
}

static void mapping_without_memory(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	struct map_input in = as_linux(vm, DISK, 0x40, 0);
	struct hvp_interrupt_entry entry;

	fake_fail_nth(1);
	KUNIT_EXPECT_EQ(test, map(vm, &in, 2, &entry), HV_STATUS_INSUFFICIENT_MEMORY);
	fake_fail_nth(0);
	KUNIT_EXPECT_EQ(test, vm->pt->device_interrupt_count, 0);
	KUNIT_EXPECT_EQ(test, map(vm, &in, 2, &entry), 0);
}

static void guests_map_no_interrupts(struct kunit *test)
{
	struct fake_vm *vm = fake_vm_create(test, HVPERSONA_ROLE_GUEST, 0, 2);
	struct hvp_interrupt_entry entry;
	struct map_input in;

	KUNIT_ASSERT_NOT_NULL(test, vm);
	in = as_linux(vm, DISK, 0x40, 0);
	KUNIT_EXPECT_EQ(test, map(vm, &in, 2, &entry), HV_STATUS_ACCESS_DENIED);
	KUNIT_EXPECT_EQ(test, unmap(vm, DISK, &entry, 0), HV_STATUS_ACCESS_DENIED);
	fake_vm_destroy(vm);
}

static struct kunit_case device_interrupt_cases[] = {
	HVP_CASE(pin_gets_an_rte, 0x007c),
	HVP_CASE(device_gets_a_message, 0x007c),
	HVP_CASE(targets_come_in_two_forms, 0x007c),
	HVP_CASE(targets_must_exist, 0x007c),
	HVP_CASE(bad_interrupts_are_refused, 0x007c),
	HVP_CASE(devices_have_ids, 0x007c, 0x007d),
	HVP_CASE(equal_interrupts_are_counted, 0x007c, 0x007d),
	HVP_CASE(mappings_are_limited, 0x007c, 0x007d),
	HVP_CASE(mapping_without_memory, 0x007c),
	HVP_CASE(guests_map_no_interrupts, 0x007c, 0x007d),
	{}
};

static struct kunit_suite device_interrupt_suite = {
	.name = "hvpersona_device_interrupt",
	.init = device_init,
	.exit = fake_exit,
	.test_cases = device_interrupt_cases,
};

kunit_test_suite(device_interrupt_suite);
