/** Turns a name into addresses, as the system's resolver does (/etc/hosts, DNS, ...), or until the signal aborts. */
export interface HostLookup {
  (name: string, signal: AbortSignal): Promise<readonly { readonly address: string }[]>;
}

export const HostLookup = Symbol('HostLookup');
