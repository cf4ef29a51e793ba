// SPDX-License-Identifier: GPL-2.0
/*
 * What a parent intercepts of its child: the sheet's section "Intercepts", table of types.
 *
 * Every intercept is installed and removed by itself; installing it again changes its access
 * mask. Only those that come by number take memory: maps of the I/O ports, as soon as one port
 * differs from what the partition began with, and sorted lists of MSRs and CPUID leaves.
 */
#include <linux/bitmap.h>
#include <linux/err.h>
#include <linux/lockdep.h>
#include <linux/nospec.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "child.h"
#include "intercept.h"

#define PORTS			(U16_MAX + 1)
#define MICROCODE_MSR		0x8b

/**
 * struct hvp_io_intercepts - Ports that are intercepted
 * @read: IN and INS
 * @write: OUT and OUTS
 */
struct hvp_io_intercepts {
	DECLARE_BITMAP(read, PORTS);
	DECLARE_BITMAP(write, PORTS);
};

/* An MSR or a CPUID leaf */
struct numbered {
	u64 number;
	u32 access;
};

#define READ_WRITE	(HV_INTERCEPT_READ | HV_INTERCEPT_WRITE)
#define EITHER		(BIT(HV_INTERCEPT_READ) | BIT(HV_INTERCEPT_WRITE) | BIT(READ_WRITE))

/* Access masks that install an intercept, one bit for each, and the highest parameter */
static const struct {
	u8 masks;
	u32 last;
} rules[HV_INTERCEPT_TYPES] = {
	[HV_INTERCEPT_IO_PORT] = { BIT(READ_WRITE), U16_MAX },
	[HV_INTERCEPT_MSR] = { BIT(READ_WRITE) },
	[HV_INTERCEPT_CPUID] = { BIT(HV_INTERCEPT_EXECUTE), U32_MAX },
	[HV_INTERCEPT_EXCEPTION] = { BIT(HV_INTERCEPT_EXECUTE), 31 },
	[HV_INTERCEPT_GLOBAL_CPUID] = { BIT(HV_INTERCEPT_EXECUTE) },
	[HV_INTERCEPT_APIC_SMI] = { BIT(HV_INTERCEPT_EXECUTE) },
	[HV_INTERCEPT_HYPERCALL] = { BIT(HV_INTERCEPT_EXECUTE) },
	[HV_INTERCEPT_APIC_INIT_SIPI] = { BIT(HV_INTERCEPT_EXECUTE) },
	[HV_INTERCEPT_MICROCODE_MSR] = { BIT(HV_INTERCEPT_READ) },
	[HV_INTERCEPT_APIC_WRITE] = { BIT(HV_INTERCEPT_WRITE), U32_MAX },
	[HV_INTERCEPT_MSR_INDEX] = { EITHER, U32_MAX },
	[HV_INTERCEPT_UNKNOWN_CONNECTION] = { BIT(HV_INTERCEPT_EXECUTE) },
	[HV_INTERCEPT_APIC_EOI] = { BIT(HV_INTERCEPT_WRITE) },
	[HV_INTERCEPT_UNKNOWN_DEVICE] = { BIT(HV_INTERCEPT_EXECUTE) },
	[HV_INTERCEPT_EXCEPTION_TRAP] = { BIT(HV_INTERCEPT_EXECUTE), 31 },
	[HV_INTERCEPT_IO_PORT_RANGE] = { EITHER, U32_MAX },
};

/* What has no rule is reserved, of other architectures, or has no meaning (MMIO) */
static bool valid(const struct hv_install_intercept *in)
{
	u32 type = in->type;

	if (type >= HV_INTERCEPT_TYPES)
		return false;
	type = array_index_nospec(type, HV_INTERCEPT_TYPES);
	if (!rules[type].masks || in->parameter > rules[type].last)
		return false;
	return !in->access || (in->access < BITS_PER_BYTE && (rules[type].masks & BIT(in->access)));
}

/* linux-clients.md, "What VMMs add": of an exo partition all ports are intercepted at first */
static bool all_ports_at_first(const struct hvp_partition *pt)
{
	return pt->child->flags & HV_CREATE_EXO;
}

static bool as_at_first(const struct hvp_partition *pt)
{
	return !memchr_inv(pt->child->intercepts.io, all_ports_at_first(pt) ? 0xff : 0,
			   sizeof(struct hvp_io_intercepts));
}

static void forget_ports(struct hvp_partition *pt)
{
	hvp_pool_free(&pt->pool, pt->child->intercepts.io, sizeof(struct hvp_io_intercepts));
	pt->child->intercepts.io = NULL;
}

static int remember_ports(struct hvp_partition *pt)
{
	struct hvp_io_intercepts *io = hvp_pool_zalloc(&pt->pool, sizeof(*io));

	if (IS_ERR(io))
		return PTR_ERR(io);
	if (all_ports_at_first(pt))
		memset(io, 0xff, sizeof(*io));
	pt->child->intercepts.io = io;
	return 0;
}

static void mark(unsigned long *ports, u32 first, u32 count, bool intercepted)
{
	if (intercepted)
		bitmap_set(ports, first, count);
	else
		bitmap_clear(ports, first, count);
}

/* Ports @first to @last, both from a guest */
static enum hv_status install_ports(struct hvp_partition *pt, u16 first, u16 last, u32 access)
{
	struct hvp_intercepts *intercepts = &pt->child->intercepts;
	u32 count = last - first + 1;
	int err;

	if (last < first)
		return HV_STATUS_INVALID_PARAMETER;
	if (!intercepts->io) {
		if (access == (all_ports_at_first(pt) ? READ_WRITE : 0))
			return HV_STATUS_SUCCESS;
		err = remember_ports(pt);
		if (err)
			return hvp_pool_status(err);
	}
	mark(intercepts->io->read, first, count, access & HV_INTERCEPT_READ);
	mark(intercepts->io->write, first, count, access & HV_INTERCEPT_WRITE);
	if (as_at_first(pt))
		forget_ports(pt);
	return HV_STATUS_SUCCESS;
}

static enum hv_status install_numbered(struct hvp_partition *pt, struct hvp_sorted *list,
				       u32 number, u32 access)
{
	struct numbered *entry;

	if (!access) {
		hvp_sorted_remove(&pt->pool, list, sizeof(*entry), number);
		return HV_STATUS_SUCCESS;
	}
	entry = hvp_sorted_add(&pt->pool, list, sizeof(*entry), number);
	if (IS_ERR(entry))
		return hvp_pool_status(PTR_ERR(entry));
	entry->access = access;
	return HV_STATUS_SUCCESS;
}

static enum hv_status install_bits(u32 *bits, u32 which, u32 access)
{
	if (access)
		*bits |= which;
	else
		*bits &= ~which;
	return HV_STATUS_SUCCESS;
}

/**
 * hvp_intercept_install - HvCallInstallIntercept
 * @pt: Child, its op_lock held
 * @in: From a guest
 *
 * Removing what is not installed succeeds.
 *
 * Return: SUCCESS, INVALID_PARAMETER; INSUFFICIENT_MEMORY and NO_RESOURCES for I/O ports, CPUID
 * leaves and MSRs by index, of which there can be HVP_SORTED_MAX each.
 */
enum hv_status hvp_intercept_install(struct hvp_partition *pt,
				     const struct hv_install_intercept *in)
{
	struct hvp_intercepts *intercepts = &pt->child->intercepts;
	u64 parameter = in->parameter;

	lockdep_assert_held(&pt->op_lock);
	if (!valid(in))
		return HV_STATUS_INVALID_PARAMETER;
	switch (in->type) {
	case HV_INTERCEPT_IO_PORT:
		return install_ports(pt, parameter, parameter, in->access);
	case HV_INTERCEPT_IO_PORT_RANGE:
		return install_ports(pt, parameter, parameter >> 16, in->access);
	case HV_INTERCEPT_MSR_INDEX:
		return install_numbered(pt, &intercepts->msrs, parameter, in->access);
	case HV_INTERCEPT_CPUID:
		return install_numbered(pt, &intercepts->leaves, parameter, in->access);
	case HV_INTERCEPT_EXCEPTION:
		return install_bits(&intercepts->exceptions, BIT(parameter), in->access);
	case HV_INTERCEPT_EXCEPTION_TRAP:
		return install_bits(&intercepts->traps, BIT(parameter), in->access);
	case HV_INTERCEPT_APIC_WRITE:
		return install_bits(&intercepts->apic_writes, parameter, in->access);
	default:
		return install_bits(&intercepts->types, BIT(in->type), in->access);
	}
}

/**
 * hvp_intercept_io - Is an access to I/O ports intercepted?
 * @pt: Child, its op_lock held
 * @port: First port
 * @size: Bytes, each of which goes to a port of its own; past the last port is nothing
 * @write: OUT
 */
bool hvp_intercept_io(struct hvp_partition *pt, u16 port, u8 size, bool write)
{
	const struct hvp_io_intercepts *io = pt->child->intercepts.io;
	u32 end = min(port + size, PORTS);

	lockdep_assert_held(&pt->op_lock);
	if (!io)
		return all_ports_at_first(pt);
	return find_next_bit(write ? io->write : io->read, end, port) < end;
}

static u32 access_of(const struct hvp_sorted *list, u32 number)
{
	const struct numbered *entry = hvp_sorted_find(list, sizeof(*entry), number);

	return entry ? entry->access : 0;
}

/**
 * hvp_intercept_msr - Is an access to an MSR intercepted?
 * @pt: Child, its op_lock held
 * @msr: MSR
 * @write: WRMSR
 * @virtualized: The hypervisor can answer it: only who names the MSR intercepts it
 */
bool hvp_intercept_msr(struct hvp_partition *pt, u32 msr, bool write, bool virtualized)
{
	const struct hvp_intercepts *intercepts = &pt->child->intercepts;

	lockdep_assert_held(&pt->op_lock);
	if (!virtualized && (intercepts->types & BIT(HV_INTERCEPT_MSR)))
		return true;
	if (msr == MICROCODE_MSR && !write && (intercepts->types & BIT(HV_INTERCEPT_MICROCODE_MSR)))
		return true;
	return access_of(&intercepts->msrs, msr) & (write ? HV_INTERCEPT_WRITE : HV_INTERCEPT_READ);
}

/**
 * hvp_intercept_cpuid - Is CPUID intercepted?
 * @pt: Child, its op_lock held
 * @leaf: EAX
 */
bool hvp_intercept_cpuid(struct hvp_partition *pt, u32 leaf)
{
	const struct hvp_intercepts *intercepts = &pt->child->intercepts;

	lockdep_assert_held(&pt->op_lock);
	return (intercepts->types & BIT(HV_INTERCEPT_GLOBAL_CPUID)) ||
	       access_of(&intercepts->leaves, leaf);
}

/**
 * hvp_intercept_exception - Is an exception intercepted?
 * @pt: Child, its op_lock held
 * @vector: Its vector
 * @trap: After it has been delivered, as a trap
 */
bool hvp_intercept_exception(struct hvp_partition *pt, u8 vector, bool trap)
{
	const struct hvp_intercepts *intercepts = &pt->child->intercepts;

	lockdep_assert_held(&pt->op_lock);
	return vector < 32 && ((trap ? intercepts->traps : intercepts->exceptions) & BIT(vector));
}

/**
 * hvp_intercept_other - Is any other event intercepted?
 * @pt: Child, its op_lock held
 * @type: HV_INTERCEPT_* without a function of its own here
 * @parameter: Of HV_INTERCEPT_APIC_WRITE the bits of its mask that the write concerns
 */
bool hvp_intercept_other(struct hvp_partition *pt, u32 type, u32 parameter)
{
	const struct hvp_intercepts *intercepts = &pt->child->intercepts;

	lockdep_assert_held(&pt->op_lock);
	if (type == HV_INTERCEPT_APIC_WRITE)
		return intercepts->apic_writes & parameter;
	return intercepts->types & BIT(type);
}

/**
 * hvp_intercepts_gone - Remove all intercepts of a child that is going
 * @pt: Child, its op_lock held. May be called again
 */
void hvp_intercepts_gone(struct hvp_partition *pt)
{
	struct hvp_intercepts *intercepts = &pt->child->intercepts;

	forget_ports(pt);
	hvp_sorted_clear(&pt->pool, &intercepts->msrs);
	hvp_sorted_clear(&pt->pool, &intercepts->leaves);
	*intercepts = (struct hvp_intercepts) {};
}
