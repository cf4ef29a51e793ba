// SPDX-License-Identifier: GPL-2.0
/* Ports, connections and a processor's SynIC from the guest's side. */
#include "port.h"

struct hv_message hv_simp[MAX_CPUS][SINTS] PAGE_ALIGNED;
u64 hv_siefp[MAX_CPUS][SINTS][32] PAGE_ALIGNED;

void hv_synic_on(void)
{
	unsigned int cpu = cpu_index();

	wrmsr(MSR_SIMP, (u64)hv_simp[cpu] | 1);
	wrmsr(MSR_SIEFP, (u64)hv_siefp[cpu] | 1);
	wrmsr(MSR_SCONTROL, 1);
}

u64 hv_create_port(const struct create_port *in)
{
	return STATUS(hv_do(MEMORY, CREATE_PORT, in, sizeof(*in), NULL, 0));
}

u64 hv_connect_port(const struct connect_port *in)
{
	return STATUS(hv_do(MEMORY, CONNECT_PORT, in, sizeof(*in), NULL, 0));
}

u64 hv_post(u32 connection, u32 type, u64 number, u32 size)
{
	struct post in = { connection, 0, type, size, { number, ~number } };

	return STATUS(hv_do(MEMORY, POST_MESSAGE, &in, sizeof(in), NULL, 0));
}

bool hv_take(u32 sint, struct hv_message *message)
{
	volatile struct hv_message *slot = &hv_simp[cpu_index()][sint];

	if (!slot->type)
		return false;
	memcpy(message, (void *)slot, sizeof(*message));
	slot->type = 0;
	asm volatile("mfence" ::: "memory");
	if (slot->flags & MESSAGE_PENDING)
		wrmsr(MSR_EOM, 0);
	return true;
}

bool hv_receive(u32 sint, struct hv_message *message)
{
	for (u32 i = 0; i < 1000000; i++) {
		irq_disable();
		if (hv_take(sint, message)) {
			irq_enable();
			return true;
		}
		halt();
	}
	return false;
}
