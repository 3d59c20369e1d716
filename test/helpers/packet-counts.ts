import type { NamespaceLab } from './namespaces.js';

/** What the kernel says for itself, whoever probes what: neighbours, routers, membership of groups. */
const OF_THE_KERNEL = [
  ...['nd-router-solicit', 'nd-router-advert', 'nd-neighbor-solicit', 'nd-neighbor-advert'],
  ...['mld-listener-query', 'mld-listener-report', 'mld-listener-done', 'mld2-listener-report'],
];

type Counted = { readonly elem: { readonly val: string; readonly counter: { readonly packets: number } } };

/**
 * Counters of nftables: every packet that leaves the client, to whatever address, its own among them; and every question
 * for an address that the router hears over ARP, for no other hook sees what arping sends.
 */
export class PacketCounts {
  private constructor(private readonly lab: NamespaceLab) {}

  /** @param excepted - what is not counted, as the beginning of a rule. */
  static async start(lab: NamespaceLab, excepted: readonly string[]): Promise<PacketCounts> {
    await lab.exec(
      'client',
      'nft',
      `table inet counts {
        set ipv4 { type ipv4_addr; size 4096; flags dynamic; counter; }
        set ipv6 { type ipv6_addr; size 4096; flags dynamic; counter; }
        chain output {
          type filter hook output priority raw; policy accept;
          icmpv6 type { ${OF_THE_KERNEL.join(', ')} } accept
          ip protocol igmp accept
          ${excepted.map((match) => `${match} accept`).join('\n')}
          update @ipv4 { ip daddr }
          update @ipv6 { ip6 daddr }
        }
      }`,
    );
    await lab.exec(
      'router',
      'nft',
      `table arp counts {
        set asked { type ipv4_addr; size 4096; flags dynamic; counter; }
        chain input {
          type filter hook input priority 0; policy accept;
          iifname router0 update @asked { arp daddr ip }
        }
      }`,
    );
    return new PacketCounts(lab);
  }

  /** Packets by destination. */
  async read(): Promise<Record<string, number>> {
    const [ipv4, ipv6] = await Promise.all(['ipv4', 'ipv6'].map((set) => this.set('client', 'inet', set)));
    return { ...ipv4, ...ipv6 };
  }

  /** Questions of ARP by the address that they are about. */
  arp(): Promise<Record<string, number>> {
    return this.set('router', 'arp', 'asked');
  }

  private async set(
    place: 'client' | 'router',
    family: string,
    name: string,
  ): Promise<Record<string, number>> {
    const text = await this.lab.exec(place, 'nft', '-j', 'list', 'set', family, 'counts', name);
    const { nftables } = JSON.parse(text) as { nftables: { set?: { elem?: readonly Counted[] } }[] };
    const found = nftables.flatMap(({ set }) => set?.elem ?? []);
    return Object.fromEntries(found.map(({ elem }) => [elem.val, elem.counter.packets]));
  }
}
