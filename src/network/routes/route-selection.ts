import { covers, type IpPrefix, parsePrefix } from '../host/ip-prefix.js';
import type { Family } from '../host/kernel-address.js';
import { Page, type PageOptions } from '../host/table-reading.js';
import type { Route } from './route.schema.js';

export interface RouteFilter {
  readonly family?: Family | undefined;
  /** An address or a prefix; whoever asks has seen that it is one. */
  readonly destination?: string | undefined;
  readonly interface?: string | undefined;
  readonly gateway?: string | undefined;
  readonly protocol?: string | undefined;
}

interface Candidate {
  readonly route: Route;
  readonly length: number;
}

/** Of the routes that go by, a page of those that match. */
export class RouteSelection {
  private readonly page: Page<Route>;
  /** Those that cover the destination that was asked for. */
  private readonly candidates: Candidate[] = [];
  private readonly wanted: IpPrefix | null;

  constructor(
    private readonly filter: RouteFilter,
    options: PageOptions,
  ) {
    this.page = new Page(options);
    this.wanted = filter.destination === undefined ? null : parsePrefix(filter.destination);
  }

  offer(route: Route): void {
    if (!matches(route, this.filter)) return;
    if (this.filter.destination === undefined) return this.page.offer(route);
    const prefix = parsePrefix(route.destination);
    if (this.wanted === null || prefix === null || !covers(prefix, this.wanted)) return;
    this.candidates.push({ route, length: prefix.length });
  }

  /** Once all have gone by. */
  result(): { readonly routes: readonly Route[]; readonly total: number } {
    // As the kernel decides: the longest prefix, and of those the lowest metric.
    const ordered = this.candidates.sort((a, b) => b.length - a.length || a.route.metric - b.route.metric);
    for (const { route } of ordered.splice(0)) this.page.offer(route);
    return { routes: this.page.entries, total: this.page.total };
  }
}

function matches(route: Route, filter: RouteFilter): boolean {
  return (
    (filter.family === undefined || route.family === filter.family) &&
    (filter.protocol === undefined || route.protocol === filter.protocol) &&
    (filter.interface === undefined ||
      route.interface === filter.interface ||
      route.nextHops.some((hop) => hop.interface === filter.interface)) &&
    (filter.gateway === undefined ||
      route.gateway === filter.gateway ||
      route.nextHops.some((hop) => hop.gateway === filter.gateway))
  );
}
