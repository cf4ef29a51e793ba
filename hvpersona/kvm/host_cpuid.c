// SPDX-License-Identifier: GPL-2.0
/*
 * CPUID leaves that a VM on this host can have. KVM tells them to user space alone; this takes
 * the processor's leaves and, for those made of feature bits, the sets that KVM offers, which
 * it keeps one word per register as the kernel does (kvm_cpu_caps).
 */
#include <linux/limits.h>
#include <asm/cpufeature.h>
#include <asm/fpu/xcr.h>
#include <asm/processor.h>

#include "binding.h"
#include "../backend.h"

#define LAST_BASIC	0x1f
#define LAST_EXTENDED	0x80000021

static const u32 *offered __ro_after_init;

/* A register that is a set of features, and the word with those that are offered */
static const struct {
	u32 function;
	u8 index;
	u8 reg;
	u8 word;
} features[] = {
	{ 0x00000001, 0, CPUID_ECX, CPUID_1_ECX },
	{ 0x00000001, 0, CPUID_EDX, CPUID_1_EDX },
	{ 0x00000007, 0, CPUID_EBX, CPUID_7_0_EBX },
	{ 0x00000007, 0, CPUID_ECX, CPUID_7_ECX },
	{ 0x00000007, 0, CPUID_EDX, CPUID_7_EDX },
	{ 0x00000007, 1, CPUID_EAX, CPUID_7_1_EAX },
	{ 0x0000000d, 1, CPUID_EAX, CPUID_D_1_EAX },
	{ 0x80000001, 0, CPUID_ECX, CPUID_8000_0001_ECX },
	{ 0x80000001, 0, CPUID_EDX, CPUID_8000_0001_EDX },
	{ 0x80000008, 0, CPUID_EBX, CPUID_8000_0008_EBX },
	{ 0x8000000a, 0, CPUID_EDX, CPUID_8000_000A_EDX },
};

/* Leaves of which whole registers are the processor's, as bits of EAX, EBX, ECX, EDX */
static u32 plain_registers(u32 function, u32 index)
{
	switch (function) {
	case 0x00000000:
	case 0x00000002:	/* caches, as descriptors */
	case 0x80000000:
	case 0x80000002 ... 0x80000006:
	case 0x8000001d:	/* caches of AMD */
		return 0xf;
	case 0x00000004:	/* caches of Intel */
		return 0xf;
	case 0x00000001:
		return BIT(CPUID_EAX) | BIT(CPUID_EBX);
	case 0x0000000d:
		/* States of XCR0; XSS is for the VM's monitor to offer */
		return index == 1 ? 0 : 0xf;
	case 0x80000001:
		return BIT(CPUID_EAX) | BIT(CPUID_EBX);
	case 0x80000008:
		return BIT(CPUID_EAX);
	case 0x8000000a:
		return BIT(CPUID_EAX) | BIT(CPUID_EBX);
	default:
		return 0;
	}
}

/* Take out what is no feature of the processor */
static void strip(u32 function, u32 index, u32 regs[4])
{
	u64 xcr0;

	switch (function) {
	case 0x00000000:
		regs[CPUID_EAX] = min_t(u32, regs[CPUID_EAX], LAST_BASIC);
		break;
	case 0x00000001:
		/* APIC id, number of processors */
		regs[CPUID_EBX] &= 0xffff;
		break;
	case 0x00000004:
	case 0x8000001d:
		/* How many processors share it */
		regs[CPUID_EAX] &= 0x3fff;
		break;
	case 0x00000007:
		regs[CPUID_EAX] = index ? regs[CPUID_EAX] : 1;
		break;
	case 0x00000006:
		/* The APIC timer never stops */
		regs[CPUID_EAX] = BIT(2);
		break;
	case 0x0000000d:
		xcr0 = xgetbv(XCR_XFEATURE_ENABLED_MASK);
		if (!index) {
			regs[CPUID_EAX] &= lower_32_bits(xcr0);
			regs[CPUID_EDX] &= upper_32_bits(xcr0);
		} else if (index > 1 && (index > 62 || !(xcr0 & BIT_ULL(index)))) {
			memset(regs, 0, 4 * sizeof(*regs));
		}
		break;
	case 0x80000000:
		regs[CPUID_EAX] = min_t(u32, regs[CPUID_EAX], LAST_EXTENDED);
		break;
	case 0x80000007:
		if (boot_cpu_has(X86_FEATURE_NONSTOP_TSC))
			regs[CPUID_EDX] = BIT(8);
		break;
	}
}

static bool exists(u32 function)
{
	if (function & ~0x8000ffffu)
		return false;
	return function <= min_t(u32, cpuid_eax(function & BIT(31)),
				 function & BIT(31) ? LAST_EXTENDED : LAST_BASIC);
}

bool hvp_backend_cpuid(u32 function, u32 index, u32 regs[4])
{
	u32 raw[4], plain, i;

	memset(regs, 0, 4 * sizeof(*regs));
	if (!exists(function))
		return false;
	if (function == 0x0000000d && !boot_cpu_has(X86_FEATURE_OSXSAVE))
		return true;
	cpuid_count(function, index, &raw[0], &raw[1], &raw[2], &raw[3]);
	plain = plain_registers(function, index);
	for (i = 0; i < 4; i++)
		regs[i] = plain & BIT(i) ? raw[i] : 0;
	for (i = 0; i < ARRAY_SIZE(features); i++)
		if (features[i].function == function && features[i].index == index)
			regs[features[i].reg] = offered[features[i].word];
	strip(function, index, regs);
	return true;
}

/**
 * hvp_kvm_host_cpuid_init - Find what KVM offers
 *
 * Return: 0 or -ENOENT.
 */
int hvp_kvm_host_cpuid_init(void)
{
	offered = (const u32 *)hvp_kvm_require("kvm_cpu_caps", "tell what CPUID can offer");
	return offered ? 0 : -ENOENT;
}
