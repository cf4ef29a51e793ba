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

bool hvp_kunit_fails(void);

static inline void *hvp_kunit_kzalloc(size_t size, gfp_t gfp)
{
	return hvp_kunit_fails() ? NULL : kzalloc(size, gfp);
}

static inline void *hvp_kunit_kcalloc(size_t n, size_t size, gfp_t gfp)
{
	return hvp_kunit_fails() ? NULL : kcalloc(n, size, gfp);
}

static inline void *hvp_kunit_kvmalloc_array(size_t n, size_t size, gfp_t gfp)
{
	return hvp_kunit_fails() ? NULL : kvmalloc_array(n, size, gfp);
}

static inline void *hvp_kunit_kvcalloc(size_t n, size_t size, gfp_t gfp)
{
	return hvp_kunit_fails() ? NULL : kvcalloc(n, size, gfp);
}

static inline struct page *hvp_kunit_alloc_page(gfp_t gfp)
{
	return hvp_kunit_fails() ? NULL : alloc_page(gfp);
}

static inline unsigned long hvp_kunit_get_zeroed_page(gfp_t gfp)
{
	return hvp_kunit_fails() ? 0 : get_zeroed_page(gfp);
}

static inline int hvp_kunit_xa_insert(struct xarray *xa, unsigned long index, void *entry,
				      gfp_t gfp)
{
	return hvp_kunit_fails() ? -ENOMEM : xa_insert(xa, index, entry, gfp);
}

static inline int hvp_kunit_xa_reserve(struct xarray *xa, unsigned long index, gfp_t gfp)
{
	return hvp_kunit_fails() ? -ENOMEM : xa_reserve(xa, index, gfp);
}

static inline int hvp_kunit_xa_alloc(struct xarray *xa, u32 *id, void *entry,
				     struct xa_limit limit, gfp_t gfp)
{
	return hvp_kunit_fails() ? -ENOMEM : xa_alloc(xa, id, entry, limit, gfp);
}

static inline int hvp_kunit_xa_alloc_cyclic(struct xarray *xa, u32 *id, void *entry,
					    struct xa_limit limit, u32 *next, gfp_t gfp)
{
	return hvp_kunit_fails() ? -ENOMEM : xa_alloc_cyclic(xa, id, entry, limit, next, gfp);
}

/* What must not fail waits for memory, and is not counted */
static inline int hvp_kunit_mtree_store_range(struct maple_tree *tree, unsigned long first,
					      unsigned long last, void *entry, gfp_t gfp)
{
	if (!(gfp & __GFP_NOFAIL) && hvp_kunit_fails())
		return -ENOMEM;
	return mtree_store_range(tree, first, last, entry, gfp);
}

#undef kzalloc
#undef kcalloc
#undef kvmalloc_array
#undef kvcalloc
#undef alloc_page
#undef get_zeroed_page
#define kzalloc			hvp_kunit_kzalloc
#define kcalloc			hvp_kunit_kcalloc
#define kvmalloc_array		hvp_kunit_kvmalloc_array
#define kvcalloc		hvp_kunit_kvcalloc
#define alloc_page		hvp_kunit_alloc_page
#define mtree_store_range	hvp_kunit_mtree_store_range
#define get_zeroed_page		hvp_kunit_get_zeroed_page
#define xa_insert		hvp_kunit_xa_insert
#define xa_reserve		hvp_kunit_xa_reserve
#define xa_alloc		hvp_kunit_xa_alloc
#define xa_alloc_cyclic		hvp_kunit_xa_alloc_cyclic

#endif
