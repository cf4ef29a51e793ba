/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Runs of pages that have one value, in a maple tree: however long a run is, it is one
 * entry. Pages without a value are runs, too: holes.
 *
 * The caller has the lock under which the tree is changed.
 */
#ifndef HVP_RUNS_H
#define HVP_RUNS_H

#include <linux/gfp.h>
#include <linux/maple_tree.h>

/**
 * struct hvp_run - A run
 * @first: First page
 * @last: Last page
 * @value: Value of each, NULL for a hole
 */
struct hvp_run {
	unsigned long first;
	unsigned long last;
	void *value;
};

void hvp_run_at(struct maple_tree *tree, unsigned long page, unsigned long max,
		struct hvp_run *run);
int hvp_runs_store(struct maple_tree *tree, unsigned long first, unsigned long last,
		   void *value, gfp_t gfp);
void hvp_runs_store_surely(struct maple_tree *tree, unsigned long first, unsigned long last,
			   void *value);

#endif
