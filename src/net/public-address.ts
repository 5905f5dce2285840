/** Which IP addresses are on the public internet. */
import ipaddr from "ipaddr.js";

/** Global unicast, the only block of public IPv6 addresses: iana.org/assignments/ipv6-address-space. */
const globalUnicast = ipaddr.parseCIDR("2000::/3") as [ipaddr.IPv6, number];

/**
 * Whether the address is public. Private, loopback, link-local, multicast, reserved, carrier-grade and documentation
 * ranges are not, nor are IPv6 ranges with an embedded IPv4 address.
 *
 * @param address dotted IPv4, or IPv6 without brackets
 */
export function isPublicAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.parse(address);
  if (parsed.range() !== "unicast") return false;
  return !(parsed instanceof ipaddr.IPv6) || parsed.match(globalUnicast);
}
