// SPDX-License-Identifier: GPL-2.0
/* Life of the core beneath the suites. */
#include <linux/module.h>

#include "fake_table.h"

static int __init hvp_kunit_init(void)
{
	int err;

	err = hvp_table_init();
	if (!err)
		err = fake_table_init();
	return err ? err : hvp_registry_init();
}
module_init(hvp_kunit_init);

static void __exit hvp_kunit_exit(void)
{
	hvp_registry_exit();
}
module_exit(hvp_kunit_exit);

MODULE_DESCRIPTION("KUnit suites of hvpersona");
MODULE_LICENSE("GPL");
