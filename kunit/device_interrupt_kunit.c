// SPDX-License-Identifier: GPL-2.0
/*
 * Interrupts of a machine's devices. Rules are those of the sheet's section "Devices, device
 * domains and interrupts", values those of linux-clients.md section 5.2.
 */
#include <linux/bitfield.h>

#include "../hvpersona/device_interrupt.h"
#include "fake_table.h"

#define MAP	0x007c
#define UNMAP	0x007d
#define RETARGET	0x007e
#define RETARGET_ROOT	0x007f

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

struct retarget_input {
	struct hvp_retarget_device_interrupt fixed;
	u64 var[3];
};

/* As Linux's pci-hyperv sends it, or a root: one of these VPs */
static struct retarget_input to_vps(u64 device, const struct hvp_interrupt_entry *entry, u32 vector,
				    u64 mask)
{
	return (struct retarget_input) {
		.fixed = {
			.partition_id = HV_PARTITION_ID_SELF, .device_id = device, .entry = *entry,
			.target = { .vector = vector, .flags = HVP_TARGET_SET },
		},
		.var = { 1, mask },
	};
}

static u32 retarget_as(struct fake_vm *vm, u32 code, const struct retarget_input *in, u32 var)
{
	u32 size = sizeof(in->fixed) + 8 * var;
	u32 status = HV_STATUS(fake_call(vm, code | HV_VAR(var), in, size, NULL, 0));

	/* The register form says the same: nothing depends on what the first call did */
	KUNIT_EXPECT_EQ(vm->test, status,
			HV_STATUS(fake_call_fast(vm, code | HV_VAR(var), in, size, NULL, 0)));
	return status;
}

static u32 retarget(struct fake_vm *vm, const struct retarget_input *in)
{
	return retarget_as(vm, RETARGET, in, 2);
}

/* Where an interrupt with this entry goes; NULL for where it says */
static const struct hvp_redirect *target_of(struct fake_vm *vm,
					    const struct hvp_interrupt_entry *entry)
{
	const struct hvp_redirect *redirect;
	struct hvp_sent_irq irq;

	hvp_sent_irq_of(entry, &irq);
	rcu_read_lock();
	redirect = hvp_redirect_find(vm->pt, &irq);
	rcu_read_unlock();
	return redirect;
}

/* Trigger mode, polarity, mask and what is reserved do not matter to where an interrupt goes */
static void entries_are_what_devices_send(struct kunit *test)
{
	static const struct {
		struct hvp_interrupt_entry entry;
		struct hvp_sent_irq irq;
	} cases[] = {
		{ { 1, 0, 0x00000041fee23000ULL }, { 0x23, 0x41 } },
		{ { 1, 0, 0x0000c141fee23000ULL }, { 0x23, 0x41, 1 } },
		{ { 1, 0, 0x00003841fee2300cULL }, { 0x23, 0x41, .logical = true } },
		{ { 2, 0, 0x2300000000000041ULL }, { 0x23, 0x41 } },
		{ { 2, 0, 0x230000000001f941ULL }, { 0x23, 0x41, 1, true } },
	};
	struct hvp_sent_irq irq;
	u32 i, j;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		hvp_sent_irq_of(&cases[i].entry, &irq);
		KUNIT_EXPECT_EQ(test, irq.destination, cases[i].irq.destination);
		KUNIT_EXPECT_EQ(test, irq.vector, cases[i].irq.vector);
		KUNIT_EXPECT_EQ(test, irq.mode, cases[i].irq.mode);
		KUNIT_EXPECT_EQ(test, irq.logical, cases[i].irq.logical);
		for (j = 0; j < i; j++)
			KUNIT_EXPECT_EQ(test, hvp_redirect_key(&irq) == hvp_redirect_key(&cases[j].irq),
					i == 3 && j == 0);
	}
}

static void mapped_interrupts_are_retargeted(struct kunit *test)
{
	static const u32 codes[] = { RETARGET, RETARGET_ROOT };
	static const u64 devices[] = { DISK, IOAPIC };
	struct hvp_interrupt_entry entry;
	const struct hvp_redirect *to;
	struct fake_vm *vm = test->priv;
	struct retarget_input in;
	struct map_input map_in;
	u32 i;

	for (i = 0; i < 4; i++) {
		map_in = as_linux(vm, devices[i % 2], 0x40, 0);
		map_in.var[1] = 0xd;	/* VPs 0, 2 and 3 */
		KUNIT_ASSERT_EQ(test, map(vm, &map_in, 2, &entry), 0);
		KUNIT_EXPECT_NULL(test, target_of(vm, &entry));
		in = to_vps(devices[i % 2], &entry, 0x40, BIT(2));
		KUNIT_EXPECT_EQ(test, retarget_as(vm, codes[i / 2], &in, 2), 0);
		to = target_of(vm, &entry);
		KUNIT_ASSERT_NOT_NULL(test, to);
		KUNIT_EXPECT_EQ(test, to->apic_id, APIC_ID(2));
		KUNIT_EXPECT_EQ(test, to->vector, 0x40);
		KUNIT_EXPECT_FALSE(test, to->multicast);
		/* Only EOIs of pins are waited for */
		KUNIT_EXPECT_EQ(test, vm->redirected_pins > 0, i % 2);
		KUNIT_EXPECT_EQ(test, test_bit(0x40, vm->pt->redirects.pins), i % 2);
		/* Back to where the entry says, which takes nothing */
		in.var[1] = BIT(0);
		KUNIT_EXPECT_EQ(test, retarget_as(vm, codes[i / 2], &in, 2), 0);
		KUNIT_EXPECT_NULL(test, target_of(vm, &entry));
		KUNIT_EXPECT_EQ(test, vm->pt->redirects.count, 0);
		/* What is unmapped goes where the device says */
		in.var[1] = BIT(3);
		KUNIT_EXPECT_EQ(test, retarget_as(vm, codes[i / 2], &in, 2), 0);
		KUNIT_EXPECT_EQ(test, vm->pt->redirects.count, 1);
		KUNIT_EXPECT_EQ(test, unmap(vm, devices[i % 2], &entry, 0), 0);
		KUNIT_EXPECT_NULL(test, target_of(vm, &entry));
		KUNIT_EXPECT_EQ(test, retarget_as(vm, codes[i / 2], &in, 2), HV_STATUS_INVALID_PARAMETER);
		hvp_partition_reset(vm->pt);
		vm->redirected_pins = 0;
	}
}

/*
 * linux-clients.md, section 5.2, and the sheet's entry 0x007c: a mapped interrupt keeps its vector
 * and VP set, retargets outside of it are refused
 */
static void mappings_bound_their_targets(struct kunit *test)
{
	struct hvp_interrupt_entry entry, other;
	struct fake_vm *vm = test->priv;
	struct retarget_input in;
	struct map_input map_in;

	map_in = as_linux(vm, DISK, 0x40, 0);
	map_in.var[1] = 0x3;
	KUNIT_ASSERT_EQ(test, map(vm, &map_in, 2, &entry), 0);
	in = to_vps(DISK, &entry, 0x41, BIT(1));
	KUNIT_EXPECT_EQ(test, retarget(vm, &in), HV_STATUS_INVALID_PARAMETER);
	in = to_vps(DISK, &entry, 0x40, BIT(2));
	KUNIT_EXPECT_EQ(test, retarget(vm, &in), HV_STATUS_INVALID_PARAMETER);
	in = to_vps(DISK, &entry, 0x40, BIT(1) | BIT(2));
	KUNIT_EXPECT_EQ(test, retarget(vm, &in), HV_STATUS_INVALID_PARAMETER);
	/* VPs that there are not do not count among others */
	in = to_vps(DISK, &entry, 0x40, BIT(1) | BIT(FAKE_VPS));
	KUNIT_EXPECT_EQ(test, retarget(vm, &in), 0);
	in = to_vps(DISK, &entry, 0x40, BIT(FAKE_VPS));
	KUNIT_EXPECT_EQ(test, retarget(vm, &in), HV_STATUS_INVALID_PARAMETER);
	/* What is not mapped: another device, another source, another message */
	in = to_vps(DISK + 8, &entry, 0x40, BIT(1));
	KUNIT_EXPECT_EQ(test, retarget(vm, &in), HV_STATUS_INVALID_PARAMETER);
	other = entry;
	other.data |= HVP_MSI_LEVEL;
	in = to_vps(DISK, &other, 0x40, BIT(1));
	KUNIT_EXPECT_EQ(test, retarget(vm, &in), HV_STATUS_INVALID_PARAMETER);

	/* Equal interrupts move together, so each must be allowed to */
	KUNIT_EXPECT_NOT_NULL(test, target_of(vm, &entry));
	map_in = as_linux(vm, DISK + 8, 0x40, 0);
	KUNIT_EXPECT_EQ(test, map(vm, &map_in, 2, &other), HV_STATUS_NO_RESOURCES);
	in = to_vps(DISK, &entry, 0x40, BIT(0));
	KUNIT_EXPECT_EQ(test, retarget(vm, &in), 0);
	KUNIT_EXPECT_EQ(test, map(vm, &map_in, 2, &other), 0);
	in = to_vps(DISK, &entry, 0x40, BIT(1));
	KUNIT_EXPECT_EQ(test, retarget(vm, &in), HV_STATUS_INVALID_PARAMETER);
	KUNIT_EXPECT_EQ(test, unmap(vm, DISK + 8, &other, 0), 0);
	KUNIT_EXPECT_EQ(test, retarget(vm, &in), 0);
	/* Nor does one go back because an equal one is unmapped */
	map_in.var[1] = 0x3;
	KUNIT_EXPECT_EQ(test, map(vm, &map_in, 2, &other), 0);
	KUNIT_EXPECT_EQ(test, unmap(vm, DISK + 8, &other, 0), 0);
	KUNIT_EXPECT_NOT_NULL(test, target_of(vm, &entry));
	/* Mapped again to fewer VPs it may go to those */
	in = to_vps(DISK, &entry, 0x40, BIT(0));
	KUNIT_EXPECT_EQ(test, retarget(vm, &in), 0);
	map_in = as_linux(vm, DISK, 0x40, 0);
	KUNIT_EXPECT_EQ(test, map(vm, &map_in, 2, &other), 0);
	in = to_vps(DISK, &entry, 0x40, BIT(1));
	KUNIT_EXPECT_EQ(test, retarget(vm, &in), HV_STATUS_INVALID_PARAMETER);
}

static void bad_retargets_are_refused(struct kunit *test)
{
	struct hvp_interrupt_entry entry;
	struct fake_vm *vm = test->priv;
	const struct map_input map_in = as_linux(vm, DISK, 0x40, 0);
	struct retarget_input good, in;

	KUNIT_ASSERT_EQ(test, map(vm, &map_in, 2, &entry), 0);
	good = to_vps(DISK, &entry, 0x40, BIT(0));

#define REFUSED_WITH(field, value, status) do {						\
		in = good;								\
		in.fixed.field = value;							\
		KUNIT_EXPECT_EQ(test, retarget(vm, &in), HV_STATUS_##status);		\
	} while (0)
	REFUSED_WITH(partition_id, 77, INVALID_PARTITION_ID);
	REFUSED_WITH(device_id, 5, INVALID_DEVICE_ID);
	REFUSED_WITH(device_id, 0xc000000000000001ULL, INVALID_DEVICE_ID);
	REFUSED_WITH(device_id, DISK | BIT_ULL(51), INVALID_DEVICE_ID);
	REFUSED_WITH(entry.source, 0, INVALID_PARAMETER);
	REFUSED_WITH(entry.source, HVP_INTERRUPT_IOAPIC, INVALID_PARAMETER);
	REFUSED_WITH(entry.rsvd, 1, INVALID_PARAMETER);
	REFUSED_WITH(entry.data, entry.data ^ BIT_ULL(31), INVALID_PARAMETER);
	REFUSED_WITH(rsvd, 1, INVALID_PARAMETER);
	REFUSED_WITH(target.vector, 15, INVALID_PARAMETER);
	REFUSED_WITH(target.vector, 256 + 0x40, INVALID_PARAMETER);
	REFUSED_WITH(target.flags, HVP_TARGET_SET | 4, INVALID_PARAMETER);
	REFUSED_WITH(target.mask_or_format, 2, INVALID_PARAMETER);
	in = good;
	in.var[1] = 0;
	KUNIT_EXPECT_EQ(test, retarget(vm, &in), HV_STATUS_INVALID_PARAMETER);
	KUNIT_EXPECT_EQ(test, retarget_as(vm, RETARGET, &good, 0), HV_STATUS_INVALID_HYPERCALL_INPUT);
	/* A mask goes without a variable header */
	in.fixed.target.flags = 0;
	in.fixed.target.mask_or_format = 1;
	KUNIT_EXPECT_EQ(test, retarget(vm, &in), HV_STATUS_INVALID_HYPERCALL_INPUT);
	KUNIT_EXPECT_EQ(test, retarget_as(vm, RETARGET, &in, 0), 0);
	KUNIT_EXPECT_EQ(test, retarget(vm, &good), 0);
}

static void several_vps_get_a_multicast(struct kunit *test)
{
	struct hvp_interrupt_entry entry;
	const struct hvp_redirect *to;
	struct fake_vm *vm = test->priv;
	struct map_input map_in = as_linux(vm, DISK, 0x40, 0);
	struct retarget_input in;

	map_in.fixed.target.mask_or_format = 1;	/* all */
	KUNIT_ASSERT_EQ(test, map(vm, &map_in, 1, &entry), 0);
	in = to_vps(DISK, &entry, 0x40, BIT(3) | BIT(1) | BIT(9));
	in.fixed.target.flags |= HVP_TARGET_MULTICAST;
	KUNIT_EXPECT_EQ(test, retarget(vm, &in), 0);
	to = target_of(vm, &entry);
	KUNIT_ASSERT_NOT_NULL(test, to);
	KUNIT_EXPECT_TRUE(test, to->multicast);
	KUNIT_EXPECT_EQ(test, to->apic_id, APIC_ID(1));
	KUNIT_EXPECT_EQ(test, to->vps[0], BIT(3) | BIT(1));
	KUNIT_EXPECT_EQ(test, to->bits, 4);
	/* "By default" to one of them */
	in.fixed.target.flags = HVP_TARGET_SET;
	KUNIT_EXPECT_EQ(test, retarget(vm, &in), 0);
	KUNIT_EXPECT_FALSE(test, target_of(vm, &entry)->multicast);
	/* And to one with the flag is no multicast */
	in.fixed.target.flags |= HVP_TARGET_MULTICAST;
	in.var[1] = BIT(0);
	KUNIT_EXPECT_EQ(test, retarget(vm, &in), 0);
	KUNIT_EXPECT_NULL(test, target_of(vm, &entry));
	/* A message in physical mode cannot name APIC id 255 alone, but can go to 256 */
	in = to_vps(DISK, &entry, 0x40, BIT(3));
	vm->vps[3].apic.id = 255;
	KUNIT_EXPECT_EQ(test, retarget(vm, &in), HV_STATUS_NO_RESOURCES);
	vm->vps[3].apic.id = 256;
	KUNIT_EXPECT_EQ(test, retarget(vm, &in), 0);
	KUNIT_EXPECT_EQ(test, target_of(vm, &entry)->apic_id, 256);
}

/* What its devices send was agreed on with the VMM: any message, to any vector and VP */
static void guests_retarget_what_their_devices_send(struct kunit *test)
{
	const struct hvp_interrupt_entry entry = { HVP_INTERRUPT_MSI, 0, 0x00000031fee20000ULL };
	const struct hvp_interrupt_entry pin = { HVP_INTERRUPT_IOAPIC, 0, 0x2000000000000031ULL };
	struct fake_vm *vm = fake_vm_create(test, HVPERSONA_ROLE_GUEST, 0, 2);
	const struct hvp_redirect *to;
	struct retarget_input in;

	KUNIT_ASSERT_NOT_NULL(test, vm);
	vm->vps[1].apic.id = APIC_ID(1);
	/* The device by its number in the guest, as pci-hyperv makes it of a GUID */
	in = to_vps(0x12345678, &entry, 0x52, BIT(1));
	KUNIT_EXPECT_EQ(test, retarget(vm, &in), 0);
	to = target_of(vm, &entry);
	KUNIT_ASSERT_NOT_NULL(test, to);
	KUNIT_EXPECT_EQ(test, to->apic_id, APIC_ID(1));
	KUNIT_EXPECT_EQ(test, to->vector, 0x52);
	/* The last one counts, whatever the device's name */
	in = to_vps(DISK, &entry, 0x53, BIT(1));
	KUNIT_EXPECT_EQ(test, retarget(vm, &in), 0);
	KUNIT_EXPECT_EQ(test, target_of(vm, &entry)->vector, 0x53);
	KUNIT_EXPECT_EQ(test, vm->pt->redirects.count, 1);
	/* Pins are its IOAPIC's own affair */
	in = to_vps(IOAPIC, &pin, 0x31, BIT(1));
	KUNIT_EXPECT_EQ(test, retarget(vm, &in), HV_STATUS_INVALID_DEVICE_ID);
	in = to_vps(DISK, &pin, 0x31, BIT(1));
	KUNIT_EXPECT_EQ(test, retarget(vm, &in), HV_STATUS_INVALID_PARAMETER);
	in = to_vps(DISK, &entry, 0x53, BIT(1));
	KUNIT_EXPECT_EQ(test, retarget_as(vm, RETARGET_ROOT, &in, 2), HV_STATUS_ACCESS_DENIED);
	KUNIT_EXPECT_EQ(test, vm->redirected_pins, 0);
	fake_vm_destroy(vm);
}

static void retargets_are_limited(struct kunit *test)
{
	struct hvp_interrupt_entry entry = { HVP_INTERRUPT_MSI };
	struct fake_vm *vm = fake_vm_create(test, HVPERSONA_ROLE_GUEST, 0, 2);
	struct retarget_input in;
	u32 i;

	KUNIT_ASSERT_NOT_NULL(test, vm);
	vm->vps[1].apic.id = APIC_ID(1);
	for (i = 0; i <= HVP_MAX_DEVICE_INTERRUPTS; i++) {
		entry.data = HVP_MSI_ADDRESS | FIELD_PREP(HVP_MSI_DESTINATION, i >> 8) |
			     FIELD_PREP(HVP_MSI_DATA_VECTOR, i & 0xff);
		in = to_vps(5, &entry, 0x60, BIT(1));
		KUNIT_ASSERT_EQ(test, retarget(vm, &in),
				i < HVP_MAX_DEVICE_INTERRUPTS ? 0 : HV_STATUS_NO_RESOURCES);
	}
	/* One that goes back makes room */
	in = to_vps(5, &entry, 0x60, BIT(1));
	in.fixed.entry.data = HVP_MSI_ADDRESS | FIELD_PREP(HVP_MSI_DATA_VECTOR, 0x31);
	in.fixed.target.vector = 0x31;
	vm->vps[1].apic.id = 0;
	KUNIT_EXPECT_EQ(test, retarget(vm, &in), 0);
	in = to_vps(5, &entry, 0x60, BIT(1));
	vm->vps[1].apic.id = APIC_ID(1);
	KUNIT_EXPECT_EQ(test, retarget(vm, &in), 0);
	hvp_partition_reset(vm->pt);
	KUNIT_EXPECT_EQ(test, vm->pt->redirects.count, 0);
	KUNIT_EXPECT_NULL(test, target_of(vm, &entry));
	KUNIT_EXPECT_EQ(test, retarget(vm, &in), 0);
	fake_vm_destroy(vm);
}

static void retargeting_fails_without_effect(struct kunit *test)
{
	struct hvp_interrupt_entry entry;
	struct fake_vm *vm = test->priv;
	struct map_input map_in = as_linux(vm, DISK, 0x40, 0);
	struct retarget_input in;

	map_in.var[1] = 0x7;
	KUNIT_ASSERT_EQ(test, map(vm, &map_in, 2, &entry), 0);
	in = to_vps(DISK, &entry, 0x40, BIT(1));
	vm->redirect_error = -EOPNOTSUPP;
	KUNIT_EXPECT_EQ(test, retarget(vm, &in), HV_STATUS_OPERATION_FAILED);
	vm->redirect_error = 0;
	KUNIT_EXPECT_NULL(test, target_of(vm, &entry));
	fake_fail_nth(1);
	EXPECT_STATUS(test, fake_call(vm, RETARGET | HV_VAR(2), &in, sizeof(in.fixed) + 16, NULL, 0),
		      INSUFFICIENT_MEMORY);
	fake_fail_nth(0);
	KUNIT_EXPECT_NULL(test, target_of(vm, &entry));
	KUNIT_EXPECT_EQ(test, vm->pt->redirects.count, 0);
	KUNIT_EXPECT_EQ(test, retarget(vm, &in), 0);
	/* What was there stays */
	in.var[1] = BIT(2);
	vm->redirect_error = -ENOMEM;
	KUNIT_EXPECT_EQ(test, retarget(vm, &in), HV_STATUS_OPERATION_FAILED);
	KUNIT_EXPECT_EQ(test, target_of(vm, &entry)->apic_id, APIC_ID(1));
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
	HVP_CASE(entries_are_what_devices_send, 0x007e),
	HVP_CASE(mapped_interrupts_are_retargeted, 0x007e, 0x007f),
	HVP_CASE(mappings_bound_their_targets, 0x007c, 0x007e),
	HVP_CASE(bad_retargets_are_refused, 0x007e),
	HVP_CASE(several_vps_get_a_multicast, 0x007e),
	HVP_CASE(guests_retarget_what_their_devices_send, 0x007e, 0x007f),
	HVP_CASE(retargets_are_limited, 0x007e),
	HVP_CASE(retargeting_fails_without_effect, 0x007e),
	{}
};

static struct kunit_suite device_interrupt_suite = {
	.name = "hvpersona_device_interrupt",
	.init = device_init,
	.exit = fake_exit,
	.test_cases = device_interrupt_cases,
};

kunit_test_suite(device_interrupt_suite);
