/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The copy of the hypercall table that dispatch uses in the suites. Rows that are not
 * served yet can be given a stub handler, so that what dispatch does for a row is tested
 * for all of them.
 */
#ifndef HVP_KUNIT_FAKE_TABLE_H
#define HVP_KUNIT_FAKE_TABLE_H

#include "fake_backend.h"

int fake_table_init(void);
void fake_table_reset(void);
void fake_table_serve_all(void);
struct hvp_hypercall *fake_table_row(u16 code);

#endif
