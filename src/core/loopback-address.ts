/** Whether an IP address is reached from this machine alone (RFC 1122, 3.2.1.3; RFC 4291, 2.5.3). */
export const isLoopbackAddress = (address: string): boolean => /^(127\.|::1$)/.test(address);
