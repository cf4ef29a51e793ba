/* SPDX-License-Identifier: GPL-2.0 */
#ifndef HVP_UAPI_H
#define HVP_UAPI_H

int hvp_uapi_init(void);
void hvp_uapi_exit(void);

#endif
