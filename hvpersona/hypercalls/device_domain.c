// SPDX-License-Identifier: GPL-2.0
/* Calls on device domains. Those of a child would need a host's IOMMU, so it has none. */
#include <linux/align.h>
#include <linux/bitfield.h>
#include <linux/mm.h>

#include "../device_domain.h"
#include "../device_interrupt.h"
#include "../hv_abi/device.h"
#include "../hv_abi/gpa.h"
#include "hypercalls.h"

#define RIGHTS	(HV_MAP_GPA_READABLE | HV_MAP_GPA_WRITABLE)

enum hv_status hvp_create_device_domain(struct hvp_vp *vp, struct hvp_args *args)
{
	const struct hvp_create_device_domain *in = args->in;
	enum hv_status status = hvp_target_vtl_check(vp, args, in->owner_vtl);

	if (status)
		return status;
	if (args->target != vp->partition)
		return HV_STATUS_ACCESS_DENIED;
	if (in->flags & ~HVP_DOMAIN_FLAGS)
		return HV_STATUS_INVALID_PARAMETER;
	return hvp_domain_create(vp->partition, in->domain_id);
}

enum hv_status hvp_delete_device_domain(struct hvp_vp *vp, struct hvp_args *args)
{
	const struct hvp_delete_device_domain *in = args->in;
	enum hv_status status = hvp_target_vtl_check(vp, args, in->owner_vtl);

	if (status)
		return status;
	if (args->target != vp->partition)
		return HV_STATUS_INVALID_PARAMETER;
	return hvp_domain_delete(vp->partition, in->domain_id);
}

static bool is_own_pci(const struct hvp_vp *vp, const struct hvp_args *args, u64 device)
{
	return args->target == vp->partition && hvp_device_id_valid(device) &&
	       FIELD_GET(HVP_DEVICE_TYPE, device) == HVP_DEVICE_PCI;
}

enum hv_status hvp_attach_device_domain(struct hvp_vp *vp, struct hvp_args *args)
{
	const struct hvp_attach_device_domain *in = args->in;
	enum hv_status status = hvp_target_vtl_check(vp, args, in->owner_vtl);

	if (status)
		return status;
	if (!is_own_pci(vp, args, in->device_id))
		return HV_STATUS_INVALID_DEVICE_ID;
	return hvp_domain_attach(vp->partition, in->domain_id, in->device_id);
}

enum hv_status hvp_detach_device_domain(struct hvp_vp *vp, struct hvp_args *args)
{
	const struct hvp_detach_device_domain *in = args->in;

	if (!is_own_pci(vp, args, in->device_id))
		return HV_STATUS_INVALID_DEVICE_ID;
	return hvp_domain_detach(vp->partition, in->device_id);
}

/* What a list of pages begins with */
static enum hv_status check_list(struct hvp_vp *vp, const struct hvp_args *args, u8 owner_vtl,
				 u64 domain, u64 base)
{
	enum hv_status status = hvp_target_vtl_check(vp, args, owner_vtl);

	if (status)
		return status;
	if (args->target != vp->partition || !PAGE_ALIGNED(base) ||
	    !hvp_domain_exists(vp->partition, domain))
		return HV_STATUS_INVALID_PARAMETER;
	return HV_STATUS_SUCCESS;
}

/* The device page of this element; no space is larger than that of 52-bit addresses */
static bool rep_page(const struct hvp_args *args, u64 base, u64 *page)
{
	*page = (base >> PAGE_SHIFT) + args->rep;
	return *page < HVP_GPA_MAX_PAGES;
}

enum hv_status hvp_map_device_gpa_prepare(struct hvp_vp *vp, struct hvp_args *args)
{
	const struct hvp_map_device_gpa *in = args->in;
	enum hv_status status;

	status = check_list(vp, args, in->owner_vtl, in->domain_id, in->base);
	status = status ?: hvp_target_vtl_check(vp, args, in->target_vtl);
	if (status)
		return status;
	return (in->flags & RIGHTS) && !(in->flags & ~RIGHTS) ? HV_STATUS_SUCCESS :
								HV_STATUS_INVALID_PARAMETER;
}

/* A device may do with a page what the root itself may */
enum hv_status hvp_map_device_gpa(struct hvp_vp *vp, struct hvp_args *args)
{
	const struct hvp_map_device_gpa *in = args->in;
	u64 gfn = *(const u64 *)args->rep_in, page;
	u32 rights = 0;

	if (!rep_page(args, in->base, &page) || gfn >= BIT_ULL(vp->pa_bits) >> PAGE_SHIFT)
		return HV_STATUS_INVALID_PARAMETER;
	if (in->flags & HV_MAP_GPA_READABLE)
		rights |= HVP_GPA_READ;
	if (in->flags & HV_MAP_GPA_WRITABLE)
		rights |= HVP_GPA_WRITE;
	if (rights & ~hvp_space_rights(vp->partition, gfn))
		return HV_STATUS_ACCESS_DENIED;
	return hvp_domain_map(vp->partition, in->domain_id, page, gfn, rights);
}

enum hv_status hvp_unmap_device_gpa_prepare(struct hvp_vp *vp, struct hvp_args *args)
{
	const struct hvp_unmap_device_gpa *in = args->in;

	return check_list(vp, args, in->owner_vtl, in->domain_id, in->base);
}

enum hv_status hvp_unmap_device_gpa(struct hvp_vp *vp, struct hvp_args *args)
{
	const struct hvp_unmap_device_gpa *in = args->in;
	u64 page;

	if (!rep_page(args, in->base, &page))
		return HV_STATUS_INVALID_PARAMETER;
	return hvp_domain_unmap(vp->partition, in->domain_id, page);
}
