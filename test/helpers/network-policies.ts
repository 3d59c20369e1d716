import { BlockList, isIPv6 } from 'node:net';
import { type Labels, type Manifest, type Manifests, matches } from './manifests.js';

interface LabelSelector {
  readonly matchLabels?: Labels;
  readonly matchExpressions?: readonly { key: string; operator: string; values: string[] }[];
}

interface Peer {
  readonly namespaceSelector?: LabelSelector;
  readonly podSelector?: LabelSelector;
  readonly ipBlock?: { cidr: string; except?: string[] };
}

interface Rule {
  readonly from?: readonly Peer[];
  readonly to?: readonly Peer[];
  readonly ports?: readonly { port: number | string }[];
}

/** The other side: a pod, in a namespace of that name, or an address outside the cluster. */
export type Other = { readonly namespace: string; readonly labels?: Labels } | { readonly address: string };

const OWN_NAMESPACE = 'mcpo-system';

/**
 * Whether the policies let packets through between pods with these labels and another side, as Kubernetes reads them.
 */
export function isOpen(
  manifests: Manifests,
  direction: 'Ingress' | 'Egress',
  labels: Labels,
  other: Other,
  port: number | string,
): boolean {
  const selecting = manifests
    .kind('NetworkPolicy')
    .filter(({ spec }) => spec.policyTypes.includes(direction) && selects(spec.podSelector, labels));
  // A pod that no policy selects is open.
  if (selecting.length === 0) return true;
  const rules = selecting.flatMap(
    ({ spec }: Manifest) => (direction === 'Ingress' ? spec.ingress : spec.egress) ?? [],
  ) as Rule[];
  return rules.some(
    ({ from, to, ports }) =>
      (ports === undefined || ports.some((one) => one.port === port)) &&
      ((from ?? to)?.some((peer) => isPeer(peer, other)) ?? true),
  );
}

function isPeer({ namespaceSelector, podSelector, ipBlock }: Peer, other: Other): boolean {
  if ('address' in other) {
    if (ipBlock === undefined) return false;
    return isIn([ipBlock.cidr], other.address) && !isIn(ipBlock.except ?? [], other.address);
  }
  if (ipBlock !== undefined) return false;
  const isNamespace =
    namespaceSelector === undefined
      ? other.namespace === OWN_NAMESPACE
      : selects(namespaceSelector, { 'kubernetes.io/metadata.name': other.namespace });
  return isNamespace && selects(podSelector ?? {}, other.labels ?? {});
}

function selects({ matchLabels = {}, matchExpressions = [] }: LabelSelector, labels: Labels): boolean {
  return (
    matches(matchLabels, labels) &&
    matchExpressions.every(({ key, operator, values }) => {
      if (operator !== 'In') throw new Error(`The operator ${operator} is not known here`);
      return values.includes(labels[key] ?? '');
    })
  );
}

function isIn(networks: readonly string[], address: string): boolean {
  const family = isIPv6(address) ? 'ipv6' : 'ipv4';
  const list = new BlockList();
  // Of the same family: a BlockList takes every IPv4 address for one in ::/0.
  for (const network of networks.filter((one) => one.includes(':') === (family === 'ipv6'))) {
    const [first = '', bits] = network.split('/');
    list.addSubnet(first, Number(bits), family);
  }
  return list.check(address, family);
}
