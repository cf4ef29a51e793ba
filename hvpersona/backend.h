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

/**
 * hvp_backend_cpuid - A CPUID leaf as a virtual machine on this host can have it
 * @function: EAX
 * @index: ECX, for leaves that have subleaves
 * @regs: Result: EAX, EBX, ECX, EDX
 *
 * The processor's leaf, with the features that the monitor can give. What belongs to one
 * processor or one machine, such as APIC ids and topology, is 0.
 *
 * Return: whether there is such a leaf; if not all of @regs are 0.
 */
bool hvp_backend_cpuid(u32 function, u32 index, u32 regs[4]);

/**
 * hvp_backend_clocks - Clock frequencies of a new virtual machine on this host
 * @tsc_hz: Its TSC
 * @apic_hz: Its local APIC timers
 */
void hvp_backend_clocks(u64 *tsc_hz, u64 *apic_hz);

#endif
