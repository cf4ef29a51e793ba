// SPDX-License-Identifier: GPL-2.0
/*
 * hvpersona: a Hyper-V hypercall personality for KVM virtual machines. The module's life.
 */
#define pr_fmt(fmt) "hvpersona: " fmt

#include <linux/module.h>

#include "backend.h"
#include "hypercalls/hypercalls.h"
#include "uapi.h"

static int __init hvp_init(void)
{
	int err;

	err = hvp_table_init();
	if (err)
		return err;
	err = hvp_registry_init();
	if (err)
		return err;
	err = hvp_backend_init();
	if (err)
		goto registry;
	err = hvp_uapi_init();
	if (err)
		goto backend;
	pr_info("%u hypercalls known\n", hvp_hypercall_count);
	return 0;

backend:
	hvp_backend_exit();
registry:
	hvp_registry_exit();
	return err;
}

static void __exit hvp_exit(void)
{
	hvp_uapi_exit();
	hvp_backend_exit();
	hvp_registry_exit();
}

module_init(hvp_init);
module_exit(hvp_exit);

MODULE_DESCRIPTION("Hyper-V hypercall personality for KVM virtual machines");
MODULE_LICENSE("GPL");
/* Whichever the processor takes: the binding needs it to be there */
MODULE_SOFTDEP("pre: kvm_amd kvm_intel");
MODULE_VERSION("0.1.0");
