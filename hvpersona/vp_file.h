/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The registers and the state of a child's VP while no processor holds them: before its
 * first run, and between runs. Every register that the specification names has a place here,
 * so that the calls on registers work alike whether or not the VP has ever run.
 *
 * All of it is under the child's op_lock, but that senders read the SynIC's registers without it:
 * the file is freed when nobody can have found the VP any more.
 */
#ifndef HVP_VP_FILE_H
#define HVP_VP_FILE_H

#include "core.h"
#include "hv_abi/vp_state.h"

struct hvp_pending_intercept;

/**
 * struct hvp_state_page - A page through which the parent shares state with the hypervisor
 * @mapped: It is there
 * @from_pool: @gfn is a page of the child's pool that was handed out; otherwise the parent
 *	named it
 * @stale: Register page: registers have changed since it was filled
 * @gfn: Page number in the parent's space
 */
struct hvp_state_page {
	bool mapped;
	bool from_pool;
	bool stale;
	u64 gfn;
};

/* vp_file.c */
enum hv_status hvp_file_create(struct hvp_vp *vp);
void hvp_file_destroy(struct hvp_vp *vp);
enum hv_status hvp_file_get(struct hvp_vp *vp, u32 name, union hvp_register_value *value);
enum hv_status hvp_file_set(struct hvp_vp *vp, u32 name, const union hvp_register_value *value);
u64 hvp_file_get64(struct hvp_vp *vp, u32 name);
u64 *hvp_file_place(struct hvp_vp *vp, u32 name);
bool hvp_file_stopped(struct hvp_vp *vp);
u8 hvp_file_cpl(struct hvp_vp *vp);
struct hvp_pending_intercept *hvp_file_pending(struct hvp_vp *vp);

/* vp_reset.c */
void hvp_file_reset(struct hvp_vp *vp);
void hvp_file_init(struct hvp_vp *vp);

/* child_ops.c: the backend of children: struct hvp_backend_ops on files and maps */
extern const struct hvp_backend_ops hvp_child_ops;

/* Bulk state kept in the file, for vp_state.c. Sizes are fixed when the VP is made */
void *hvp_file_xsave(struct hvp_vp *vp, u32 *size);
struct hvp_state_page *hvp_file_state_page(struct hvp_vp *vp, u32 type);

/* vp_state.c: bulk state */
u32 hvp_vp_state_size(struct hvp_vp *vp, u32 type);
enum hv_status hvp_vp_state_get(struct hvp_vp *vp, u32 type, u64 components, void *data);
enum hv_status hvp_vp_state_set(struct hvp_vp *vp, u32 type, u64 components, const void *data);

/* state_page.c: pages shared with the parent */
enum hv_status hvp_state_page_map(struct hvp_vp *vp, u32 type, const u64 *location, u64 *gfn);
enum hv_status hvp_state_page_unmap(struct hvp_vp *vp, u32 type);
void hvp_state_pages_unmap(struct hvp_vp *vp);
typedef void (*hvp_get_register)(struct hvp_vp *vp, u32 name, union hvp_register_value *value);
void hvp_register_page_compose(struct hvp_vp *vp, hvp_get_register get,
			       struct hv_register_page *page);
void hvp_register_page_fill(struct hvp_vp *vp);
void hvp_register_page_load(struct hvp_vp *vp);

#endif
