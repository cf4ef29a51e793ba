/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the module's life and its ioctls ask of the binding to KVM.
 */
#ifndef HVP_BACKEND_H
#define HVP_BACKEND_H

#include "core.h"

int hvp_backend_init(void);
void hvp_backend_exit(void);
u64 hvp_backend_features(void);
bool hvp_backend_hooked(void);

/**
 * hvp_backend_claim_begin - A claim waits for its VM: have new VMs reported
 *
 * Each is undone once, by hvp_backend_claim_end() or, if the VM came, by its end.
 */
void hvp_backend_claim_begin(void);
void hvp_backend_claim_end(void);

int hvp_backend_attach(int fd, struct hvp_partition *pt);
int hvp_backend_detach(struct hvp_partition *pt);

/**
 * hvp_backend_hold - Keep the machine of a partition alive
 * @pt: Partition
 *
 * Return: what hvp_backend_release() takes, with no lock held; NULL if the partition has
 * no machine, or one that is dying.
 */
void *hvp_backend_hold(struct hvp_partition *pt);
void hvp_backend_release(void *machine);

#endif
