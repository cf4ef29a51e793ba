// SPDX-License-Identifier: GPL-2.0
/* Runs of pages that have one value, in a maple tree. */
#include <linux/bug.h>
#include <linux/minmax.h>

#include "runs.h"

/**
 * hvp_run_at - The run that a page is in
 * @tree: Tree
 * @page: Page number
 * @max: Where to cut the run off, at least @page
 * @run: Result. It may begin before @page; to walk a range, go on at its end plus one. A
 *	hole may come in parts
 */
void hvp_run_at(struct maple_tree *tree, unsigned long page, unsigned long max,
		struct hvp_run *run)
{
	MA_STATE(mas, tree, page, page);

	mas_lock(&mas);
	run->value = mas_walk(&mas);
	mas_unlock(&mas);
	run->first = mas.index;
	run->last = min(mas.last, max);
}

/**
 * hvp_runs_store - Give pages a value
 * @tree: Tree
 * @first: First page
 * @last: Last page
 * @value: Value, NULL for none
 * @gfp: How to allocate nodes
 *
 * The run is joined with neighbours that have the same value, which the tree does for
 * holes only.
 *
 * Return: 0, -ENOMEM.
 */
int hvp_runs_store(struct maple_tree *tree, unsigned long first, unsigned long last,
		   void *value, gfp_t gfp)
{
	struct hvp_run run;

	if (value && first) {
		hvp_run_at(tree, first - 1, ULONG_MAX, &run);
		if (run.value == value)
			first = run.first;
	}
	if (value && last < ULONG_MAX) {
		hvp_run_at(tree, last + 1, ULONG_MAX, &run);
		if (run.value == value)
			last = run.last;
	}
	return mtree_store_range(tree, first, last, value, gfp);
}

/**
 * hvp_runs_store_surely - Give pages a value where there is no way back
 * @tree: Tree
 * @first: First page
 * @last: Last page
 * @value: Value, NULL for none
 *
 * A hole in the middle of a run takes nodes of the tree, too. They are a few hundred bytes:
 * it waits until there are some.
 */
void hvp_runs_store_surely(struct maple_tree *tree, unsigned long first, unsigned long last,
			   void *value)
{
	WARN_ON_ONCE(hvp_runs_store(tree, first, last, value,
				    GFP_KERNEL_ACCOUNT | __GFP_NOFAIL));
}
