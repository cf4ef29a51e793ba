// SPDX-License-Identifier: GPL-2.0
/*
 * The memory pool of a partition: deposits, what they pay for, and pages handed out.
 *
 * An account with one rule: what is charged for kernel objects never exceeds the credit of
 * the pages that are neither handed out nor withdrawn. So a page leaves the free ones only
 * if the charges still fit afterwards.
 */
#include <linux/cleanup.h>
#include <linux/err.h>
#include <linux/math.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "core.h"
#include "hv_abi/gpa.h"
#include "runs.h"

/* Values of struct hvp_pool.pages */
#define PAGE_FREE	xa_mk_value(0)
#define PAGE_OUT	xa_mk_value(1)

/* Withdrawn pages are zeroed */
static const u8 zeroes[PAGE_SIZE];

/**
 * hvp_pool_init - Make an empty pool
 * @pool: Pool
 * @donor: Machine whose pages may be deposited, or NULL
 */
void hvp_pool_init(struct hvp_pool *pool, struct hvp_partition *donor)
{
	mutex_init(&pool->lock);
	mt_init(&pool->pages);
	INIT_LIST_HEAD(&pool->host_pages);
	pool->donor = donor;
}

/* Pages that are worth something */
static u64 unspent(const struct hvp_pool *pool)
{
	return pool->guest_pages - pool->handed_out + pool->host_count;
}

/* Do the charges and @bytes more fit in the credit of @pages? */
static bool fits(const struct hvp_pool *pool, u64 pages, u64 bytes)
{
	u64 credit = pages * HVP_PAGE_CREDIT;

	return pool->unlimited || (pool->charged <= credit && bytes <= credit - pool->charged);
}

/* Does everything charged fit if there is a page less? */
static bool can_spare(const struct hvp_pool *pool)
{
	return unspent(pool) && fits(pool, unspent(pool) - 1, 0);
}

/* Lowest free page. Pages are handed out in the same order, so that these are a run or few */
static bool find_free(struct hvp_pool *pool, u64 *gfn)
{
	struct hvp_run run;
	u64 page;

	for (page = 0; page < HVP_SPACE_PAGES; page = run.last + 1) {
		hvp_run_at(&pool->pages, page, HVP_SPACE_PAGES - 1, &run);
		if (run.value == PAGE_FREE) {
			*gfn = page;
			return true;
		}
	}
	return false;
}

static void free_host_pages(struct hvp_pool *pool, u64 count)
{
	struct page *page;

	lockdep_assert_held(&pool->lock);
	for (; count; count--) {
		page = list_first_entry(&pool->host_pages, struct page, lru);
		list_del(&page->lru);
		pool->host_count--;
		__free_page(page);
		cond_resched();
	}
}

/**
 * hvp_pool_return - Give all guest pages back
 * @pool: Pool; nothing is handed out that is still used
 *
 * The donor's pages are its own again, as they are; it may be gone. What is charged for
 * remains charged, hvp_pool_free() works.
 */
void hvp_pool_return(struct hvp_pool *pool)
{
	struct hvp_run run;
	u64 page;

	guard(mutex)(&pool->lock);
	for (page = 0; pool->guest_pages && page < HVP_SPACE_PAGES; page = run.last + 1) {
		hvp_run_at(&pool->pages, page, HVP_SPACE_PAGES - 1, &run);
		if (run.value)
			hvp_space_clear(pool->donor, page, run.last - page + 1);
		cond_resched();
	}
	mtree_destroy(&pool->pages);
	pool->guest_pages = 0;
	pool->handed_out = 0;
}

/**
 * hvp_pool_destroy - Give all pages back, those of the host too
 * @pool: As for hvp_pool_return(). May be called again
 */
void hvp_pool_destroy(struct hvp_pool *pool)
{
	hvp_pool_return(pool);
	guard(mutex)(&pool->lock);
	free_host_pages(pool, pool->host_count);
}

/**
 * hvp_pool_empty - Is nothing in the pool that the parent can take out?
 * @pool: Pool
 *
 * Pages that the host gave to a guest's child keep that guest from nothing.
 */
bool hvp_pool_empty(struct hvp_pool *pool)
{
	guard(mutex)(&pool->lock);
	return !pool->guest_pages && (pool->donor || !pool->host_count);
}

/**
 * hvp_pool_charge - Let the pool pay for kernel memory
 * @pool: Pool
 * @bytes: How much
 *
 * Return: false if it has too little.
 */
bool hvp_pool_charge(struct hvp_pool *pool, size_t bytes)
{
	guard(mutex)(&pool->lock);
	if (!fits(pool, unspent(pool), bytes))
		return false;
	pool->charged += bytes;
	return true;
}

/**
 * hvp_pool_uncharge - Undo hvp_pool_charge()
 * @pool: Pool
 * @bytes: How much
 */
void hvp_pool_uncharge(struct hvp_pool *pool, size_t bytes)
{
	guard(mutex)(&pool->lock);
	if (WARN_ON_ONCE(bytes > pool->charged))
		bytes = pool->charged;
	pool->charged -= bytes;
}

/**
 * hvp_pool_cost - What an object is charged
 * @size: Its size
 *
 * Return: what kmalloc() takes for it, in bytes.
 */
size_t hvp_pool_cost(size_t size)
{
	return kmalloc_size_roundup(size);
}

/**
 * hvp_pool_zalloc - Allocate a zeroed object that the pool pays for
 * @pool: Pool
 * @size: Size of the object
 *
 * Return: the object; ERR_PTR(-ENOSPC) if the pool has too little, ERR_PTR(-ENOMEM) if the
 * host has.
 */
void *hvp_pool_zalloc(struct hvp_pool *pool, size_t size)
{
	void *object;

	if (!hvp_pool_charge(pool, hvp_pool_cost(size)))
		return ERR_PTR(-ENOSPC);
	object = kzalloc(size, GFP_KERNEL_ACCOUNT);
	if (!object) {
		hvp_pool_uncharge(pool, hvp_pool_cost(size));
		return ERR_PTR(-ENOMEM);
	}
	return object;
}

/**
 * hvp_pool_free - Undo hvp_pool_zalloc()
 * @pool: Pool
 * @object: Object or NULL
 * @size: Its size as allocated
 */
void hvp_pool_free(struct hvp_pool *pool, void *object, size_t size)
{
	if (!object)
		return;
	kfree(object);
	hvp_pool_uncharge(pool, hvp_pool_cost(size));
}

/**
 * hvp_pool_status - What a guest is told of an error
 * @err: 0 or a negative errno of hvp_pool_zalloc() or the space's functions
 */
enum hv_status hvp_pool_status(int err)
{
	switch (err) {
	case 0:
		return HV_STATUS_SUCCESS;
	case -ENOSPC:
		return HV_STATUS_INSUFFICIENT_MEMORY;
	case -ENOMEM:
		return HV_STATUS_NO_RESOURCES;
	case -EBUSY:
		return HV_STATUS_OBJECT_IN_USE;
	case -EPERM:
	case -EOPNOTSUPP:
		return HV_STATUS_OPERATION_DENIED;
	case -EINVAL:
		return HV_STATUS_INVALID_PARAMETER;
	default:
		return HV_STATUS_OPERATION_FAILED;
	}
}

/**
 * hvp_pool_deposit - HvCallDepositMemory, one page
 * @pool: Pool
 * @gfn: Page number in the donor's space, from a guest
 *
 * Return: SUCCESS, OPERATION_DENIED, OBJECT_IN_USE; NO_RESOURCES if the host is short of
 * memory.
 */
enum hv_status hvp_pool_deposit(struct hvp_pool *pool, u64 gfn)
{
	int err;

	if (!pool->donor)
		return HV_STATUS_OPERATION_DENIED;
	guard(mutex)(&pool->lock);
	err = hvp_space_deposit(pool->donor, gfn);
	if (err)
		return hvp_pool_status(err);
	err = hvp_runs_store(&pool->pages, gfn, gfn, PAGE_FREE, GFP_KERNEL_ACCOUNT);
	if (err) {
		hvp_space_clear(pool->donor, gfn, 1);
		return hvp_pool_status(err);
	}
	pool->guest_pages++;
	return HV_STATUS_SUCCESS;
}

/* Take a free page out and make it the donor's */
static bool take_out(struct hvp_pool *pool, u64 *gfn)
{
	guard(mutex)(&pool->lock);
	if (!can_spare(pool) || !find_free(pool, gfn))
		return false;
	hvp_runs_store_surely(&pool->pages, *gfn, *gfn, NULL);
	pool->guest_pages--;
	hvp_space_clear(pool->donor, *gfn, 1);
	return true;
}

/**
 * hvp_pool_withdraw - HvCallWithdrawMemory, one page
 * @pool: Pool
 * @caller: VP of the donor in whose thread this runs
 * @gfn: Result, page number in the donor's space
 *
 * Return: SUCCESS, NO_RESOURCES if no page can be spared.
 */
enum hv_status hvp_pool_withdraw(struct hvp_pool *pool, struct hvp_vp *caller, u64 *gfn)
{
	if (!take_out(pool, gfn))
		return HV_STATUS_NO_RESOURCES;
	/* It fails if the VMM has removed the memory meanwhile: then nothing is there to zero */
	caller->ops->write_gpa(caller, *gfn << PAGE_SHIFT, zeroes, PAGE_SIZE);
	return HV_STATUS_SUCCESS;
}

/**
 * hvp_pool_deposit_host - Deposit memory of the host
 * @pool: Pool
 * @count: Number of pages
 * @done: How many of them there are in any case
 *
 * They are charged to the memory cgroup of the caller.
 *
 * Return: 0, -ENOMEM, -EINTR if the caller is being killed.
 */
int hvp_pool_deposit_host(struct hvp_pool *pool, u64 count, u64 *done)
{
	struct page *page;

	for (*done = 0; *done < count; ++*done) {
		if (fatal_signal_pending(current))
			return -EINTR;
		page = alloc_page(GFP_KERNEL_ACCOUNT | __GFP_ZERO | __GFP_NOWARN);
		if (!page)
			return -ENOMEM;
		mutex_lock(&pool->lock);
		list_add(&page->lru, &pool->host_pages);
		pool->host_count++;
		mutex_unlock(&pool->lock);
		cond_resched();
	}
	return 0;
}

/**
 * hvp_pool_withdraw_host - Take back memory of the host
 * @pool: Pool
 * @count: Number of pages wanted
 *
 * Return: the number of pages that could be spared and are free.
 */
u64 hvp_pool_withdraw_host(struct hvp_pool *pool, u64 count)
{
	u64 needed;

	guard(mutex)(&pool->lock);
	needed = pool->unlimited ? 0 : DIV_ROUND_UP(pool->charged, HVP_PAGE_CREDIT);
	count = min3(count, pool->host_count, unspent(pool) - min(needed, unspent(pool)));
	free_host_pages(pool, count);
	return count;
}

/**
 * hvp_pool_balance - HvCallGetMemoryBalance
 * @pool: Pool
 * @available: Result: pages that could be withdrawn
 * @in_use: Result: pages handed out, and what the charges take
 */
void hvp_pool_balance(struct hvp_pool *pool, u64 *available, u64 *in_use)
{
	u64 total;

	guard(mutex)(&pool->lock);
	total = pool->guest_pages + pool->host_count;
	*in_use = pool->handed_out + DIV_ROUND_UP(pool->charged, HVP_PAGE_CREDIT);
	/* An unlimited pool may use more than it has */
	*available = total - min(total, *in_use);
}

/**
 * hvp_pool_hand_out - Give the donor access to a free page
 * @pool: Pool
 * @rights: HVP_GPA_*
 * @gfn: Result, page number in the donor's space
 *
 * It stays in the pool and pays for nothing. Its contents are what the donor left there.
 *
 * Return: SUCCESS; INSUFFICIENT_MEMORY if no guest page can be spared, upon which a guest
 * deposits one and tries again; NO_RESOURCES if the host is short of memory.
 */
enum hv_status hvp_pool_hand_out(struct hvp_pool *pool, u32 rights, u64 *gfn)
{
	int err;

	guard(mutex)(&pool->lock);
	if (!can_spare(pool) || !find_free(pool, gfn))
		return HV_STATUS_INSUFFICIENT_MEMORY;
	err = hvp_runs_store(&pool->pages, *gfn, *gfn, PAGE_OUT, GFP_KERNEL_ACCOUNT);
	if (err)
		return hvp_pool_status(err);
	err = hvp_space_set(pool->donor, *gfn, 1, rights | HVP_SPACE_IN_USE);
	if (err) {
		hvp_runs_store_surely(&pool->pages, *gfn, *gfn, PAGE_FREE);
		return hvp_pool_status(err);
	}
	pool->handed_out++;
	return HV_STATUS_SUCCESS;
}

/**
 * hvp_pool_take_back - Undo hvp_pool_hand_out()
 * @pool: Pool
 * @gfn: Page number
 */
void hvp_pool_take_back(struct hvp_pool *pool, u64 gfn)
{
	guard(mutex)(&pool->lock);
	if (WARN_ON_ONCE(mtree_load(&pool->pages, gfn) != PAGE_OUT))
		return;
	hvp_runs_store_surely(&pool->pages, gfn, gfn, PAGE_FREE);
	pool->handed_out--;
	/*
	 * If that fails the donor can go on using the page as long as it is in the pool. That
	 * does no harm: nothing of the hypervisor's is in it.
	 */
	hvp_space_set(pool->donor, gfn, 1, HVP_SPACE_DEPOSITED);
}

/**
 * hvp_proximity_valid - Does HV_PROXIMITY_DOMAIN_INFO make sense?
 * @info: As one number, from a guest
 *
 * There is one domain, 0. Others may be preferred but not required.
 */
bool hvp_proximity_valid(u64 info)
{
	if (info & HV_PROXIMITY_RESERVED)
		return false;
	return !(info & HV_PROXIMITY_VALID) || (info & HV_PROXIMITY_PREFERRED) ||
	       !(info & HV_PROXIMITY_DOMAIN);
}
