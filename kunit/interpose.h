/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Included before each source file of the core when it is built for the suites: its
 * allocations go through functions that can be told to fail, and dispatch works on a copy
 * of the hypercall table whose rows can be given stub handlers (fake_table.h).
 */
#ifndef HVP_KUNIT_INTERPOSE_H
#define HVP_KUNIT_INTERPOSE_H

/* As in the files that set it, before printk.h has a default */
#define pr_fmt(fmt) "hvpersona: " fmt

#include <linux/gfp.h>
#include <linux/maple_tree.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/xarray.h>

#include "fake_failures.h"

/* Does this allocation fail? Each is known by its place in the source */
#define HVP_KUNIT_FAILS(gfp) ({								\
	static struct hvp_kunit_site site __used __section("hvp_kunit_sites") = {	\
		.file = __FILE__, .line = __LINE__,					\
	};										\
	hvp_kunit_fails(&site, gfp);							\
})

static inline void *hvp_kunit_kzalloc(bool fails, size_t size, gfp_t gfp)
{
	return fails ? NULL : kzalloc(size, gfp);
}

static inline void *hvp_kunit_kcalloc(bool fails, size_t n, size_t size, gfp_t gfp)
{
	return fails ? NULL : kcalloc(n, size, gfp);
}

static inline void *hvp_kunit_kvmalloc_array(bool fails, size_t n, size_t size, gfp_t gfp)
{
	return fails ? NULL : kvmalloc_array(n, size, gfp);
}

static inline void *hvp_kunit_kvcalloc(bool fails, size_t n, size_t size, gfp_t gfp)
{
	return fails ? NULL : kvcalloc(n, size, gfp);
}

static inline struct page *hvp_kunit_alloc_page(bool fails, gfp_t gfp)
{
	return fails ? NULL : alloc_page(gfp);
}

static inline unsigned long hvp_kunit_get_zeroed_page(bool fails, gfp_t gfp)
{
	return fails ? 0 : get_zeroed_page(gfp);
}

static inline int hvp_kunit_xa_insert(bool fails, struct xarray *xa, unsigned long index,
				      void *entry, gfp_t gfp)
{
	return fails ? -ENOMEM : xa_insert(xa, index, entry, gfp);
}

static inline int hvp_kunit_xa_reserve(bool fails, struct xarray *xa, unsigned long index,
				       gfp_t gfp)
{
	return fails ? -ENOMEM : xa_reserve(xa, index, gfp);
}

static inline int hvp_kunit_xa_alloc(bool fails, struct xarray *xa, u32 *id, void *entry,
				     struct xa_limit limit, gfp_t gfp)
{
	return fails ? -ENOMEM : xa_alloc(xa, id, entry, limit, gfp);
}

static inline int hvp_kunit_xa_alloc_cyclic(bool fails, struct xarray *xa, u32 *id,
					    void *entry, struct xa_limit limit, u32 *next,
					    gfp_t gfp)
{
	return fails ? -ENOMEM : xa_alloc_cyclic(xa, id, entry, limit, next, gfp);
}

static inline int hvp_kunit_mtree_store_range(bool fails, struct maple_tree *tree,
					      unsigned long first, unsigned long last,
					      void *entry, gfp_t gfp)
{
	return fails ? -ENOMEM : mtree_store_range(tree, first, last, entry, gfp);
}

#undef kzalloc
#undef kcalloc
#undef kvmalloc_array
#undef kvcalloc
#undef alloc_page
#undef get_zeroed_page
#define kzalloc(size, gfp) \
	hvp_kunit_kzalloc(HVP_KUNIT_FAILS(gfp), size, gfp)
#define kcalloc(n, size, gfp) \
	hvp_kunit_kcalloc(HVP_KUNIT_FAILS(gfp), n, size, gfp)
#define kvmalloc_array(n, size, gfp) \
	hvp_kunit_kvmalloc_array(HVP_KUNIT_FAILS(gfp), n, size, gfp)
#define kvcalloc(n, size, gfp) \
	hvp_kunit_kvcalloc(HVP_KUNIT_FAILS(gfp), n, size, gfp)
#define alloc_page(gfp) \
	hvp_kunit_alloc_page(HVP_KUNIT_FAILS(gfp), gfp)
#define mtree_store_range(tree, first, last, entry, gfp) \
	hvp_kunit_mtree_store_range(HVP_KUNIT_FAILS(gfp), tree, first, last, entry, gfp)
#define get_zeroed_page(gfp) \
	hvp_kunit_get_zeroed_page(HVP_KUNIT_FAILS(gfp), gfp)
#define xa_insert(xa, index, entry, gfp) \
	hvp_kunit_xa_insert(HVP_KUNIT_FAILS(gfp), xa, index, entry, gfp)
#define xa_reserve(xa, index, gfp) \
	hvp_kunit_xa_reserve(HVP_KUNIT_FAILS(gfp), xa, index, gfp)
#define xa_alloc(xa, id, entry, limit, gfp) \
	hvp_kunit_xa_alloc(HVP_KUNIT_FAILS(gfp), xa, id, entry, limit, gfp)
#define xa_alloc_cyclic(xa, id, entry, limit, next, gfp) \
	hvp_kunit_xa_alloc_cyclic(HVP_KUNIT_FAILS(gfp), xa, id, entry, limit, next, gfp)

#endif
