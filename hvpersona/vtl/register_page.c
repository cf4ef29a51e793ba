// SPDX-License-Identifier: GPL-2.0
/*
 * The register page of a VTL: registers of the lower VTL that an intercept has left, so that the
 * higher one need not ask for them one by one. The sheet's section "VP register page".
 *
 * It is valid from an intercept to the VTL return, with which what the higher VTL has marked is
 * taken over. General registers but RSP and the XMM registers are shared by VTLs, so they are those
 * in the processor and not those in the page.
 */
#include <linux/cleanup.h>
#include <linux/mm.h>
#include <linux/nospec.h>

#include "../core.h"
#include "../hv_abi/registers.h"
#include "../hv_abi/vp_state.h"
#include "../hypercalls/hypercalls.h"
#include "../registers.h"
#include "../vp_file.h"
#include "register_page.h"

#define PAGE_ENABLED	BIT_ULL(0)

/**
 * hvp_vtl_register_page - Where the register page of a VTL is
 * @vp: VP
 * @vtl: VTL
 * @gpa: Result
 *
 * Return: whether it has one.
 */
bool hvp_vtl_register_page(const struct hvp_vp *vp, u8 vtl, u64 *gpa)
{
	/* Pairs with the release in hvp_vp_vtls_alloc() */
	const struct hvp_vp_vtls *vtls = smp_load_acquire(&vp->vtls);

	*gpa = vtls ? READ_ONCE(vtls->register_page[vtl]) : 0;
	if (!(*gpa & PAGE_ENABLED))
		return false;
	*gpa &= PAGE_MASK;
	return true;
}

/**
 * hvp_register_page_get - Read HvX64RegisterRegPage
 * @vp: The caller
 * @vtl: VTL whose register it is
 */
u64 hvp_register_page_get(const struct hvp_vp *vp, u8 vtl)
{
	return vp->vtls ? READ_ONCE(vp->vtls->register_page[vtl]) : 0;
}

/**
 * hvp_register_page_set - Write HvX64RegisterRegPage
 * @vp: The caller
 * @vtl: VTL whose register it is
 * @value: Page and enable bit, from a guest
 *
 * Return: SUCCESS, INVALID_PARAMETER for VTL0, INVALID_REGISTER_VALUE for reserved bits or what is
 * no RAM, INSUFFICIENT_MEMORY.
 */
enum hv_status hvp_register_page_set(struct hvp_vp *vp, u8 vtl, u64 value)
{
	struct hvp_partition *pt = vp->partition;
	u64 gfn = value >> PAGE_SHIFT;
	struct hvp_vp_vtls *vtls;

	if (!vtl)
		return HV_STATUS_INVALID_PARAMETER;
	if ((value & ~PAGE_MASK & ~PAGE_ENABLED) ||
	    ((value & PAGE_ENABLED) &&
	     (gfn >= HVP_SPACE_PAGES || !pt->ops->space_is_ram(pt, gfn, 1))))
		return HV_STATUS_INVALID_REGISTER_VALUE;
	guard(mutex)(&pt->op_lock);
	vtls = hvp_vp_vtls_alloc(vp);
	if (!vtls)
		return HV_STATUS_INSUFFICIENT_MEMORY;
	WRITE_ONCE(vtls->register_page[array_index_nospec(vtl, HVP_VTLS)], value);
	return HV_STATUS_SUCCESS;
}

static void get(struct hvp_vp *vp, u32 name, union hvp_register_value *value)
{
	struct hvp_reg reg;

	*value = (union hvp_register_value) {};
	if (hvp_reg_lookup(name, &reg) && reg.kind != HVP_REG_CONST)
		vp->ops->get_reg(vp, &reg, value);
}

/**
 * hvp_register_page_show - A VP is about to be intercepted: show its registers to the higher VTL
 * @vp: The VP, with the lower VTL still active
 * @vtl: The higher VTL
 */
void hvp_register_page_show(struct hvp_vp *vp, u8 vtl)
{
	struct hv_register_page page = {};
	u64 gpa;

	if (!hvp_vtl_register_page(vp, vtl, &gpa))
		return;
	hvp_register_page_compose(vp, get, &page);
	vp->ops->write_vtl_gpa(vp, vtl, gpa, &page,
			       offsetof(struct hv_register_page, vector_count));
}

static enum hv_status set(struct hvp_vp *vp, u8 vtl, u32 name, const union hvp_register_value *value)
{
	enum hv_status status = HV_STATUS_SUCCESS;
	struct hvp_reg reg;

	if (hvp_reg_lookup(name, &reg))
		status = vp->ops->set_vtl_reg(vp, vtl, &reg, value);
	/* As by HvCallSetVpRegisters a value that makes no sense changes nothing */
	return status == HVP_STATUS_AGAIN ? status : HV_STATUS_SUCCESS;
}

static enum hv_status set64(struct hvp_vp *vp, u8 vtl, u32 name, u64 value)
{
	const union hvp_register_value wide = { .low = value };

	return set(vp, vtl, name, &wide);
}

static enum hv_status take_over(struct hvp_vp *vp, u8 vtl, const struct hv_register_page *page)
{
	enum hv_status status = HV_STATUS_SUCCESS;
	u32 i;

	if (page->dirty & HV_REGISTER_PAGE_DIRTY_GPRS)
		status = set64(vp, vtl, HV_REG_RSP, page->gprs[HV_REG_RSP - HV_REG_RAX]);
	if (!status && (page->dirty & HV_REGISTER_PAGE_DIRTY_RIP))
		status = set64(vp, vtl, HV_REG_RIP, page->rip);
	if (!status && (page->dirty & HV_REGISTER_PAGE_DIRTY_RFLAGS))
		status = set64(vp, vtl, HV_REG_RFLAGS, page->rflags);
	if (page->dirty & HV_REGISTER_PAGE_DIRTY_SEGMENTS)
		for (i = 0; !status && i < ARRAY_SIZE(page->segments); i++)
			status = set(vp, vtl, HV_REG_ES + i, &page->segments[i]);
	return status;
}

/**
 * hvp_register_page_take - A VTL returns: take over what it has marked in its register page
 * @vp: The VP, with the higher VTL still active
 * @lower: VTL that it returns to
 *
 * Return: SUCCESS, HVP_STATUS_AGAIN.
 */
enum hv_status hvp_register_page_take(struct hvp_vp *vp, u8 lower)
{
	static const u8 invalid[8] = { HV_REGISTER_PAGE_VERSION };
	struct hv_register_page page;
	enum hv_status status;
	u64 gpa;

	if (!hvp_vtl_register_page(vp, vp->vtl, &gpa) ||
	    vp->ops->read_gpa(vp, gpa, &page, offsetof(struct hv_register_page, gprs)) ||
	    !page.is_valid)
		return HV_STATUS_SUCCESS;
	if (page.dirty) {
		/* Read as a whole, and once: other VPs may write to it */
		if (vp->ops->read_gpa(vp, gpa, &page, offsetof(struct hv_register_page, cr0)))
			return HV_STATUS_SUCCESS;
		status = take_over(vp, lower, &page);
		if (status)
			return status;
	}
	vp->ops->write_gpa(vp, gpa, invalid, sizeof(invalid));
	return HV_STATUS_SUCCESS;
}
