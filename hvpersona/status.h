/* SPDX-License-Identifier: GPL-2.0 */
#ifndef HVP_STATUS_H
#define HVP_STATUS_H

#include "hv_abi/hypercall.h"

int hvp_status_errno(enum hv_status status);

#endif
