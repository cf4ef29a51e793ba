/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a parent does, the way Linux does it: deposit pages when a call wants memory and
 * repeat it, make children and VPs, map memory, take everything down again. Paddings that
 * Linux does not clear hold STALE.
 */
#ifndef GUEST_PARENT_H
#define GUEST_PARENT_H

#include "hv.h"

#define STALE		0xa5a5a5a5u
#define STALE64		0xa5a5a5a5a5a5a5a5ull

/* A partition id that nobody has */
#define NO_PARTITION	0x12345ull

/* Physical memory, of 64 MiB: pages to deposit, then pages that become children's */
#define SPARE_PAGES	0x00800ull
#define CHILD_PAGES	0x02000ull		/* 32 MiB */
#define CHILD_PAGES_END	0x03400ull
#define GUEST_PAGES	0x04000ull
/* No memory here: between RAM and the devices */
#define HOLE_PAGE	0x80000ull
/* No address: beyond 52 bits */
#define FAR_PAGE	BIT(40)

static inline u8 *page_address(u64 page)
{
	return (u8 *)(page * PAGE_SIZE);
}

u64 page_take(void);			/* a page number; contents are whatever they are */
void page_give(u64 page);
bool page_is_deposited(u64 page);
/* Pages that came back from a pool without having been in one: must stay 0 */
extern unsigned int wrong_pages;

/* Creation */
#define CREATE_SMT		BIT(0)
#define CREATE_NESTED		BIT(1)
#define CREATE_SUPER_PAGES	BIT(4)
#define CREATE_EXO		BIT(8)
#define CREATE_LAPIC		BIT(13)
#define CREATE_MESSAGE_PAGE	BIT(19)
#define CREATE_X2APIC		BIT(22)
#define CREATE_LINUX		0x482110ull	/* linux-clients.md §6.3 */
#define VERSION_21H2		0x0609

struct create_in {
	u64 flags, proximity;
	u32 version, padding;
	u64 disabled_features[2], disabled_xsave, isolation;
};

u64 hv_create(enum hv_form form, const struct create_in *in, u64 *id);
/* 0x0041, 0x0042, 0x0043 in register form */
static inline u64 hv_partition_call(u64 code, u64 partition)
{
	return hv_fast(code, partition, STALE64);
}

u64 hv_next_child(u64 parent, u64 previous, u64 *next);

/* Properties */
struct property_in {
	u64 partition;
	u32 code, padding;
	u64 value;			/* of Ex calls: argument */
};

u64 hv_get_property(u64 partition, u32 code, u64 *value);
u64 hv_set_property(u64 partition, u32 code, u64 value);
u64 hv_get_property_ex(u64 partition, u32 code, void *value, size_t size);
u64 hv_set_property_ex(u64 partition, u32 code, const u64 *value, unsigned int qwords);

/* Pool */
#define MAX_DEPOSIT	511
#define MAX_WITHDRAW	512
u64 hv_deposit_list(u64 partition, const u64 *pages, unsigned int n);
u64 hv_withdraw_list(u64 partition, u64 proximity, u64 *pages, unsigned int n);
u64 hv_balance(u64 partition, u64 proximity, u64 *available, u64 *in_use);
/* Any pages, 511 at a time, and the result of the last call */
u64 hv_deposit(u64 partition, unsigned int n);
/* All pages, 512 at a time until a call fails: its result. The pages are spare again. */
u64 hv_withdraw_all(u64 partition, unsigned int *count);
/* Does a call with this status want memory? Then it is deposited. */
bool hv_feed(u64 partition, u64 result);
#define RETRIES		4096
/* Repeats a call as long as it wants memory for partition; the result of the last one */
#define WITH_MEMORY(partition, call)					\
({									\
	unsigned int _tries = 0;					\
	u64 _result;							\
									\
	do {								\
		_result = (call);					\
	} while (++_tries < RETRIES && hv_feed(partition, _result));	\
	_result;							\
})

/* Memory of children */
#define MAP_R		0x1u
#define MAP_W		0x2u
#define MAP_KX		0x4u
#define MAP_UX		0x8u
#define MAP_X		(MAP_KX | MAP_UX)
#define MAP_RWX		(MAP_R | MAP_W | MAP_X)
#define MAP_ADJUSTABLE	0x8000u
#define MAP_NO_ACCESS	0x10000u
#define MAP_ZEROED	0x20000u
#define MAP_ONES	0x30000u
#define MAP_NOT_CACHED	0x200000u
#define MAP_LARGE	0x80000000u
#define MAP_LINUX	(MAP_RWX | MAP_ADJUSTABLE)
#define UNMAP_KEEP	1u
#define UNMAP_LARGE	2u
#define MAX_MAP		509
#define MAX_UNMAP	512

u64 hv_map_list(u64 control, u64 partition, u64 page, u32 flags, const u64 *sources,
		unsigned int n);
/* Consecutive sources; any number of reps, with deposits; the result of the last call */
u64 hv_map(u64 partition, u64 page, u64 source, unsigned int n, u32 flags);
u64 hv_unmap(u64 partition, u64 page, unsigned int n, u32 flags);

/* 0x0053, 0x0054: results of the access; statuses come as ACCESS_STATUS(status) */
enum { ACCESS_OK, ACCESS_UNMAPPED, ACCESS_NO_READ, ACCESS_NO_WRITE, ACCESS_OVERLAY };
#define ACCESS_STATUS(status)	(0x10000u | (status))
#define CACHE_WB	6
u64 hv_read_gpa(u64 partition, u32 vp, u64 gpa, u32 bytes, u64 flags, void *data, u32 *access);
u64 hv_write_gpa(u64 partition, u32 vp, u64 gpa, u32 bytes, u64 flags, const void *data,
		 u32 *access);
/* Eight bytes through VP 0 */
u32 child_read(u64 partition, u64 gpa, u64 *value);
u32 child_write(u64 partition, u64 gpa, u64 value);

/* VPs */
struct create_vp_in {
	u64 partition;
	u32 vp;
	u8 padding[3], subnode_type;
	u64 subnode, proximity, flags;
};

u64 hv_create_vp(u64 partition, u32 vp);
static inline u64 hv_delete_vp(u64 partition, u32 vp)
{
	return hv_fast(DELETE_VP, partition, vp | (u64)STALE << 32);
}

u64 vp_get(u64 partition, u32 vp, u32 name, struct hv_value *v);
u64 vp_set(u64 partition, u32 vp, u32 name, struct hv_value v);
static inline u64 vp_set64(u64 partition, u32 vp, u32 name, u64 v)
{
	return vp_set(partition, vp, name, (struct hv_value){ .u = { v } });
}

u64 vp_get64(u64 partition, u32 vp, u32 name);	/* ~0 if it fails */

#define STATE_PAGE_REGISTERS	0
#define STATE_PAGE_MESSAGE	1
#define STATE_PAGE_GHCB		2
u64 hv_map_state_page(u64 partition, u32 vp, u16 type, u64 *page);
u64 hv_unmap_state_page(u64 partition, u32 vp, u16 type);

/* CPUID of a VP, with its current XCR0 */
u64 hv_cpuid(u64 partition, u32 vp, u32 leaf, u32 subleaf, struct cpuid *out);

/* Life; ids are 0 if it failed, which a TAP line tells */
u64 child_create(u64 flags);
u64 child_start(u64 flags);			/* created and initialized */
/* Whatever its state: finalized, emptied, deleted. The result of the deletion. */
u64 child_end(u64 partition);

#endif
