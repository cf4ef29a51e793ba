/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Processor features in the two shapes that they have: bits of CPUID leaves, and the feature
 * banks of partition properties. Read one way they tell what there is, the other way they
 * hide it.
 */
#ifndef HVP_FEATURES_H
#define HVP_FEATURES_H

#include "core.h"

/**
 * struct hvp_leaves - CPUID leaves of one VP, being built or read
 * @table: The leaves
 * @count: Their number
 * @max: Room in @table
 */
struct hvp_leaves {
	struct hvp_cpuid *table;
	u32 count;
	u32 max;
};

/**
 * enum hvp_bank - A feature bank
 * @HVP_BANK_FEATURES0: HV_PARTITION_PROCESSOR_FEATURES, first word
 * @HVP_BANK_FEATURES1: Second word
 * @HVP_BANK_XSAVE: HV_PARTITION_PROCESSOR_XSAVE_FEATURES
 * @HVP_BANKS: Their number
 */
enum hvp_bank {
	HVP_BANK_FEATURES0,
	HVP_BANK_FEATURES1,
	HVP_BANK_XSAVE,
	HVP_BANKS
};

/* HVP_BANK_XSAVE */
#define HVP_XSAVE			BIT_ULL(0)
#define HVP_XSAVE_AVX			BIT_ULL(2)
#define HVP_XSAVE_MPX			BIT_ULL(5)
#define HVP_XSAVE_AVX512		BIT_ULL(6)
#define HVP_XSAVE_SUPERVISOR		BIT_ULL(12)
#define HVP_XSAVE_AMX_TILE		BIT_ULL(27)

/* HV_PARTITION_SYNTHETIC_PROCESSOR_FEATURES without a privilege of their own */
#define HVP_SYNTHETIC_PRESENT		BIT_ULL(0)
#define HVP_SYNTHETIC_HV1		BIT_ULL(1)
#define HVP_SYNTHETIC_DIRECT_TIMERS	BIT_ULL(22)
#define HVP_SYNTHETIC_EX_MASKS		BIT_ULL(24)
#define HVP_SYNTHETIC_FLUSH		BIT_ULL(25)
#define HVP_SYNTHETIC_CLUSTER_IPI	BIT_ULL(26)
#define HVP_SYNTHETIC_SPIN_WAIT		BIT_ULL(27)
/* Of these, what every partition can have */
#define HVP_SYNTHETIC_ALWAYS	(HVP_SYNTHETIC_PRESENT | HVP_SYNTHETIC_HV1 |		\
				 HVP_SYNTHETIC_EX_MASKS | HVP_SYNTHETIC_FLUSH |		\
				 HVP_SYNTHETIC_CLUSTER_IPI | HVP_SYNTHETIC_SPIN_WAIT)

u64 hvp_bank_read(const struct hvp_leaves *leaves, enum hvp_bank bank);
void hvp_bank_hide(struct hvp_leaves *leaves, enum hvp_bank bank, u64 hidden);
u64 hvp_xsave_dependents(u64 missing);

u64 hvp_synthetic_of_privileges(u64 privileges);
u64 hvp_privileges_of_synthetic(u64 features);

/* cpuid.c */
struct hvp_cpuid *hvp_leaf_find(const struct hvp_leaves *leaves, u32 function, u32 index);

/* child_cpuid.c */
int hvp_leaves_get(struct hvp_partition *pt, struct hvp_leaves *leaves);
void hvp_leaves_put(struct hvp_leaves *leaves);

#endif
