// SPDX-License-Identifier: GPL-2.0
/*
 * The backend of child partitions: registers are in the file, memory is the parent's as the
 * address space maps it, reached by the VP of the parent that acts on the child.
 *
 * Operations that only a VP can ask for that runs (flushes, interrupts, spin waits, halts) are
 * not there: a VP that runs is in the hands of its monitor.
 */
#include <linux/errno.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/string.h>
#include <uapi/linux/hvpersona.h>

#include "child.h"
#include "hv_abi/gpa.h"
#include "hv_abi/registers.h"
#include "interrupt.h"
#include "reg_checks.h"
#include "registers.h"
#include "vp_file.h"

/* The page of the parent behind a page of the child; meaningful for plain mappings */
static u64 to_parent(const struct hvp_gpa_range *range, u64 gpa)
{
	return (range->source + (gpa >> PAGE_SHIFT) - range->gfn) << PAGE_SHIFT |
	       offset_in_page(gpa);
}

/* Find the mapping of @gpa, which has to grant @rights, of HV_MAP_GPA_* */
static bool find_mapping(struct hvp_vp *vp, u64 gpa, u32 rights, struct hvp_gpa_range *range)
{
	return hvp_gpa_map_find(vp->partition, gpa >> PAGE_SHIFT, range) &&
	       (range->flags & HV_MAP_GPA_KIND) != HV_MAP_GPA_NO_ACCESS &&
	       (range->flags & rights) == rights;
}

static int read_gpa(struct hvp_vp *vp, u64 gpa, void *data, u32 size)
{
	struct hvp_vp *actor = vp->partition->actor;
	struct hvp_gpa_range range;

	if (!find_mapping(vp, gpa, HV_MAP_GPA_READABLE, &range))
		return -EFAULT;
	switch (range.flags & HV_MAP_GPA_KIND) {
	case HV_MAP_GPA_ZEROED:
		memset(data, 0, size);
		return 0;
	case HV_MAP_GPA_ONES:
		memset(data, 0xff, size);
		return 0;
	}
	if (!actor)
		return -EFAULT;
	return actor->ops->read_gpa(actor, to_parent(&range, gpa), data, size);
}

/* A page of zeros or ones has no memory that could be written */
static bool find_writable(struct hvp_vp *vp, u64 gpa, struct hvp_gpa_range *range)
{
	return find_mapping(vp, gpa, HV_MAP_GPA_READABLE | HV_MAP_GPA_WRITABLE, range) &&
	       !(range->flags & HV_MAP_GPA_KIND);
}

static int write_gpa(struct hvp_vp *vp, u64 gpa, const void *data, u32 size)
{
	struct hvp_vp *actor = vp->partition->actor;
	struct hvp_gpa_range range;

	if (!actor || !find_writable(vp, gpa, &range))
		return -EFAULT;
	return actor->ops->write_gpa(actor, to_parent(&range, gpa), data, size);
}

static int cmpxchg_gpa(struct hvp_vp *vp, u64 gpa, u64 old, u64 new, u32 size)
{
	struct hvp_vp *actor = vp->partition->actor;
	struct hvp_gpa_range range;

	if (!actor || !find_writable(vp, gpa, &range))
		return -EFAULT;
	return actor->ops->cmpxchg_gpa(actor, to_parent(&range, gpa), old, new, size);
}

static u32 gpa_access(struct hvp_vp *vp, u64 gpa)
{
	struct hvp_vp *actor = vp->partition->actor;
	u32 access = HVP_GPA_MAPPED;
	struct hvp_gpa_range range;

	if (!hvp_gpa_map_find(vp->partition, gpa >> PAGE_SHIFT, &range))
		return 0;
	if ((range.flags & HV_MAP_GPA_KIND) == HV_MAP_GPA_NO_ACCESS)
		return access;
	if (range.flags & HV_MAP_GPA_READABLE)
		access |= HVP_GPA_READ;
	if (range.flags & HV_MAP_GPA_KIND)
		return access;
	if (range.flags & HV_MAP_GPA_WRITABLE)
		access |= HVP_GPA_WRITE;
	if (actor)
		access &= actor->ops->gpa_access(actor, to_parent(&range, gpa)) | HVP_GPA_MAPPED;
	else
		access = HVP_GPA_MAPPED;
	return access;
}

static void read_xmm(struct hvp_vp *vp, u32 first, u32 count, u64 *values)
{
	memcpy(values, hvp_file_place(vp, HV_REG_XMM0 + first), 16 * count);
}

static void write_xmm(struct hvp_vp *vp, u32 first, u32 count, const u64 *values)
{
	memcpy(hvp_file_place(vp, HV_REG_XMM0 + first), values, 16 * count);
}

static void paging(struct hvp_vp *vp, struct hvp_paging *paging)
{
	u32 regs[4];

	paging->cr0 = hvp_file_get64(vp, HV_REG_CR0);
	paging->cr3 = hvp_file_get64(vp, HV_REG_CR3);
	paging->cr4 = hvp_file_get64(vp, HV_REG_CR4);
	paging->efer = hvp_file_get64(vp, HV_REG_EFER);
	paging->rflags = hvp_file_get64(vp, HV_REG_RFLAGS);
	paging->pat = hvp_file_get64(vp, HV_REG_PAT);
	paging->pa_bits = vp->pa_bits;
	paging->cpl = hvp_file_cpl(vp);
	hvp_cpuid_lookup(vp, 0x80000001, 0, regs);
	paging->gbpages = regs[3] & BIT(26);
	if (!(paging->efer & HVP_EFER_LMA) && (paging->cr4 & X86_CR4_PAE) &&
	    read_gpa(vp, paging->cr3 & GENMASK_ULL(31, 5), paging->pdptrs,
		     sizeof(paging->pdptrs)))
		memset(paging->pdptrs, 0, sizeof(paging->pdptrs));
}

static enum hv_status get_reg(struct hvp_vp *vp, const struct hvp_reg *reg,
			      union hvp_register_value *value)
{
	return hvp_file_get(vp, reg->name, value);
}

static enum hv_status set_reg(struct hvp_vp *vp, const struct hvp_reg *reg,
			      const union hvp_register_value *value)
{
	return hvp_file_set(vp, reg->name, value);
}

static void load_segments(struct hvp_vp *vp, const struct hvp_initial_vp_context *c)
{
	/* In the order of HV_X64_REGISTER ES to TR */
	const struct hv_segment *segments[] = {
		&c->es, &c->cs, &c->ss, &c->ds, &c->fs, &c->gs, &c->ldtr, &c->tr,
	};
	u32 i;

	for (i = 0; i < ARRAY_SIZE(segments); i++)
		memcpy(hvp_file_place(vp, HV_REG_ES + i), segments[i], sizeof(*segments[i]));
	memcpy(hvp_file_place(vp, HV_REG_IDTR), &c->idtr, sizeof(c->idtr));
	memcpy(hvp_file_place(vp, HV_REG_GDTR), &c->gdtr, sizeof(c->gdtr));
}

static void load_context(struct hvp_vp *vp, const struct hvp_initial_vp_context *c)
{
	*hvp_file_place(vp, HV_REG_RIP) = c->rip;
	*hvp_file_place(vp, HV_REG_RSP) = c->rsp;
	*hvp_file_place(vp, HV_REG_RFLAGS) = c->rflags;
	*hvp_file_place(vp, HV_REG_EFER) = c->efer;
	*hvp_file_place(vp, HV_REG_CR0) = c->cr0 | X86_CR0_ET;
	*hvp_file_place(vp, HV_REG_CR3) = c->cr3;
	*hvp_file_place(vp, HV_REG_CR4) = c->cr4;
	*hvp_file_place(vp, HV_REG_PAT) = c->pat;
	load_segments(vp, c);
}

static enum hv_status start_vp(struct hvp_vp *vp, struct hvp_vp *target, u8 vtl,
			       const struct hvp_initial_vp_context *context)
{
	u64 *activity = hvp_file_place(target, HV_REG_INTERNAL_ACTIVITY);

	if (!hvp_context_loadable(target, context, hvp_cr4_reserved(target)))
		return HV_STATUS_INVALID_REGISTER_VALUE;
	if (!(*activity & HV_STARTUP_SUSPEND))
		return HV_STATUS_INVALID_VP_STATE;
	/* What the parent has left in the register page is older */
	hvp_register_page_load(target);
	load_context(target, context);
	*activity &= ~HV_STARTUP_SUSPEND;
	hvp_register_page_fill(target);
	return HV_STATUS_SUCCESS;
}

static u32 vp_index(struct hvp_vp *vp)
{
	return vp->index;
}

static void apic(struct hvp_vp *vp, u8 vtl, struct hvp_apic *apic)
{
	u64 base = hvp_file_get64(vp, HV_REG_APIC_BASE);

	apic->id = hvp_file_get64(vp, HV_REG_APIC_ID);
	apic->ldr = hvp_file_get64(vp, HV_REG_APIC_LDR);
	apic->flat = hvp_file_get64(vp, HV_REG_APIC_DFR) >> 28 == 0xf;
	apic->x2apic = base & HVP_APIC_BASE_X2APIC;
	apic->enabled = base & HVP_APIC_BASE_ENABLE;
}

static u32 vp_state(struct hvp_vp *vp)
{
	u64 activity = hvp_file_get64(vp, HV_REG_INTERNAL_ACTIVITY);

	if (activity & HV_STARTUP_SUSPEND)
		return HVPERSONA_VP_WAIT_SIPI;
	if (hvp_file_stopped(vp))
		return HVPERSONA_VP_STOPPED;
	return activity ? HVPERSONA_VP_HALTED : HVPERSONA_VP_RUNNABLE;
}

static struct pid *vp_tid(struct hvp_vp *vp)
{
	return NULL;
}

static u64 guest_os_id(struct hvp_vp *vp)
{
	return hvp_file_get64(vp, HV_REG_GUEST_OS_ID);
}

static u64 time_ns(void)
{
	return ktime_get_mono_fast_ns();
}

static u64 peek(struct hvp_vp *vp, u32 name)
{
	return READ_ONCE(*hvp_file_place(vp, name));
}

/* Senders hold no op_lock */
static bool sint(struct hvp_vp *vp, u8 vtl, u32 sint, struct hvp_sint *out)
{
	out->control = peek(vp, HV_REG_SCONTROL);
	out->simp = peek(vp, HV_REG_SIMP);
	out->siefp = peek(vp, HV_REG_SIEFP);
	out->sint = peek(vp, HV_REG_SINT0 + sint);
	return true;
}

/* It has not run */
static void run_time(struct hvp_vp *vp, struct hvp_run_time *time)
{
	*time = (struct hvp_run_time) {};
}

static void sint_irq(struct hvp_vp *vp, u8 vtl, u8 vector)
{
	hvp_child_apic_set_irr(vp, vector, false);
}

static u64 sirbp(struct hvp_vp *vp)
{
	return peek(vp, HV_REG_SIRBP);
}

static int priority(struct hvp_vp *vp, u8 vtl)
{
	return hvp_child_priority(vp);
}

const struct hvp_backend_ops hvp_child_ops = {
	.read_gpa = read_gpa,
	.write_gpa = write_gpa,
	.cmpxchg_gpa = cmpxchg_gpa,
	.gpa_access = gpa_access,
	.read_xmm = read_xmm,
	.write_xmm = write_xmm,
	.paging = paging,
	.get_reg = get_reg,
	.set_reg = set_reg,
	.start_vp = start_vp,
	.vp_index = vp_index,
	.apic = apic,
	.vp_state = vp_state,
	.vp_tid = vp_tid,
	.guest_os_id = guest_os_id,
	.time_ns = time_ns,
	.sint = sint,
	.sint_irq = sint_irq,
	.sirbp = sirbp,
	.run_time = run_time,
	.accept_irq = hvp_child_accept_irq,
	.priority = priority,
};
