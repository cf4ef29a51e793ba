// SPDX-License-Identifier: GPL-2.0
/*
 * Pages through which a parent shares a VP's state with the hypervisor: the register page and
 * the intercept message page.
 *
 * A page comes out of the child's pool or is named by the parent; either way it is RAM of the
 * parent, which may access it while it is mapped. While the VP does not run, the register page
 * says what the VP's file says: it is filled when it is mapped and whenever a call has changed
 * registers, and what the parent has written to it is taken over before a call reads or writes
 * registers, and before the VP runs. The hypervisor never keeps a pointer to the page; if the
 * parent loses it, nothing happens but that nobody writes there.
 */
#include <linux/lockdep.h>
#include <linux/mm.h>
#include <linux/string.h>

#include "child.h"
#include "hv_abi/registers.h"
#include "vp_file.h"

/* Zero what may hold anything: the parent's own data, or what was in the pool's page */
static int clear_page_of(struct hvp_vp *actor, u64 gfn)
{
	static const u8 zeros[256];
	u64 gpa = gfn << PAGE_SHIFT;
	u32 at;
	int err;

	for (at = 0; at < PAGE_SIZE; at += sizeof(zeros)) {
		err = actor->ops->write_gpa(actor, gpa + at, zeros, sizeof(zeros));
		if (err)
			return err;
	}
	return 0;
}

/* The parent names a page of its own to be overlaid. Only of a machine is it known which are */
static enum hv_status take_page(struct hvp_partition *pt, u64 gfn)
{
	if (!pt->parent || pt->parent->child)
		return HV_STATUS_OPERATION_DENIED;
	return hvp_pool_status(hvp_space_overlay(pt->parent, gfn, HVP_GPA_ALL));
}

static void give_back(struct hvp_partition *pt, struct hvp_state_page *page)
{
	if (page->from_pool)
		hvp_pool_take_back(&pt->pool, page->gfn);
	else
		hvp_space_clear(pt->parent, page->gfn, 1);
	page->mapped = false;
}

static bool offered(const struct hvp_partition *pt, u32 type)
{
	switch (type) {
	case HV_VP_STATE_PAGE_REGISTERS:
		return true;
	case HV_VP_STATE_PAGE_INTERCEPT_MESSAGE:
		return pt->child->flags & HV_CREATE_INTERCEPT_MESSAGE_PAGE;
	default:
		return false;	/* GHCB: there are no encrypted partitions */
	}
}

/**
 * hvp_state_page_map - HvCallMapVpStatePage
 * @vp: VP of a child; op_lock is held, on behalf of a VP of the parent
 * @type: HV_VP_STATE_PAGE_*, from a guest
 * @location: Page that the parent names; NULL if it is to come out of the child's pool
 * @gfn: Result: the page, in the parent's space
 *
 * The intercept message page starts as zeros, which is no message.
 *
 * Return: SUCCESS; INVALID_PARAMETER if there is no such page; OPERATION_DENIED if it is
 * mapped already, or @location is not simply RAM of the parent; OBJECT_IN_USE if the
 * hypervisor uses @location; INSUFFICIENT_MEMORY if the pool has no page.
 */
enum hv_status hvp_state_page_map(struct hvp_vp *vp, u32 type, const u64 *location, u64 *gfn)
{
	struct hvp_partition *pt = vp->partition;
	struct hvp_state_page *page;
	enum hv_status status;

	lockdep_assert_held(&pt->op_lock);
	if (!offered(pt, type))
		return HV_STATUS_INVALID_PARAMETER;
	page = hvp_file_state_page(vp, type);
	if (page->mapped || !pt->actor)
		return HV_STATUS_OPERATION_DENIED;
	if (location)
		*gfn = *location;
	status = location ? take_page(pt, *gfn) : hvp_pool_hand_out(&pt->pool, HVP_GPA_ALL, gfn);
	if (status)
		return status;

	*page = (struct hvp_state_page) { .mapped = true, .from_pool = !location, .gfn = *gfn };
	if (clear_page_of(pt->actor, *gfn)) {
		give_back(pt, page);
		return HV_STATUS_OPERATION_FAILED;
	}
	if (type == HV_VP_STATE_PAGE_REGISTERS)
		hvp_register_page_fill(vp);
	return HV_STATUS_SUCCESS;
}

/**
 * hvp_state_page_unmap - HvCallUnmapVpStatePage
 * @vp: VP of a child; op_lock is held
 * @type: HV_VP_STATE_PAGE_*, from a guest
 *
 * What the parent has written to a register page and no call has taken over is dropped.
 *
 * Return: SUCCESS, INVALID_PARAMETER if there is no such page or it is not mapped.
 */
enum hv_status hvp_state_page_unmap(struct hvp_vp *vp, u32 type)
{
	struct hvp_state_page *page;

	lockdep_assert_held(&vp->partition->op_lock);
	if (!offered(vp->partition, type))
		return HV_STATUS_INVALID_PARAMETER;
	page = hvp_file_state_page(vp, type);
	if (!page->mapped)
		return HV_STATUS_INVALID_PARAMETER;
	give_back(vp->partition, page);
	return HV_STATUS_SUCCESS;
}

/**
 * hvp_state_pages_unmap - Give back all state pages of a VP that is going
 * @vp: VP of a child
 */
void hvp_state_pages_unmap(struct hvp_vp *vp)
{
	u32 type;

	for (type = 0; type < HV_VP_STATE_PAGES; type++) {
		struct hvp_state_page *page = hvp_file_state_page(vp, type);

		if (page->mapped)
			give_back(vp->partition, page);
	}
}

static u64 get64(struct hvp_vp *vp, hvp_get_register get, u32 name)
{
	union hvp_register_value value;

	get(vp, name, &value);
	return value.low;
}

/**
 * hvp_register_page_compose - What a register page says of a VP
 * @vp: VP that does not run
 * @get: How to read its registers
 * @page: Filled but for the interrupt vectors
 */
void hvp_register_page_compose(struct hvp_vp *vp, hvp_get_register get,
			       struct hv_register_page *page)
{
	u32 i;

	page->version = HV_REGISTER_PAGE_VERSION;
	page->is_valid = 1;
	page->vtl = vp->vtl;
	for (i = 0; i < ARRAY_SIZE(page->gprs); i++)
		page->gprs[i] = get64(vp, get, HV_REG_RAX + i);
	page->rip = get64(vp, get, HV_REG_RIP);
	page->rflags = get64(vp, get, HV_REG_RFLAGS);
	for (i = 0; i < ARRAY_SIZE(page->xmm); i++)
		get(vp, HV_REG_XMM0 + i, &page->xmm[i]);
	for (i = 0; i < ARRAY_SIZE(page->segments); i++)
		get(vp, HV_REG_ES + i, &page->segments[i]);
	page->cr0 = get64(vp, get, HV_REG_CR0);
	page->cr3 = get64(vp, get, HV_REG_CR3);
	page->cr4 = get64(vp, get, HV_REG_CR4);
	page->cr8 = get64(vp, get, HV_REG_CR8);
	page->efer = get64(vp, get, HV_REG_EFER);
	page->dr7 = get64(vp, get, HV_REG_DR7);
	page->pending_interruption = get64(vp, get, HV_REG_PENDING_INTERRUPTION);
	page->interrupt_state = get64(vp, get, HV_REG_INTERRUPT_STATE);
	page->emulation_hints = get64(vp, get, HV_REG_EMULATION_HINTS);
	page->xfem = get64(vp, get, HV_REG_XFEM);
}

static void get_from_file(struct hvp_vp *vp, u32 name, union hvp_register_value *value)
{
	if (hvp_file_get(vp, name, value))
		*value = (union hvp_register_value) {};
}

/**
 * hvp_register_page_fill - Write a VP's registers to its register page, if there is one
 * @vp: VP of a child that does not run; op_lock is held
 *
 * Nothing that the parent wrote there is kept but its interrupt vectors. If the host acts,
 * the page is filled by the next hvp_register_page_load() on the parent's behalf.
 */
void hvp_register_page_fill(struct hvp_vp *vp)
{
	struct hvp_state_page *at = hvp_file_state_page(vp, HV_VP_STATE_PAGE_REGISTERS);
	struct hvp_vp *actor = vp->partition->actor;
	struct hv_register_page page = {};

	lockdep_assert_held(&vp->partition->op_lock);
	at->stale = !actor;
	if (!at->mapped || !actor)
		return;
	hvp_register_page_compose(vp, get_from_file, &page);
	actor->ops->write_gpa(actor, at->gfn << PAGE_SHIFT, &page,
			      offsetof(struct hv_register_page, vector_count));
}

/* As HvCallSetVpRegisters sets them; a value that it would refuse changes nothing */
static void set_registers(struct hvp_vp *vp, u32 name, const union hvp_register_value *values,
			  u32 count)
{
	u32 i;

	for (i = 0; i < count; i++)
		hvp_file_set(vp, name + i, &values[i]);
}

static void set_register64(struct hvp_vp *vp, u32 name, u64 value)
{
	const union hvp_register_value wide = { .low = value };

	set_registers(vp, name, &wide, 1);
}

/* Take over the groups of registers that the parent has marked */
static void decompose(struct hvp_vp *vp, const struct hv_register_page *page)
{
	u32 i;

	if (page->dirty & HV_REGISTER_PAGE_DIRTY_GPRS)
		for (i = 0; i < ARRAY_SIZE(page->gprs); i++)
			set_register64(vp, HV_REG_RAX + i, page->gprs[i]);
	if (page->dirty & HV_REGISTER_PAGE_DIRTY_RIP)
		set_register64(vp, HV_REG_RIP, page->rip);
	if (page->dirty & HV_REGISTER_PAGE_DIRTY_XMM)
		set_registers(vp, HV_REG_XMM0, page->xmm, ARRAY_SIZE(page->xmm));
	if (page->dirty & HV_REGISTER_PAGE_DIRTY_SEGMENTS)
		set_registers(vp, HV_REG_ES, page->segments, ARRAY_SIZE(page->segments));
	if (page->dirty & HV_REGISTER_PAGE_DIRTY_RFLAGS)
		set_register64(vp, HV_REG_RFLAGS, page->rflags);
}

/**
 * hvp_register_page_load - Take over what the parent has written to a VP's register page
 * @vp: VP of a child that does not run; op_lock is held
 *
 * Each register is checked as HvCallSetVpRegisters does; the page is filled again, so that
 * it shows what has become of it and nothing is marked any more. Unknown groups are ignored.
 */
void hvp_register_page_load(struct hvp_vp *vp)
{
	struct hvp_state_page *at = hvp_file_state_page(vp, HV_VP_STATE_PAGE_REGISTERS);
	struct hvp_vp *actor = vp->partition->actor;
	struct hv_register_page page;

	lockdep_assert_held(&vp->partition->op_lock);
	if (!at->mapped || !actor)
		return;
	/* Read once: the parent may write to it meanwhile */
	if (actor->ops->read_gpa(actor, at->gfn << PAGE_SHIFT, &page, sizeof(page)))
		return;
	decompose(vp, &page);
	if (page.dirty || at->stale)
		hvp_register_page_fill(vp);
}
