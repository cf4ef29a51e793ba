/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A child partition that a fake root machine has made, fed and initialized, with VP 0, for
 * suites about what a parent does to a child's VPs.
 */
#ifndef HVP_KUNIT_FED_CHILD_H
#define HVP_KUNIT_FED_CHILD_H

#include "../hvpersona/child.h"
#include "../hvpersona/vp_file.h"
#include "fake_backend.h"

/* Pages of the parent that are in the child's pool */
#define FED_PAGE	16
#define FED_PAGES	3

struct fed_child {
	struct fake_vm *vm;
	struct hvp_partition *pt;
	struct hvp_vp *vp;
	u64 id;
};

void fed_root(struct fake_vm *vm, u64 page);
void fed_child_create(struct fake_vm *vm, struct fed_child *child, u64 flags);
void fed_child_lock(struct fed_child *child, struct hvp_vp *actor);
void fed_child_unlock(struct fed_child *child);
void fed_child_map(struct fed_child *child, u64 gfn, u64 source, u32 flags);
void fed_child_set(struct fed_child *child, u32 name, u64 low, u64 high);
u64 fed_child_get(struct fed_child *child, u32 name);

#endif
