// SPDX-License-Identifier: GPL-2.0
/* The copy of the hypercall table, and stub handlers. */
#include <linux/string.h>

#include "fake_table.h"

/* In dispatch.c these two replace hvp_hypercalls and hvp_hypercall_lookup(), see Kbuild */
struct hvp_hypercall hvp_kunit_table[U8_MAX];
const struct hvp_hypercall *hvp_kunit_lookup(u16 code);

const struct hvp_hypercall *hvp_kunit_lookup(u16 code)
{
	return fake_table_row(code);
}

/* Count, look at the input, answer as the test wants */
static enum hv_status stub(struct hvp_vp *vp, struct hvp_args *args)
{
	struct fake_vm *vm = ((struct fake_vp *)vp->backend)->vm;

	vm->stub_calls++;
	vm->stub_seen = *(const u64 *)args->in;
	if (args->rep_out)
		memset(args->rep_out, vm->stub_calls, 1);
	return !vm->stub_fails_at || vm->stub_fails_at == vm->stub_calls ? vm->stub_status :
									    HV_STATUS_SUCCESS;
}

/**
 * fake_table_row - The row of a call, to be changed
 * @code: Call code
 *
 * Return: the row of the copy, NULL if there is none.
 */
struct hvp_hypercall *fake_table_row(u16 code)
{
	const struct hvp_hypercall *row = hvp_hypercall_lookup(code);

	return row ? &hvp_kunit_table[row - hvp_hypercalls] : NULL;
}

/* Make the copy equal to the original again */
void fake_table_reset(void)
{
	memcpy(hvp_kunit_table, hvp_hypercalls, hvp_hypercall_count * sizeof(*hvp_kunit_table));
}

int __init fake_table_init(void)
{
	if (hvp_hypercall_count > ARRAY_SIZE(hvp_kunit_table))
		return -E2BIG;
	fake_table_reset();
	return 0;
}

/* Give every row the stub handler, and leave nothing of it but shape and privileges */
void fake_table_serve_all(void)
{
	u32 i;

	for (i = 0; i < hvp_hypercall_count; i++) {
		hvp_kunit_table[i].handler = stub;
		hvp_kunit_table[i].prepare = NULL;
		hvp_kunit_table[i].list = 0;
		hvp_kunit_table[i].kvm = 0;
		hvp_kunit_table[i].target = 0;
	}
}
