import ipaddr from 'ipaddr.js';

/**
 * The library takes `::192.0.2.1` for the IPv4-mapped `::ffff:192.0.2.1`. It is another address, an IPv4-compatible one
 * (RFC 4291, 2.5.5.1).
 */
const exact = (text: string): string => text.replace(/^::(?=\d{1,3}\.)/, '0::');

/** @param text an address, with or without a zone. @throws Error for anything else. */
export const parseAddress = (text: string): ipaddr.IPv4 | ipaddr.IPv6 => ipaddr.parse(exact(text));

/** The same; an IPv4-mapped one is the IPv4 address that it is. */
export const processAddress = (text: string): ipaddr.IPv4 | ipaddr.IPv6 => ipaddr.process(exact(text));
