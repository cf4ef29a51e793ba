// SPDX-License-Identifier: GPL-2.0
/*
 * Device domains: address spaces for DMA that a root makes, maps pages into, and puts its devices
 * in.
 *
 * The devices are the VMM's models, with no IOMMU before them: the address that a device is given
 * is the guest's own. So the books are exact, and what they say holds as far as it can. A device may
 * be put into the default domain, where all devices are from the beginning, or into one that maps
 * each page to itself; but pages that are not mapped are not out of its reach. Whatever would have
 * to move a device's accesses, or to forbid them all, is refused rather than promised: a mapping of
 * a page to another one in a domain with devices, a device for a domain with such mappings, and any
 * device for the null domain.
 *
 * A run of pages that are mapped alike and to consecutive pages is one entry of a maple tree, as in
 * gpa_map.c. The pool pays for each.
 */
#include <linux/bitfield.h>
#include <linux/cleanup.h>
#include <linux/err.h>
#include <linux/list.h>
#include <linux/maple_tree.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>

#include "child.h"
#include "device_domain.h"
#include "hv_abi/device.h"

/* The value of a run: distance from device page to guest page, with sign, and rights, never 0 */
#define VALUE_DISTANCE		GENMASK_ULL(40, 0)
#define VALUE_RIGHTS		GENMASK_ULL(43, 41)
static_assert(VALUE_DISTANCE / 2 + 1 >= HVP_GPA_MAX_PAGES);

/* Runs that one call of hvp_domain_delete() takes away: they take less than a millisecond */
#define DELETED_AT_ONCE		1024

/**
 * struct domain - A device domain
 * @runs: Runs of mapped pages, by device page
 * @moved: Pages that are mapped to others
 * @devices: Devices in it
 * @going: It is being deleted, and cannot be named any more
 */
struct domain {
	struct maple_tree runs;
	u64 moved;
	u32 devices;
	bool going;
};

/**
 * struct member - A device that has been put into a domain
 * @node: In the partition's list
 * @device: HV_DEVICE_ID
 * @domain: The domain; NULL for the default one
 */
struct member {
	struct list_head node;
	u64 device;
	struct domain *domain;
};

/* Pages mapped alike; none if @value is 0 */
struct run {
	u64 first;
	u64 last;
	u64 value;
};

/**
 * hvp_domains_init - A new partition has no device domains
 * @domains: Its domains
 */
void hvp_domains_init(struct hvp_device_domains *domains)
{
	xa_init(&domains->domains);
	INIT_LIST_HEAD(&domains->members);
}

/* Is this the id of a domain that a root could make? */
static bool is_id(u64 id)
{
	u32 number = FIELD_GET(HVP_DOMAIN_NUMBER, id);

	return !(id & ~HVP_DOMAIN_NUMBER) && number != HVP_DOMAIN_DEFAULT &&
	       number != HVP_DOMAIN_NULL;
}

static struct domain *find(struct hvp_partition *pt, u64 id)
{
	struct domain *domain;

	if (!is_id(id))
		return NULL;
	domain = xa_load(&pt->domains.domains, FIELD_GET(HVP_DOMAIN_NUMBER, id));
	return domain && !domain->going ? domain : NULL;
}

static struct member *find_member(struct hvp_partition *pt, u64 device)
{
	struct member *member;

	list_for_each_entry(member, &pt->domains.members, node)
		if (member->device == device)
			return member;
	return NULL;
}

static void find_run(struct domain *domain, u64 first, u64 last, struct run *run)
{
	MA_STATE(mas, &domain->runs, first, first);
	void *value;

	rcu_read_lock();
	value = mas_find(&mas, last);
	rcu_read_unlock();
	*run = value ? (struct run) { mas.index, mas.last, xa_to_value(value) } : (struct run) {};
}

/**
 * hvp_domain_create - HvCallCreateDeviceDomain
 * @pt: Root partition
 * @id: Domain id
 *
 * Return: SUCCESS; INVALID_PARAMETER for an id that is in use, or of a domain that needs page tables
 * of the guest's; INSUFFICIENT_DEVICE_DOMAINS at HVP_MAX_DEVICE_DOMAINS; INSUFFICIENT_MEMORY.
 */
enum hv_status hvp_domain_create(struct hvp_partition *pt, u64 id)
{
	u32 number = FIELD_GET(HVP_DOMAIN_NUMBER, id);
	struct domain *domain;

	guard(mutex)(&pt->lock);
	if (!is_id(id) || xa_load(&pt->domains.domains, number))
		return HV_STATUS_INVALID_PARAMETER;
	if (pt->domains.count == HVP_MAX_DEVICE_DOMAINS)
		return HV_STATUS_INSUFFICIENT_DEVICE_DOMAINS;
	domain = hvp_pool_zalloc(&pt->pool, sizeof(*domain));
	if (IS_ERR(domain))
		return hvp_pool_status(PTR_ERR(domain));
	mt_init_flags(&domain->runs, MT_FLAGS_USE_RCU);
	if (xa_err(xa_store(&pt->domains.domains, number, domain, GFP_KERNEL_ACCOUNT))) {
		hvp_pool_free(&pt->pool, domain, sizeof(*domain));
		return HV_STATUS_NO_RESOURCES;
	}
	pt->domains.count++;
	return HV_STATUS_SUCCESS;
}

/* Forget at most @max runs; is it empty? */
static bool clear_some(struct hvp_partition *pt, struct domain *domain, u32 max)
{
	struct run run;

	for (; max; max--) {
		find_run(domain, 0, HVP_GPA_MAX_PAGES, &run);
		if (!run.value)
			return true;
		/* For want of memory to do it, it may have to be tried again */
		if (!mtree_erase(&domain->runs, run.first))
			return false;
		pt->domains.run_count--;
		hvp_pool_uncharge(&pt->pool, HVP_GPA_RANGE_COST);
	}
	return mtree_empty(&domain->runs);
}

static void free_domain(struct hvp_partition *pt, unsigned long number, struct domain *domain)
{
	xa_erase(&pt->domains.domains, number);
	pt->domains.count--;
	hvp_pool_free(&pt->pool, domain, sizeof(*domain));
}

/**
 * hvp_domain_delete - HvCallDeleteDeviceDomain
 * @pt: Root partition
 * @id: Domain id
 *
 * Return: SUCCESS; INVALID_PARAMETER if there is no such domain; OBJECT_IN_USE if there are devices in
 * it; HVP_STATUS_AGAIN if there is more to do.
 */
enum hv_status hvp_domain_delete(struct hvp_partition *pt, u64 id)
{
	u32 number = FIELD_GET(HVP_DOMAIN_NUMBER, id);
	struct domain *domain;

	guard(mutex)(&pt->lock);
	/* One that another VP is deleting can be deleted */
	domain = is_id(id) ? xa_load(&pt->domains.domains, number) : NULL;
	if (!domain)
		return HV_STATUS_INVALID_PARAMETER;
	if (domain->devices)
		return HV_STATUS_OBJECT_IN_USE;
	domain->going = true;
	if (!clear_some(pt, domain, DELETED_AT_ONCE))
		return HVP_STATUS_AGAIN;
	free_domain(pt, number, domain);
	return HV_STATUS_SUCCESS;
}

/**
 * hvp_domain_attach - HvCallAttachDeviceDomain
 * @pt: Root partition
 * @id: Domain id
 * @device: HV_DEVICE_ID of a PCI device
 *
 * Return: SUCCESS; INVALID_PARAMETER if there is no such domain; DEVICE_ALREADY_IN_DOMAIN;
 * INVALID_DEVICE_ID if the domain would need an IOMMU before the device; NO_RESOURCES at
 * HVP_MAX_DEVICES; INSUFFICIENT_MEMORY.
 */
enum hv_status hvp_domain_attach(struct hvp_partition *pt, u64 id, u64 device)
{
	struct domain *domain;
	struct member *member;

	guard(mutex)(&pt->lock);
	domain = find(pt, id);
	if (!domain && id != FIELD_PREP(HVP_DOMAIN_NUMBER, HVP_DOMAIN_DEFAULT) &&
	    id != FIELD_PREP(HVP_DOMAIN_NUMBER, HVP_DOMAIN_NULL))
		return HV_STATUS_INVALID_PARAMETER;
	if (find_member(pt, device))
		return HV_STATUS_DEVICE_ALREADY_IN_DOMAIN;
	if (id == FIELD_PREP(HVP_DOMAIN_NUMBER, HVP_DOMAIN_NULL) || (domain && domain->moved))
		return HV_STATUS_INVALID_DEVICE_ID;
	if (pt->domains.member_count == HVP_MAX_DEVICES)
		return HV_STATUS_NO_RESOURCES;
	member = hvp_pool_zalloc(&pt->pool, sizeof(*member));
	if (IS_ERR(member))
		return hvp_pool_status(PTR_ERR(member));
	member->device = device;
	member->domain = domain;
	if (domain)
		domain->devices++;
	list_add(&member->node, &pt->domains.members);
	pt->domains.member_count++;
	return HV_STATUS_SUCCESS;
}

static void free_member(struct hvp_partition *pt, struct member *member)
{
	if (member->domain)
		member->domain->devices--;
	list_del(&member->node);
	pt->domains.member_count--;
	hvp_pool_free(&pt->pool, member, sizeof(*member));
}

/**
 * hvp_domain_detach - HvCallDetachDeviceDomain
 * @pt: Root partition
 * @device: HV_DEVICE_ID
 *
 * Return: SUCCESS; INVALID_DEVICE_ID if it is in no domain.
 */
enum hv_status hvp_domain_detach(struct hvp_partition *pt, u64 device)
{
	struct member *member;

	guard(mutex)(&pt->lock);
	member = find_member(pt, device);
	if (!member)
		return HV_STATUS_INVALID_DEVICE_ID;
	free_member(pt, member);
	return HV_STATUS_SUCCESS;
}

/**
 * hvp_domain_exists - Is there a domain that pages can be mapped into?
 * @pt: Root partition
 * @id: Domain id
 *
 * By the time it is used there may be none: that is checked again.
 */
bool hvp_domain_exists(struct hvp_partition *pt, u64 id)
{
	guard(mutex)(&pt->lock);
	return find(pt, id);
}

/* How the number of runs changes if @page, of run @old, gets @value; @run is the one it joins */
static s32 join(struct domain *domain, u64 page, const struct run *old, struct run *run)
{
	struct run beside;
	s32 more = 0;

	if (old->value)
		more += (old->first < page) + (old->last > page) - 1;
	if (!run->value)
		return more;
	more++;
	if (page) {
		find_run(domain, page - 1, page - 1, &beside);
		if (beside.value == run->value) {
			run->first = beside.first;
			more--;
		}
	}
	find_run(domain, page + 1, page + 1, &beside);
	if (beside.value == run->value) {
		run->last = beside.last;
		more--;
	}
	return more;
}

static bool is_moved(u64 value)
{
	return value & VALUE_DISTANCE;
}

/* Give a page a meaning; 0 is to be unmapped */
static enum hv_status set_page(struct hvp_partition *pt, struct domain *domain, u64 page, u64 value)
{
	struct run old, run = { page, page, value };
	s32 more;

	find_run(domain, page, page, &old);
	if (old.value == value)
		return HV_STATUS_SUCCESS;
	more = join(domain, page, &old, &run);
	if (more > 0 && pt->domains.run_count + more > HVP_MAX_DOMAIN_RUNS)
		return HV_STATUS_NO_RESOURCES;
	if (more > 0 && !hvp_pool_charge(&pt->pool, more * HVP_GPA_RANGE_COST))
		return HV_STATUS_INSUFFICIENT_MEMORY;
	if (mtree_store_range(&domain->runs, run.first, run.last, value ? xa_mk_value(value) : NULL,
			      GFP_KERNEL_ACCOUNT)) {
		if (more > 0)
			hvp_pool_uncharge(&pt->pool, more * HVP_GPA_RANGE_COST);
		return HV_STATUS_NO_RESOURCES;
	}
	if (more < 0)
		hvp_pool_uncharge(&pt->pool, -more * HVP_GPA_RANGE_COST);
	pt->domains.run_count += more;
	domain->moved += is_moved(value) - is_moved(old.value);
	return HV_STATUS_SUCCESS;
}

/**
 * hvp_domain_map - One page of HvCallMapDeviceGpaPages
 * @pt: Root partition
 * @id: Domain id
 * @page: Page number in the domain, below HVP_GPA_MAX_PAGES
 * @gfn: The partition's page, likewise
 * @rights: HVP_GPA_*, not 0
 *
 * Replaces what was mapped there.
 *
 * Return: SUCCESS; INVALID_PARAMETER if there is no such domain, or if there are devices in it and
 * the page is another; INSUFFICIENT_MEMORY; NO_RESOURCES at HVP_MAX_DOMAIN_RUNS.
 */
enum hv_status hvp_domain_map(struct hvp_partition *pt, u64 id, u64 page, u64 gfn, u32 rights)
{
	struct domain *domain;

	guard(mutex)(&pt->lock);
	domain = find(pt, id);
	if (!domain || (domain->devices && gfn != page))
		return HV_STATUS_INVALID_PARAMETER;
	return set_page(pt, domain, page, FIELD_PREP(VALUE_DISTANCE, (gfn - page) & VALUE_DISTANCE) |
			FIELD_PREP(VALUE_RIGHTS, rights));
}

/**
 * hvp_domain_unmap - One page of HvCallUnmapDeviceGpaPages
 * @pt: Root partition
 * @id: Domain id
 * @page: Page number in the domain, mapped or not
 *
 * Return: SUCCESS; INVALID_PARAMETER if there is no such domain; INSUFFICIENT_MEMORY or
 * NO_RESOURCES if a run is to be split.
 */
enum hv_status hvp_domain_unmap(struct hvp_partition *pt, u64 id, u64 page)
{
	struct domain *domain;

	guard(mutex)(&pt->lock);
	domain = find(pt, id);
	return domain ? set_page(pt, domain, page, 0) : HV_STATUS_INVALID_PARAMETER;
}

/**
 * hvp_domains_clear - The machine was reset or is going: its domains go with all that is in them
 * @pt: Partition; nobody else uses its domains
 */
void hvp_domains_clear(struct hvp_partition *pt)
{
	struct member *member, *next;
	struct domain *domain;
	unsigned long number;

	list_for_each_entry_safe(member, next, &pt->domains.members, node)
		free_member(pt, member);
	xa_for_each(&pt->domains.domains, number, domain) {
		while (!clear_some(pt, domain, DELETED_AT_ONCE))
			cond_resched();
		free_domain(pt, number, domain);
	}
}
