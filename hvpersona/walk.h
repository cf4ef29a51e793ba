/* SPDX-License-Identifier: GPL-2.0 */
#ifndef HVP_WALK_H
#define HVP_WALK_H

#include "core.h"
#include "hv_abi/translate.h"

/**
 * struct hvp_walk - A guest page walk and its outcome
 * @paging: State of the VP
 * @gva: Virtual address
 * @flags: HV_TRANSLATE_*, checked by the caller
 * @result: Outcome
 * @gpa: Translated address on success; for HV_TRANSLATE_GPA_* the address in question
 * @cache_type: Effective cache type of the mapping, by the PAT
 * @canonical: @gva is a canonical address
 * @table: A page table, not the page itself, was not accessible
 * @error_code: Page fault error code of the failed access
 */
struct hvp_walk {
	struct hvp_paging paging;
	u64 gva;
	u64 flags;
	enum hv_translate_result result;
	u64 gpa;
	u8 cache_type;
	bool canonical;
	bool table;
	u32 error_code;
};

void hvp_walk(struct hvp_vp *vp, struct hvp_walk *walk);

#endif
