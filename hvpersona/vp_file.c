// SPDX-License-Identifier: GPL-2.0
/*
 * The register file of a child's VP: places and access. Which registers there are stands in
 * file_registers.h, what they are after reset in vp_reset.c.
 */
#include <linux/bitfield.h>
#include <linux/bsearch.h>
#include <linux/build_bug.h>
#include <linux/cleanup.h>
#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/nospec.h>
#include <linux/sizes.h>
#include <linux/string.h>

#include "child.h"
#include "file_registers.h"
#include "hv_abi/cpuid.h"
#include "hv_abi/registers.h"
#include "intercept.h"
#include "interrupt.h"
#include "reg_checks.h"
#include "registers.h"
#include "vp_file.h"

/* VTL0 is the only one enabled, on the VP and on the partition */
#define VSM_VP_STATUS		(BIT(0) << 16)
#define VSM_PARTITION_STATUS	BIT(0)

/* An XSAVE area: FXSAVE image, header, what the processor adds */
#define FXSAVE_SIZE		512
#define XSAVE_HEADER_SIZE	64
#define XSAVE_MIN		(FXSAVE_SIZE + XSAVE_HEADER_SIZE)
#define XSAVE_MAX		SZ_16K

enum file_kind { FILE_KEPT, FILE_WIDE, FILE_SHARED, FILE_FPU, FILE_MADE, FILE_ALIAS };

/* Slots of 64 bits: SLOT_x is the first of register x, and the next one's follow */
#define KEPT_SLOTS(id, first, last, ...)	\
	SLOT_##id, SLOT_LAST_##id = SLOT_##id + (last) - (first),
#define WIDE_SLOTS(id, first, last, ...)	\
	SLOT_##id, SLOT_LAST_##id = SLOT_##id + 2 * ((last) - (first)) + 1,
#define NO_SLOTS(...)

enum file_slot {
	HVP_FILE_REGISTERS(KEPT_SLOTS, WIDE_SLOTS, NO_SLOTS, NO_SLOTS, NO_SLOTS, NO_SLOTS)
	FILE_SLOTS
};

enum shared_slot {
	HVP_FILE_REGISTERS(NO_SLOTS, NO_SLOTS, KEPT_SLOTS, NO_SLOTS, NO_SLOTS, NO_SLOTS)
	SHARED_SLOTS
};
static_assert(SHARED_SLOTS == HVP_SHARED_REGISTERS);

/**
 * struct file_row - Registers @first to @last
 * @first: First name
 * @last: Last name
 * @kind: Where they are
 * @access: HVP_REG_READ and HVP_REG_WRITE
 * @place: First slot; with FILE_FPU the offset in the FXSAVE image; with FILE_ALIAS the name
 *	of the first register that is meant
 * @check: Are these values accepted? NULL: all are
 * @arg: For @check
 */
struct file_row {
	u32 first;
	u32 last;
	u8 kind;
	u8 access;
	u32 place;
	hvp_reg_check_fn check;
	u64 arg;
};

#define R	HVP_REG_READ
#define W	HVP_REG_WRITE
#define RW	(R | W)

#define ROW(first, last, kind, access, place, ...)	\
	{ first, last, kind, access, place, __VA_ARGS__ },
#define KEPT_ROW(id, first, last, access, ...)		\
	ROW(first, last, FILE_KEPT, access, SLOT_##id, __VA_ARGS__)
#define WIDE_ROW(id, first, last, access, ...)		\
	ROW(first, last, FILE_WIDE, access, SLOT_##id, __VA_ARGS__)
#define SHARED_ROW(id, first, last, access, ...)	\
	ROW(first, last, FILE_SHARED, access, SLOT_##id, __VA_ARGS__)
#define FPU_ROW(offset, first, last, access, ...)	\
	ROW(first, last, FILE_FPU, access, offset, __VA_ARGS__)
#define MADE_ROW(first, last, access, ...)		\
	ROW(first, last, FILE_MADE, access, 0, __VA_ARGS__)
#define ALIAS_ROW(first, last, of)			\
	ROW(first, last, FILE_ALIAS, 0, of, NULL, 0)

static const struct file_row file_rows[] = {
	HVP_FILE_REGISTERS(KEPT_ROW, WIDE_ROW, SHARED_ROW, FPU_ROW, MADE_ROW, ALIAS_ROW)
};

/**
 * struct hvp_vp_file - The registers of a child's VP
 * @values: Values by slot
 * @pages: Pages shared with the parent, by type
 * @pending: The intercept at which it is stopped
 * @xsave_size: Size of @xsave
 * @xsave: x87, SSE and further state in the standard format of XSAVE. The FXSAVE image in it
 *	is always valid
 */
struct hvp_vp_file {
	u64 values[FILE_SLOTS];
	struct hvp_state_page pages[HV_VP_STATE_PAGES];
	struct hvp_pending_intercept pending;
	u32 xsave_size;
	void *xsave;
};

static int compare_row(const void *key, const void *elem)
{
	const struct file_row *row = elem;
	u32 name = *(const u32 *)key;

	return name < row->first ? -1 : name > row->last;
}

/* The row of a register, and which of its registers it is; aliases are resolved in @name */
static const struct file_row *find_row(u32 *name, u32 *at)
{
	const struct file_row *row;

	do {
		row = bsearch(name, file_rows, ARRAY_SIZE(file_rows), sizeof(*row), compare_row);
		if (!row)
			return NULL;
		*at = array_index_nospec(*name - row->first, row->last - row->first + 1);
		if (row->kind == FILE_ALIAS)
			*name = row->place + *at;
	} while (row->kind == FILE_ALIAS);
	return row;
}

static u64 *place_of(struct hvp_vp *vp, const struct file_row *row, u32 at)
{
	struct hvp_vp_file *file = vp->file;

	switch (row->kind) {
	case FILE_KEPT:
		return &file->values[row->place + at];
	case FILE_WIDE:
		return &file->values[row->place + 2 * at];
	case FILE_SHARED:
		return &vp->partition->child->shared[row->place + at];
	case FILE_FPU:
		return file->xsave + row->place + 16 * at;
	default:
		return NULL;
	}
}

/**
 * hvp_file_place - Where a register is kept, past access rights and checks
 * @vp: VP of a child
 * @name: Register; also those that have a place but no name for guests
 *
 * For state that is moved in bulk and was checked otherwise.
 *
 * Return: the value's 64 bits, 128 for wide and FPU registers; NULL if it is not kept.
 */
u64 *hvp_file_place(struct hvp_vp *vp, u32 name)
{
	const struct file_row *row;
	u32 at;

	row = find_row(&name, &at);
	return row ? place_of(vp, row, at) : NULL;
}

/**
 * hvp_file_get64 - Read a register that is known to be there
 * @vp: VP of a child
 * @name: Register that is kept
 */
u64 hvp_file_get64(struct hvp_vp *vp, u32 name)
{
	const u64 *place = hvp_file_place(vp, name);

	return WARN_ON_ONCE(!place) ? 0 : *place;
}

/* The highest vector in ISR or IRR, whose first name is @name; -1 if there is none */
static int highest_vector(struct hvp_vp *vp, u32 name)
{
	const u64 *bits = hvp_file_place(vp, name);
	int i;

	for (i = 7; i >= 0; i--)
		if (bits[i])
			return 32 * i + fls(bits[i]) - 1;
	return -1;
}

/* Intel SDM volume 3, "Task and Processor Priorities" */
static u64 processor_priority(struct hvp_vp *vp)
{
	u64 tpr = hvp_file_get64(vp, HV_REG_APIC_TPR);
	int isrv = max(highest_vector(vp, HV_REG_APIC_ISR0), 0);

	return (tpr & 0xf0) >= (isrv & 0xf0) ? tpr : isrv & 0xf0;
}

static void end_of_interrupt(struct hvp_vp *vp)
{
	int vector = highest_vector(vp, HV_REG_APIC_ISR0);

	if (vector >= 0)
		hvp_file_place(vp, HV_REG_APIC_ISR0)[vector / 32] &= ~BIT_ULL(vector % 32);
}

static void self_ipi(struct hvp_vp *vp, u8 vector)
{
	/* A vector below 16 is an error, not an interrupt */
	if (vector < 16)
		*hvp_file_place(vp, HV_REG_APIC_ESR) |= BIT(5);
	else
		hvp_child_apic_set_irr(vp, vector, false);
}

static void make_value(struct hvp_vp *vp, u32 name, union hvp_register_value *value)
{
	switch (name) {
	case HV_REG_HYPERVISOR_VERSION:
		hvp_cpuid_seen(vp, HV_CPUID_VERSION, value->reg32);
		break;
	case HV_REG_PRIVILEGES_AND_FEATURES ... HV_REG_IPT_FEATURES:
		hvp_cpuid_seen(vp, HV_CPUID_FEATURES + name - HV_REG_PRIVILEGES_AND_FEATURES,
			       value->reg32);
		break;
	case HV_REG_CR8:
		value->low = hvp_file_get64(vp, HV_REG_APIC_TPR) >> 4;
		break;
	case HV_REG_APIC_PPR:
		value->low = processor_priority(vp);
		break;
	case HV_REG_VP_INDEX:
		value->low = vp->index;
		break;
	case HV_REG_TIME_REF_COUNT:
		value->low = hvp_child_reference_time(vp->partition);
		break;
	case HV_REG_VSM_VP_STATUS:
		value->low = VSM_VP_STATUS;
		break;
	case HV_REG_VSM_PARTITION_STATUS:
		value->low = VSM_PARTITION_STATUS;
		break;
	}
}

/* There is no prediction to flush; see also follow() */
static void take_value(struct hvp_vp *vp, u32 name, u64 value)
{
	switch (name) {
	case HV_REG_CR8:
		*hvp_file_place(vp, HV_REG_APIC_TPR) = value << 4;
		break;
	case HV_REG_APIC_EOI:
		end_of_interrupt(vp);
		break;
	case HV_REG_APIC_SELF_IPI:
		self_ipi(vp, value);
		break;
	}
}

/**
 * hvp_file_get - Read a register
 * @vp: VP of a child
 * @name: HV_REGISTER_NAME, from a guest
 * @value: Result; not touched on failure
 *
 * Return: SUCCESS, UNKNOWN_REGISTER_NAME, ACCESS_DENIED if it can only be written.
 */
enum hv_status hvp_file_get(struct hvp_vp *vp, u32 name, union hvp_register_value *value)
{
	const struct file_row *row;
	const u64 *place;
	u32 at;

	row = find_row(&name, &at);
	if (!row || !row->access)
		return HV_STATUS_UNKNOWN_REGISTER_NAME;
	if (!(row->access & R))
		return HV_STATUS_ACCESS_DENIED;
	*value = (union hvp_register_value) {};
	place = place_of(vp, row, at);
	if (!place)
		make_value(vp, name, value);
	else
		memcpy(value, place, row->kind == FILE_WIDE || row->kind == FILE_FPU ? 16 : 8);
	return HV_STATUS_SUCCESS;
}

/* What reads otherwise than it was written: bits that are fixed, bytes that are not there */
static void normalize(u32 name, union hvp_register_value *value)
{
	switch (name) {
	case HV_REG_RFLAGS:
		value->low |= X86_EFLAGS_FIXED;
		break;
	case HV_REG_CR0:
		value->low |= X86_CR0_ET;
		break;
	case HV_REG_DR6:
		value->low = (value->low & ~BIT_ULL(12)) | 0xfffe07f0;
		break;
	case HV_REG_DR7:
		value->low = (value->low & ~(BIT_ULL(12) | GENMASK_ULL(15, 14))) | BIT(10);
		break;
	case HV_REG_FPMMX0 ... HV_REG_FPMMX7:
		value->high &= U16_MAX;
		break;
	case HV_REG_FP_CONTROL:
		value->bytes[5] = 0;
		break;
	case HV_REG_XMM_CONTROL:
		value->reg32[3] = HVP_MXCSR_MASK;
		break;
	case HV_REG_IDTR:
	case HV_REG_GDTR:
		memset(value->table.rsvd, 0, sizeof(value->table.rsvd));
		break;
	}
}

/* An x2APIC has its logical id from its id */
static void derive_ldr(struct hvp_vp *vp)
{
	u32 id = hvp_file_get64(vp, HV_REG_APIC_ID);

	if (hvp_file_get64(vp, HV_REG_APIC_BASE) & HVP_APIC_BASE_X2APIC)
		*hvp_file_place(vp, HV_REG_APIC_LDR) = id >> 4 << 16 | BIT(id & 0xf);
}

/*
 * TLFS 2.0, "HvCreateVp": the parent can modify the initial APIC id, with which the local APIC
 * begins and which CPUID tells.
 */
static void adopt_apic_id(struct hvp_vp *vp)
{
	u32 id = hvp_file_get64(vp, HV_REG_INITIAL_APIC_ID);

	*hvp_file_place(vp, HV_REG_APIC_ID) = id;
	derive_ldr(vp);
	hvp_cpuid_set_apic_id(vp, id);
}

/*
 * What else happens when a register has been written. TLFS, "Messages" and "EOM Register": what
 * waits is looked at again when a message or an interrupt ends; besides when a page, or a SINT,
 * may have become usable.
 */
static void follow(struct hvp_vp *vp, u32 name)
{
	switch (name) {
	case HV_REG_SINT0 ... HV_REG_SINT15:
	case HV_REG_SCONTROL:
	case HV_REG_SIEFP:
	case HV_REG_SIMP:
	case HV_REG_EOM:
	case HV_REG_APIC_EOI:
		hvp_synic_deliver(vp);
		break;
	case HV_REG_INTERCEPT_SUSPEND:
		hvp_intercept_resumed(vp);
		break;
	case HV_REG_APIC_BASE:
		derive_ldr(vp);
		break;
	case HV_REG_INITIAL_APIC_ID:
		adopt_apic_id(vp);
		break;
	}
}

/* Senders look at registers of 64 bits without a lock, see hvp_child_ops.sint */
static void store(u64 *place, const union hvp_register_value *value, bool wide)
{
	WRITE_ONCE(place[0], value->low);
	if (wide)
		WRITE_ONCE(place[1], value->high);
}

/**
 * hvp_file_set - Write a register
 * @vp: VP of a child
 * @name: HV_REGISTER_NAME, from a guest
 * @value: Value, from a guest. Of a register of 64 bits the rest is ignored
 *
 * Return: SUCCESS, UNKNOWN_REGISTER_NAME, INVALID_PARAMETER if it is read-only,
 * INVALID_REGISTER_VALUE.
 */
enum hv_status hvp_file_set(struct hvp_vp *vp, u32 name, const union hvp_register_value *value)
{
	union hvp_register_value to_store = *value;
	const struct file_row *row;
	u64 *place;
	u32 at;

	row = find_row(&name, &at);
	if (!row || !row->access)
		return HV_STATUS_UNKNOWN_REGISTER_NAME;
	if (!(row->access & W))
		return HV_STATUS_INVALID_PARAMETER;
	if (row->check && !row->check(vp, row->arg, value))
		return HV_STATUS_INVALID_REGISTER_VALUE;
	place = place_of(vp, row, at);
	if (place) {
		normalize(name, &to_store);
		store(place, &to_store, row->kind == FILE_WIDE || row->kind == FILE_FPU);
	} else {
		take_value(vp, name, value->low);
	}
	follow(vp, name);
	return HV_STATUS_SUCCESS;
}

/**
 * hvp_file_stopped - May the VP's state be moved in bulk?
 * @vp: VP of a child
 *
 * Return: whether something keeps it from running: a suspension, or that it waits for SIPI.
 */
bool hvp_file_stopped(struct hvp_vp *vp)
{
	return ((hvp_file_get64(vp, HV_REG_EXPLICIT_SUSPEND) |
		 hvp_file_get64(vp, HV_REG_INTERCEPT_SUSPEND) |
		 hvp_file_get64(vp, HV_REG_DISPATCH_SUSPEND)) & HV_SUSPENDED) ||
	       (hvp_file_get64(vp, HV_REG_INTERNAL_ACTIVITY) & HV_STARTUP_SUSPEND);
}

/**
 * hvp_file_cpl - The privilege level that the VP is at
 * @vp: VP of a child
 *
 * Real mode is privileged, virtual-8086 mode is not, whatever SS says.
 */
u8 hvp_file_cpl(struct hvp_vp *vp)
{
	const union hvp_register_value *ss = (void *)hvp_file_place(vp, HV_REG_SS);

	if (!(hvp_file_get64(vp, HV_REG_CR0) & X86_CR0_PE))
		return 0;
	if (hvp_file_get64(vp, HV_REG_RFLAGS) & X86_EFLAGS_VM)
		return 3;
	return FIELD_GET(HVP_SEGMENT_DPL, ss->segment.attributes);
}

/**
 * hvp_file_pending - The intercept at which a VP is stopped, if it is
 * @vp: VP of a child
 */
struct hvp_pending_intercept *hvp_file_pending(struct hvp_vp *vp)
{
	return &vp->file->pending;
}

/**
 * hvp_file_xsave - The XSAVE area
 * @vp: VP of a child
 * @size: Its size
 *
 * Return: the area, in the standard format. Its FXSAVE image has to stay valid whatever the
 * header says, as the registers in it are read by name.
 */
void *hvp_file_xsave(struct hvp_vp *vp, u32 *size)
{
	*size = vp->file->xsave_size;
	return vp->file->xsave;
}

/**
 * hvp_file_state_page - A page that is shared with the parent
 * @vp: VP of a child
 * @type: HV_VP_STATE_PAGE_*, from a guest
 *
 * Return: what is known of it, or NULL if there is no such type.
 */
struct hvp_state_page *hvp_file_state_page(struct hvp_vp *vp, u32 type)
{
	if (type >= HV_VP_STATE_PAGES)
		return NULL;
	return &vp->file->pages[array_index_nospec(type, HV_VP_STATE_PAGES)];
}

/*
 * A child's clocks are those of the machine that it is on. Of a child that the host makes
 * they stay 0 until a processor has its VPs.
 */
static void adopt_clocks(struct hvp_vp *vp)
{
	struct hvp_vp *actor = vp->partition->actor;
	union hvp_register_value value;
	struct hvp_reg reg;
	u32 name;

	for (name = HV_REG_PROCESSOR_CLOCK; actor && name <= HV_REG_INTERRUPT_CLOCK; name++) {
		value.low = 0;
		if (hvp_reg_lookup(name, &reg) && !actor->ops->get_reg(actor, &reg, &value))
			*hvp_file_place(vp, name) = value.low;
	}
}

/* Leaf 0xd has the size with all that the processor supports; it may come from a VMM */
static u32 xsave_size(struct hvp_vp *vp)
{
	u32 regs[4];

	hvp_cpuid_lookup(vp, 0xd, 0, regs);
	return round_up(clamp_t(u32, regs[2], XSAVE_MIN, XSAVE_MAX), 64);
}

/**
 * hvp_file_create - Give a child's VP its file, in reset state
 * @vp: VP that nobody knows yet, with its index and CPUID
 *
 * The file is charged to the child's pool.
 *
 * Return: SUCCESS, INSUFFICIENT_MEMORY, NO_RESOURCES.
 */
enum hv_status hvp_file_create(struct hvp_vp *vp)
{
	struct hvp_pool *pool = &vp->partition->pool;
	struct hvp_vp_file *file;
	void *xsave;

	file = hvp_pool_zalloc(pool, sizeof(*file));
	if (IS_ERR(file))
		return hvp_pool_status(PTR_ERR(file));
	file->xsave_size = xsave_size(vp);
	xsave = hvp_pool_zalloc(pool, file->xsave_size);
	if (IS_ERR(xsave)) {
		hvp_pool_free(pool, file, sizeof(*file));
		return hvp_pool_status(PTR_ERR(xsave));
	}
	file->xsave = xsave;
	vp->file = file;
	hvp_intercept_vp_init(vp);
	hvp_file_reset(vp);
	adopt_clocks(vp);
	return HV_STATUS_SUCCESS;
}

/**
 * hvp_file_destroy - Free the file of a VP
 * @vp: VP of a child; its state pages are unmapped
 */
void hvp_file_destroy(struct hvp_vp *vp)
{
	struct hvp_pool *pool = &vp->partition->pool;
	struct hvp_vp_file *file = vp->file;

	if (!file)
		return;
	vp->file = NULL;
	hvp_pool_free(pool, file->xsave, file->xsave_size);
	hvp_pool_free(pool, file, sizeof(*file));
}
